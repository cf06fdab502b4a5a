// What changes nothing about what a read may do, and is read differently by the parsers or not at all. Each is matched whole, word by word;
// anything else in its place is refused.

import type { Token } from "../lexer.ts";
import { FRAME_WORDS, RESERVED, SEARCH_WORDS, UNITS } from "../words.ts";
import { isCharset, skipType } from "./calls.ts";
import type { Spelling } from "./spelling.ts";

const LITERALS = new Set(["DATE", "TIME", "TIMESTAMP"]);
const HINTS = new Set(["USE", "FORCE", "IGNORE"]);
const SIDES = new Set(["LEADING", "TRAILING", "BOTH"]);

/** Whether the word was left out, or something that it begins. */
export function leaveOut(s: Spelling, { value }: Token, index: number): boolean {
  const { here } = s;
  const out = (count: number): true => {
    s.drop(index, count);
    return true;
  };
  const list = (open: number): true => {
    skipList(s, open, index);
    return true;
  };
  const called = s.is(index + 1, "(");
  switch (value) {
    case "ALL":
      return s.is(index - 1, "SELECT") && out(1);
    case "WITH":
      if (s.is(index + 1, "ROLLUP")) return out(2);
      break;
    case "NATURAL":
      if (s.is(index + 1, "JOIN", "LEFT", "RIGHT", "INNER")) return out(1);
      break;
    case "COLLATE":
      return isCharset(s, index + 1) && out(2);
    case "USING":
      return (here.inside === "convert" || here.of === "CHAR") && isCharset(s, index + 1) && out(2);
    case "ROW":
      return called && out(1);
    case "SOUNDS":
      return s.is(index + 1, "LIKE") && out(1);
    case "ESCAPE":
      return s.tokens[index + 1]?.kind === "string" && !s.is(index - 1, ",", "SELECT", "AS") && out(2);
    case "SQL_NO_CACHE":
      return s.is(index - 1, "SELECT", "DISTINCT") && out(1);
    case "STRAIGHT_JOIN":
      return s.is(index - 1, "SELECT", "DISTINCT") && out(1);
    case "AS":
      if (here.inside !== "cast") return false;
      s.drop(index);
      skipType(s);
      return true;
    case "PARTITION":
      return called && list(index + 1);
    case "ROWS":
    case "RANGE":
      if (here.inside !== "window") return false;
      skipFrame(s, index);
      return true;
  }
  if (LITERALS.has(value) && s.tokens[index + 1]?.kind === "string") return out(1);
  if (here.inside === "separated" && SIDES.has(value)) return out(s.is(index + 1, "FROM") ? 2 : 1);
  if (called) return false;
  if (here.inside === "search" && SEARCH_WORDS.has(value)) return out(1);
  // The window that this one begins with.
  if (here.inside === "window" && index - 1 === here.opened && !RESERVED.has(value)) return out(1);
  if (here.interval && UNITS.has(value) && !s.is(index - 1, "INTERVAL", "(", ",", ".")) {
    here.interval = false;
    return out(1);
  }
  if (!HINTS.has(value) || !s.is(index + 1, "INDEX", "KEY")) return false;
  const open = s.is(index + 2, "FOR") ? index + (s.is(index + 3, "JOIN") ? 4 : 5) : index + 2;
  return s.is(open, "(") && list(open);
}

/** Partitions, and hints about indexes: names between parentheses. */
function skipList(s: Spelling, open: number, from: number): void {
  let end = open + 1;
  for (; end < s.tokens.length && !s.is(end, ")"); end++) {
    const fine = s.is(end, ",", "PRIMARY") || (s.isNamed(end) && !s.isWord(end, RESERVED));
    if (fine) continue;
    s.flaw("node.field", from, end);
    break;
  }
  s.next = end + 1;
}

/** A frame is made of numbers and a few words. */
function skipFrame(s: Spelling, from: number): void {
  let end = from + 1;
  for (; end < s.tokens.length && !s.is(end, ")"); end++) {
    const kind = s.tokens[end]?.kind;
    if (kind === "number" || kind === "string" || s.isWord(end, FRAME_WORDS)) continue;
    s.flaw("node.field", end);
    break;
  }
  s.next = end;
}
