// What a server with OPA's data API must answer: one fixed document. Whatever else comes back is RED.

import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { RULE_ID, VERSION } from "./rule.ts";
import { COLOURS, failed, type Verdict } from "./verdict.ts";

const shape = z.object({
  result: z.strictObject({
    verdict: z.enum(COLOURS),
    reasons: z
      .array(
        z.strictObject({
          id: z.string().regex(RULE_ID),
          version: z.string().regex(VERSION),
          text: z
            .string()
            .max(LIMITS.name * 5)
            .default(""),
          /** Of YELLOW: how many people have to say yes. */
          quorum: z.int().min(1).max(LIMITS.people).optional(),
        }),
      )
      .max(LIMITS.reasons),
    errors: z.array(z.string().max(LIMITS.name * 5)).max(LIMITS.reasons),
  }),
  /** With `provenance=true`: which bundle decided. */
  provenance: z
    .object({
      bundles: z.record(z.string(), z.object({ revision: z.string().max(LIMITS.name).optional() })).optional(),
    })
    .optional(),
});

/** Rego's `undefined` comes as an answer without `result`: nothing was said, and so nothing is allowed. */
export function verdictOfOpa(json: unknown): Verdict {
  const read = shape.safeParse(json);
  if (!read.success) {
    const problems = read.error.issues.map(({ path, message }) => `${path.join(".") || "the answer"}: ${message}`);
    return failed(UNKNOWN_SET, `The policy server's answer is not the agreed document: ${problems.join("; ")}`);
  }
  const { verdict: colour, reasons, errors } = read.data.result;
  const revisions = Object.values(read.data.provenance?.bundles ?? {}).flatMap(({ revision }) => revision ?? []);
  const set = revisions.length === 0 ? UNKNOWN_SET : `opa:${revisions.toSorted().join(",")}`;
  if (errors.length > 0) return { colour: "RED", reasons: colour === "GREEN" ? [] : reasons, errors, set };
  if (colour !== "RED" && reasons.length === 0)
    return failed(set, `The policy server answered ${colour} without a rule that says so.`);
  return { colour, reasons, errors, set };
}

export const UNKNOWN_SET = "opa:unknown";
