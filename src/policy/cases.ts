// Cases: what a set of rules must answer. Written as YAML, next to the rules.

import { parse, YAMLError } from "yaml";
import { z } from "zod";
import { BASELINE } from "./baseline.ts";
import { field } from "./field.ts";
import { parseFacts, type Facts } from "./facts.ts";
import { LIMITS } from "./limits.ts";
import { observed } from "./observe.ts";
import { COLOURS, type Colour, type Verdict } from "./verdict.ts";
import { citation, cited } from "./rule.ts";

export interface Case {
  readonly file: string;
  readonly name: string;
  readonly facts: Facts;
  readonly expect: Colour;
  /** Exactly these rules decide, as `id@version`. */
  readonly rules: readonly string[];
}

export type ReadCases =
  | { readonly kind: "cases"; readonly cases: readonly Case[] }
  | { readonly kind: "unusable"; readonly problems: readonly string[] };

const fileShape = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(LIMITS.name),
        facts: z.record(z.string(), z.unknown()).default({}),
        command: z.string().optional(),
        paths: z.array(z.string()).optional(),
        expect: z.enum(COLOURS),
        rules: z.array(z.string().refine((s) => citation(s) !== null, "write id@version")).max(LIMITS.reasons),
      }),
    )
    .min(1),
});

export function parseCases(file: string, text: string): ReadCases {
  const read = fileShape.safeParse(yamlOf(text));
  if (!read.success)
    return unusable(
      read.error.issues.map(({ path, message }) => `${file}: ${path.join(".") || "the file"}: ${message}`),
    );
  const all = read.data.cases.map((each) => ({ ...each, read: parseFacts(over(BASELINE, each.facts)) }));
  const problems = all.flatMap(({ name, read: facts }) =>
    facts.kind === "unusable" ? facts.problems.map((problem) => `${file}: case "${name}": ${problem}`) : [],
  );
  if (problems.length > 0) return unusable(problems);
  const cases = all.flatMap(({ name, expect, rules, command, paths, read: facts }) =>
    facts.kind === "facts"
      ? [{ file, name, facts: observed(facts.facts, { command, paths }), expect, rules: rules.toSorted() }]
      : [],
  );
  return { kind: "cases", cases };
}

const unusable = (problems: readonly string[]): ReadCases => ({ kind: "unusable", problems });

function yamlOf(text: string): unknown {
  try {
    // Aliases could make a small file a large document.
    return parse(text, { maxAliasCount: 0, uniqueKeys: true });
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) return error.message;
    throw error;
  }
}

/** Objects are merged, everything else is replaced. */
function over(base: unknown, more: unknown): unknown {
  if (!isRecord(base) || !isRecord(more)) return more;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(more)])];
  return Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(more, key) ? over(field(base, key), field(more, key)) : field(base, key)]),
  );
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is wrong with an answer, or null. A verdict with errors is never what a case expects. */
export function mismatch({ expect, rules }: Case, verdict: Verdict): string | null {
  if (verdict.errors.length > 0) return `it could not be decided: ${verdict.errors.join("; ")}`;
  const got = verdict.reasons.map(cited).toSorted();
  if (verdict.colour === expect && JSON.stringify(got) === JSON.stringify(rules)) return null;
  return `expected ${said(expect, rules)}; it is ${said(verdict.colour, got)}`;
}

const said = (colour: Colour, rules: readonly string[]): string =>
  `${colour} by ${rules.length === 0 ? "no rule" : rules.join(", ")}`;
