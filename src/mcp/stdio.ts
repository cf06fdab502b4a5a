// MCP over standard input and output, for clients that start a program: a server here, and every answer from the one at `url`. It has
// nothing of its own to decide, and no way around: without that server there is no answer but an error.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";
import { Fault, type Json } from "#kernel";
import { wireAnswer, type WireAnswer } from "./answer.ts";
import type { Connection } from "./asked.ts";
import { LIMITS } from "./limits.ts";
import { deny } from "./native/decision.ts";
import { mcpServer, type AgentDoor } from "./server.ts";
import { shownTool } from "./tools.ts";

export interface StdioParts {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: string;
  /** owner/name of what the client works on, for its own tools; null: not told. */
  readonly repository: string | null;
  readonly directory: string;
  readonly version: string;
  readonly fetch: typeof fetch;
  readonly onError: (error: Error) => void;
}

const NOWHERE: Connection = { explain: false, session: null, traceparent: null };
const toolsShape = z.object({ tools: z.array(shownTool) });
const decisionShape = z.object({
  hookSpecificOutput: z.object({
    permissionDecision: z.enum(["allow", "ask", "deny"]),
    permissionDecisionReason: z.string(),
  }),
});
/** A refusal has its answer's members in a problem document. */
const problemShape = z.looseObject({ answer: z.enum(["refused", "failed"]) });
const ANSWER_MS = LIMITS.waitMs + 10_000;

/** Answers until the client goes away; then it resolves. */
export async function serveOverStdio(parts: StdioParts): Promise<void> {
  const door = remoteDoor(parts);
  await new Promise<void>((resolve) => {
    const handle = serveStdio(() => mcpServer(door, NOWHERE, parts.version), { onerror: parts.onError });
    process.stdin.once("end", () => void handle.close().finally(resolve));
  });
}

export function remoteDoor({ url, key, repository, directory, fetch: ask }: StdioParts): AgentDoor {
  async function asked(
    path: string,
    init: RequestInit = {},
  ): Promise<{ readonly status: number; readonly body: Json }> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${key}`);
    headers.set("content-type", "application/json");
    if (repository !== null) headers.set("countersign-repository", repository);
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await ask(`${url}${path}`, { ...init, headers, signal, redirect: "error" });
    if (response.status === 401)
      throw new Fault("input_invalid", "Countersign does not take this key: `countersign agent key` makes another.");
    return { status: response.status, body: z.json().parse(await response.json()) };
  }
  const seconds = (ms: number): string => `wait=${Math.floor(Math.min(ms, LIMITS.waitMs) / 1_000)}`;

  return {
    tools: async () => toolsShape.parse((await asked("/v1/tools")).body).tools,
    async call({ tool, arguments: args, idempotencyKey, from: _, traceparent, ...rest }, waitMs) {
      const { body } = await asked(`/v1/calls?${seconds(waitMs)}`, {
        method: "POST",
        headers: {
          ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
          ...(traceparent === null ? {} : { traceparent }),
        },
        body: JSON.stringify({ tool, arguments: args, ...rest }),
      });
      return answerIn(body);
    },
    async status(call, waitMs) {
      const { status, body } = await asked(`/v1/calls/${call}?${seconds(waitMs)}`);
      return status === 404 ? null : answerIn(body);
    },
    async permission(tool, input) {
      try {
        const { body } = await asked("/v1/hooks/claude-code/pre-tool-use", {
          method: "POST",
          body: JSON.stringify({ hook_event_name: "PreToolUse", cwd: directory, tool_name: tool, tool_input: input }),
        });
        const { permissionDecision: kind, permissionDecisionReason: why } =
          decisionShape.parse(body).hookSpecificOutput;
        return { kind, why };
      } catch {
        return deny("Countersign cannot be asked now, so the answer is no.");
      }
    },
  };
}

function answerIn(body: Json): WireAnswer {
  const given = wireAnswer.safeParse(body);
  if (given.success) return given.data;
  const problem = problemShape.safeParse(body);
  if (problem.success) {
    const { answer: status, type: _, title: __, detail: ___, instance: ____, ...members } = problem.data;
    return wireAnswer.parse({ ...members, status });
  }
  const title = z.object({ title: z.string() }).safeParse(body);
  throw new Fault(
    "input_invalid",
    title.success
      ? `Countersign answered: ${title.data.title}`
      : "Countersign answered with something else than an answer.",
  );
}
