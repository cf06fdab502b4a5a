// Functions: which they are, and how their arguments are written.

import { LIMITS } from "../../limits.ts";
import { forbidden, functionsOf, SIZED } from "../functions.ts";
import { upper, type Token } from "../lexer.ts";
import { NO_SPACE, RESERVED, TYPE_WORDS, UNITS } from "../words.ts";
import type { Inside, Spelling } from "./spelling.ts";

const set = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const AGGREGATES = set(
  "AVG BIT_AND BIT_OR BIT_XOR COUNT MAX MIN STD STDDEV STDDEV_POP STDDEV_SAMP SUM VAR_POP VAR_SAMP VARIANCE",
);
const LISTING = set("GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG");
const SEPARATED = set("TRIM SUBSTRING SUBSTR MID POSITION EXTRACT");
const WITH_UNIT = set("EXTRACT TIMESTAMPADD TIMESTAMPDIFF GET_FORMAT");
/** GET_FORMAT's; the units are the others'. */
const KINDS_OF_TIME = set("DATE TIME DATETIME TIMESTAMP");

/** A name with a parenthesis after it. */
export function spellCall(s: Spelling, token: Token, index: number): void {
  const name = token.kind === "name" ? upper(token.value) : token.value;
  judge(s, token, name, index);
  const counted = s.is(index + 2, "DISTINCT", "*");
  s.call(index, LISTING.has(name) ? "GROUP_CONCAT" : AGGREGATES.has(name) && counted ? "COUNT" : undefined);
  s.open(insideOf(name), index + 1, name);
  s.drop(index, 2);
  if (WITH_UNIT.has(name) && (s.isWord(s.next, UNITS) || s.isWord(s.next, KINDS_OF_TIME)))
    // The unit is a word of its own; an argument stands for it.
    s.keep("1", s.next);
  if (AGGREGATES.has(name) && s.is(s.next, "ALL")) s.drop(s.next);
}

function judge(s: Spelling, token: Token, name: string, index: number): void {
  const reason = forbidden(name);
  const apart = (s.tokens[index + 1]?.start ?? token.end) > token.end;
  if (reason !== undefined) {
    const { rule, says, instead } = reason;
    s.flaw(rule, index, index, { says: `${name} ${says}.`, ...(instead === undefined ? {} : { instead }) });
  } else if (s.is(index - 1, ".")) s.flaw("function.user", Math.max(0, index - 2), index);
  else if (token.kind === "name")
    s.flaw("function.user", index, index, { instead: "Write the name of a built-in function without quotes." });
  else if (!functionsOf(s.dialect).has(name)) s.flaw("function.unknown", index);
  else if (apart && NO_SPACE.has(name))
    s.flaw("function.shadowed", index, index, {
      says: "With a space before the parenthesis this is a function of the database's own.",
      instead: "Write the parenthesis directly after the name.",
    });
  else checkSize(s, name, index);
}

/** What REGEXP_REPLACE may put in the place of each match, in characters. */
const REPLACEMENT = 64;

/** REPEAT('a', n) is as long as n says: n has to be readable here. */
function checkSize(s: Spelling, name: string, index: number): void {
  if (name === "REGEXP_REPLACE") return checkReplacement(s, index);
  const which = SIZED.get(name);
  if (which === undefined) return;
  const argument = argumentsAt(s.tokens, index + 1)[which];
  const first = argument === undefined ? undefined : s.tokens[argument.from];
  const fits = first?.kind === "number" && argument?.from === argument?.to && Number(first.value) <= LIMITS.literal;
  if (!fits) s.flaw("size", argument?.from ?? index, argument?.to ?? index);
}

/** The server bounds no result of REGEXP_REPLACE: a long text for each of many matches takes all the memory there is. */
function checkReplacement(s: Spelling, index: number): void {
  const argument = argumentsAt(s.tokens, index + 1)[2];
  const first = argument === undefined ? undefined : s.tokens[argument.from];
  const fits = first?.kind === "string" && argument?.from === argument?.to && first.value.length <= REPLACEMENT + 2;
  if (fits) return;
  s.flaw("size", argument?.from ?? index, argument?.to ?? index, {
    says: `What replaces each match has to be a text of at most ${REPLACEMENT} characters that can be read here.`,
    instead: "Write it as a short string.",
  });
}

/** A type, as CAST and CONVERT take one, up to the parenthesis that closes them. It is left out. */
export function skipType(s: Spelling): void {
  for (; s.next < s.tokens.length && !s.is(s.next, ")"); s.next++) {
    const charset = s.is(s.next, "CHARSET") ? 1 : s.is(s.next, "CHARACTER") && s.is(s.next + 1, "SET") ? 2 : 0;
    if (charset > 0 && isCharset(s, s.next + charset)) {
      s.next += charset;
      continue;
    }
    if (s.isWord(s.next, TYPE_WORDS)) continue;
    if (!s.is(s.next, "(")) return s.flaw("node.field", s.next);
    for (s.next++; s.next < s.tokens.length && !s.is(s.next, ")"); s.next++) {
      const size = s.tokens[s.next];
      const fits = size?.kind === "number" && Number(size.value) <= LIMITS.literal;
      if (!fits && !s.is(s.next, ",")) s.flaw("size", s.next);
    }
  }
}

/** The name of a character set or a collation. */
export const isCharset = (s: Spelling, index: number): boolean =>
  s.isNamed(index) && (!s.isWord(index, RESERVED) || s.is(index, "BINARY"));

const insideOf = (name: string): Inside =>
  name === "CAST"
    ? "cast"
    : name === "CONVERT"
      ? "convert"
      : LISTING.has(name)
        ? "aggregate"
        : SEPARATED.has(name)
          ? "separated"
          : "function";

/** The arguments between the parentheses that open at `open`, as first and last token of each. */
function argumentsAt(
  tokens: readonly Token[],
  open: number,
): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  let depth = 0;
  let from = open + 1;
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i];
    if (token?.kind !== "operator") continue;
    if (token.value === "(") depth++;
    else if (token.value === ")") depth--;
    if (depth === 0 || (depth === 1 && token.value === ",")) {
      found.push({ from, to: i - 1 });
      from = i + 1;
    }
    if (depth === 0) break;
  }
  return found;
}
