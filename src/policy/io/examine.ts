// Whether the cases hold, whether each rule has some, and whether they would notice a changed rule.

import { policyToText, type PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { z } from "zod";
import { mismatch, type Case } from "../cases.ts";
import { mutantsOf } from "../mutate.ts";
import { cited, type Rule } from "../rule.ts";
import { concerns } from "../scope.ts";
import { loadEngine } from "./cedar.ts";
import { openPolicy, type Constitution } from "./constitution.ts";

export interface Report {
  readonly cases: number;
  readonly failed: readonly { readonly file: string; readonly name: string; readonly says: string }[];
  readonly rules: number;
  /** Rules that no case is decided by, or that every case of their tools is decided by. */
  readonly uncovered: readonly { readonly rule: string; readonly says: string }[];
  readonly mutants: number;
  readonly survivors: readonly { readonly rule: string; readonly says: string }[];
}

/** One name for all of them: the engine keeps what it has parsed. */
const NAME = "examined";

/** `constitution` loads; `examined` are those of its rules that the cases are about. */
export async function examine(
  constitution: Constitution,
  examined: readonly Rule[],
  cases: readonly Case[],
  progress: (done: number, of: number) => void,
): Promise<Report> {
  const opened = openPolicy(NAME, constitution);
  if (opened.kind === "refused") throw new TypeError("Only a constitution without findings can be examined.");
  const failed: Report["failed"][number][] = [];
  for (const each of cases) {
    const says = mismatch(each, await opened.engine.decide(each.facts));
    if (says !== null) failed.push({ file: each.file, name: each.name, says });
  }
  const uncovered = examined.flatMap((rule) => uncoveredBy(rule, cases).map((says) => ({ rule: cited(rule), says })));
  // Cases that fail already would kill every mutant.
  const all =
    failed.length > 0 ? [] : examined.flatMap((rule) => mutantsOf(rule.json).map((mutant) => ({ rule, ...mutant })));
  const survivors: { readonly rule: string; readonly says: string }[] = [];
  for (const [i, { rule, says, json }] of all.entries()) {
    progress(i, all.length);
    const source = json === null ? null : textOf(json);
    const changed = constitution.rules.flatMap((each) =>
      each.id !== rule.id ? [each] : source === null ? [] : [{ ...each, source, hash: "" }],
    );
    if (await survives(changed, casesOf(rule, cases))) survivors.push({ rule: cited(rule), says });
  }
  return { cases: cases.length, failed, rules: examined.length, uncovered, mutants: all.length, survivors };
}

const casesOf = (rule: Rule, cases: readonly Case[]): readonly Case[] =>
  cases.filter(({ facts }) => concerns(rule.json, facts.tool));

function uncoveredBy(rule: Rule, cases: readonly Case[]): readonly string[] {
  const about = casesOf(rule, cases);
  const by = about.filter(({ rules }) => rules.includes(cited(rule)));
  return [
    ...(by.length > 0 ? [] : ["no case is decided by it"]),
    ...(by.length < about.length ? [] : ["no case of its tools shows where it does not apply"]),
  ];
}

/** A mutant that the engine does not load is noticed too. */
async function survives(rules: readonly Rule[], cases: readonly Case[]): Promise<boolean> {
  const loaded = loadEngine(NAME, rules);
  if (loaded.kind === "refused") return false;
  for (const each of cases) if (mismatch(each, await loaded.engine.decide(each.facts)) !== null) return false;
  return true;
}

/** The engine says whether it is one. */
const policyShape = z.custom<PolicyJson>((json) => typeof json === "object" && json !== null);

function textOf(json: unknown): string | null {
  const answer = policyToText(policyShape.parse(json));
  return answer.type === "success" ? answer.text : null;
}
