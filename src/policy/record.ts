// The body of a `call.verdict` entry, read back: what was decided about one call, and on which facts.

import { z } from "zod";
import { FACTS_VERSION, parseFacts, type Facts } from "./facts.ts";
import { cited } from "./rule.ts";
import { COLOURS, type Verdict } from "./verdict.ts";

export interface PastVerdict {
  readonly call: string;
  readonly facts: Facts;
  readonly colour: Verdict["colour"];
  /** `id@version`, sorted. */
  readonly rules: readonly string[];
  readonly errors: readonly string[];
  readonly set: string;
}

export type ReadVerdict =
  | { readonly kind: "verdict"; readonly past: PastVerdict }
  | { readonly kind: "unknown"; readonly why: string };

const reason = z.object({ id: z.string(), version: z.string() });
const shape = z.object({
  v: z.literal(1),
  call: z.string().min(1),
  facts: z.object({ v: z.int() }).loose(),
  verdict: z.object({ colour: z.enum(COLOURS), reasons: z.array(reason), errors: z.array(z.string()) }),
  set: z.string().min(1),
});

export const rulesOf = ({
  reasons,
}: Pick<Verdict, "reasons"> | { readonly reasons: readonly z.infer<typeof reason>[] }) => reasons.map(cited).toSorted();

/**
 * INVARIANT: nothing is guessed of a record that is not understood. Facts of another version have other meanings: until somebody writes how
 * they are said in this one, what would be decided on them is unknown, and never "the same".
 */
export function parseVerdict(body: unknown): ReadVerdict {
  const read = shape.safeParse(body);
  if (!read.success) return { kind: "unknown", why: "the record is not one that this version understands" };
  const { call, facts, verdict, set } = read.data;
  if (facts.v !== FACTS_VERSION)
    return { kind: "unknown", why: `its facts are of version ${facts.v}; this version reads ${FACTS_VERSION}` };
  const parsed = parseFacts(facts);
  if (parsed.kind === "unusable") return { kind: "unknown", why: `its facts: ${parsed.problems.join("; ")}` };
  return {
    kind: "verdict",
    past: { call, facts: parsed.facts, colour: verdict.colour, rules: rulesOf(verdict), errors: verdict.errors, set },
  };
}
