// What a decision reads about one call: a typed document with a version. Countersign computes all of it; the agent supplies none. There
// are no floats: money is integer cents, scores and confidence are integers from 0 to 100.

import { z } from "zod";
import { HAZARDS } from "./hazards.ts";
import { LIMITS } from "./limits.ts";
import { citation } from "./rule.ts";
import { TOOL_NAMES } from "./tools.ts";

export const FACTS_VERSION = 1;

const name = z.string().min(1).max(LIMITS.name);
/** Larger integers would reach the engine rounded. */
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const percent = z.int().min(0).max(100);
const word = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/);
const words = z.array(word).max(LIMITS.words).readonly();
const argsHash = z.string().regex(/^[0-9a-f]{64}$/);
/** Updates, and the absolute sum of money that moves, in cents of USD. */
const volume = z.strictObject({ updates: count, cents: count }).readonly();

const factsShape = z
  .strictObject({
    v: z.literal(FACTS_VERSION),
    tool: z.enum(TOOL_NAMES),
    tenant: name,
    agent: name,
    /** The person on whose behalf the agent acts. */
    requester: name,
    /** owner/name; null where the call concerns none. */
    repository: name.nullable(),
    /** The branch that the call writes to. */
    branch: z.enum(["none", "topic", "production", "unknown"]),
    /** What the merge gate says about the pull request, for pr.merge. */
    gate: z.enum(["none", "passed", "failed", "unknown"]),
    /** Of `hazards.ts`, as the extractors saw them. */
    hazards: z.array(z.enum(HAZARDS)).max(HAZARDS.length).readonly(),
    /** What kinds of program a command line runs: git, network, package, code, ... */
    shell: words,
    /** What the touched paths belong to: auth, payments, pii, migrations, tests, ... */
    areas: words,
    /** How much of a repository the call touches. */
    touched: z.strictObject({ paths: count, lines: count }).readonly(),
    sql: z.enum(["none", "select", "show", "explain", "refused"]),
    mail: z
      .strictObject({ recipients: z.enum(["customer", "other"]), shipped: z.boolean() })
      .readonly()
      .nullable(),
    /** What this call declares, and everything of the session's window, this call included. */
    batch: volume,
    window: volume,
    /** Where text that reached the agent came from, when nobody vouches for it. */
    taint: words,
    scores: z.strictObject({ injection: percent, pii: percent, secrets: percent }).readonly(),
    /** The least of the independent signals, never the model's own number alone. */
    confidence: percent,
    irreversible: z.boolean(),
    /** Rules that the agent says it followed. */
    citations: z
      .array(z.string().refine((s) => citation(s) !== null))
      .max(LIMITS.citations)
      .readonly(),
    argsHash,
    approval: z.strictObject({ argsHash, approver: name }).readonly().nullable(),
  })
  .readonly();

export type Facts = z.infer<typeof factsShape>;

export type ReadFacts =
  | { readonly kind: "facts"; readonly facts: Facts }
  | { readonly kind: "unusable"; readonly problems: readonly string[] };

/** A key that is not known, or missing, makes the document unusable: nothing is defaulted. */
export function parseFacts(json: unknown): ReadFacts {
  const read = factsShape.safeParse(json);
  if (read.success) return { kind: "facts", facts: read.data };
  return {
    kind: "unusable",
    problems: read.error.issues.map(
      ({ path, message }) => `${path.length === 0 ? "facts" : path.join(".")}: ${message}`,
    ),
  };
}
