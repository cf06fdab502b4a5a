import { problem } from "#platform/http";
import type { AgentContext } from "./bearer.ts";
import type { ReadBody } from "./body.ts";
import { LIMITS } from "./limits.ts";

/** Why a body was not read. */
export const bodyProblem = (c: AgentContext, body: Exclude<ReadBody, { kind: "json" }>): Response =>
  body.kind === "too_large"
    ? problem(c, {
        status: 413,
        code: "payload_too_large",
        title: `The body is larger than ${LIMITS.bodyBytes / 1024 / 1024} MiB.`,
      })
    : problem(c, { status: 400, code: "input_invalid", title: body.why });
