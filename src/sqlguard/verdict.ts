import type { Found } from "./place.ts";
import { foundAt, indexOfByte, indexOfCharacter, placeOf } from "./place.ts";
import type { Classified } from "./postgres/classify.ts";
import type { Offence, Refusal, Rule } from "./refusal.ts";
import { LIMITS } from "./limits.ts";
import { RULES } from "./rules.ts";
import type { StatementKind } from "./statement.ts";
import { extentAt, keywordBefore, lockingClauses, type Token } from "./tokens.ts";

/** What the guard answers about a text. There is no third verdict: what could not be decided is denied. */
export type Verdict =
  | { readonly verdict: "allow"; readonly kind: StatementKind; readonly fingerprint: string }
  | { readonly verdict: "deny"; readonly refusals: readonly Refusal[]; readonly fingerprint: string | null };

export const deny = (refusals: readonly Refusal[], fingerprint: string | null = null): Verdict => ({
  verdict: "deny",
  refusals: refusals.slice(0, LIMITS.refusals),
  fingerprint,
});

/** Without a catalog: what is not PostgreSQL's own is refused. */
export function decide(text: string, { kind, offences, unknown }: Classified, fingerprint: string | null): Verdict {
  const all = [...offences, ...unknown.map(({ offence }) => offence)];
  if (kind === null || fingerprint === null || all.length > 0) return deny(refusalsOf(text, all), fingerprint);
  return { verdict: "allow", kind, fingerprint };
}

export function refusalOf(
  rule: Rule,
  text: string,
  more: { readonly says?: string; readonly instead?: string } = {},
): Refusal {
  return { rule, at: null, text, ...RULES[rule], ...more };
}

/** PostgreSQL's own word on a text that is not SQL. `cursor` counts characters from 0. */
export function syntaxRefusal(text: string, message: string, cursor: number): Refusal {
  const start = indexOfCharacter(text, cursor);
  const token = extentAt(text, start);
  const place = placeOf(text, start, token?.end ?? start);
  return { ...refusalOf("syntax", text.slice(start, token?.end ?? start)), at: place, says: sentence(message) };
}

const sentence = (message: string): string => `PostgreSQL's grammar does not accept the text: ${message}.`;

/** Every offence, in the order of the text, each place once. */
export function refusalsOf(text: string, offences: readonly Offence[]): readonly Refusal[] {
  const locks = offences.some(({ rule }) => rule === "statement.locks") ? lockingClauses(text) : [];
  const found = offences.flatMap((offence) => {
    if (offence.rule === "statement.locks" && locks.length > 0)
      return locks.map((token) => explained(offence, foundIn(text, token)));
    const keyword = KEYWORD_RULES.has(offence.rule)
      ? keywordBefore(text, offence.text.toLowerCase(), indexOfByte(text, offence.offset))
      : null;
    if (keyword !== null) return [explained(offence, foundIn(text, keyword))];
    return [explained(offence, offence.offset < 0 ? null : foundAt(text, offence.offset))];
  });
  const once = new Map(found.map((each) => [JSON.stringify([each.rule, each.at, each.text]), each]));
  return [...once.values()].toSorted((a, b) => order(a) - order(b));
}

const KEYWORD_RULES: ReadonlySet<Rule> = new Set(["statement.write", "statement.into"]);

const foundIn = (text: string, { start, end }: Token): Found => ({
  place: placeOf(text, start, end),
  text: text.slice(start, end),
});

const order = ({ at }: Refusal): number => (at === null ? Number.MAX_SAFE_INTEGER : at.line * 1e6 + at.column);

function explained({ rule, text, says, instead }: Offence, found: Found | null): Refusal {
  const general = RULES[rule];
  return {
    rule,
    at: found?.place ?? null,
    text: text === "" ? (found?.text ?? "") : text,
    says: says ?? general.says,
    instead: instead ?? general.instead,
  };
}
