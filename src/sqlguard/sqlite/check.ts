// The text of a statement for SQLite, before and after the engine: one statement, without parameters, and where each offence stands.

import { placeOf } from "../place.ts";
import type { Refusal, Rule } from "../refusal.ts";
import { RULES } from "../rules.ts";
import type { StatementKind } from "../statement.ts";
import type { Offence } from "./judge.ts";
import { lex, type Token } from "./lexer.ts";

const KINDS: ReadonlyMap<string, StatementKind> = new Map([
  ["select", "select"],
  ["with", "select"],
  ["values", "select"],
  ["explain", "explain"],
  ["pragma", "show"],
]);

/** Null: nothing in the text itself speaks against asking the engine. */
export function kindOf(text: string): { readonly kind: StatementKind } | { readonly refusals: readonly Refusal[] } {
  const tokens = lex(text);
  const [first] = tokens;
  if (first === undefined) return { refusals: [refusal(text, "text.empty", null)] };
  const stop = tokens.findIndex(({ value, kind }) => kind === "operator" && value === ";");
  const second = stop < 0 ? undefined : tokens.slice(stop).find(({ value }) => value !== ";");
  if (second !== undefined) return { refusals: [refusal(text, "statement.several", second)] };
  const kind = first.kind === "word" ? KINDS.get(first.value) : undefined;
  if (kind === undefined) return { refusals: [refusal(text, "statement.kind", first)] };
  const parameters = tokens.filter((token) => token.kind === "parameter");
  if (parameters.length > 0) return { refusals: parameters.map((each) => refusal(text, "parameter", each)) };
  return { kind };
}

/** What the engine took for the statement has to be all of it. */
export const isWhole = (text: string, compiled: string): boolean =>
  text.startsWith(compiled) && lex(text.slice(compiled.length)).every(({ value }) => value === ";");

/** The same for statements that differ in constants, layout and letters. */
export const shapeOf = (text: string): string =>
  lex(text)
    .map(({ kind, value }) => (kind === "string" || kind === "number" ? "?" : value))
    .join(" ");

/** Each offence at every place where its name is written, or at none: what hides in a view is written nowhere here. */
export function refusalsOf(text: string, offences: readonly Offence[]): readonly Refusal[] {
  const tokens = lex(text);
  const once = new Map(offences.map((each) => [`${each.rule} ${each.text}`, each]));
  return [...once.values()].flatMap(({ rule, text: name, says, instead }) => {
    const places = tokens.filter(({ kind, value }) => (kind === "word" || kind === "name") && value === name);
    return places.length === 0
      ? [refusal(text, rule, null, name, { says, instead })]
      : places.map((token) => refusal(text, rule, token, name, { says, instead }));
  });
}

type Words = Pick<Offence, "says" | "instead">;

function refusal(text: string, rule: Rule, token: Token | null, name?: string, more: Words = {}): Refusal {
  return {
    rule,
    at: token === null ? null : placeOf(text, token.start, token.end),
    text: token === null ? (name ?? "") : text.slice(token.start, token.end),
    ...RULES[rule],
    ...(more.says === undefined ? {} : { says: more.says }),
    ...(more.instead === undefined ? {} : { instead: more.instead }),
  };
}
