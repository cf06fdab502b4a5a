// The tokens of a statement once more, in a spelling of ours that both parsers read alike: every name, string, number and function is a
// mark with its number, every operator is one of a few, and what changes nothing about a read is left out. The parsers see this text
// only. The server gets the original bytes.
// INVARIANT: a word that is neither syntax we know, nor a name where a name may stand, ends the matter here (ruleOfWord).

import type { Token } from "../lexer.ts";
import { variableIsReviewed } from "../variables.ts";
import type { Dialect } from "../versions.ts";
import { SAME_SHAPE } from "../words.ts";
import { skipType, spellCall } from "./calls.ts";
import { Spelling, type Respelled } from "./spelling.ts";
import { spellWord } from "./word.ts";

export { MARKS, type Respelled } from "./spelling.ts";

/** Of parentheses. One of the parsers takes time that doubles with each. */
const DEPTH = 60;

export function respell(tokens: readonly Token[], dialect: Dialect): Respelled {
  const s = new Spelling(tokens, dialect);
  for (let token = tokens[0]; token !== undefined; token = tokens[s.next]) {
    const index = s.next;
    if (s.depth > DEPTH) {
      s.flaw("budget", index);
      break;
    }
    spell(s, token, index);
  }
  return s.result();
}

function spell(s: Spelling, token: Token, index: number): void {
  switch (token.kind) {
    case "word":
      return spellWord(s, token, index);
    case "name":
      // The window that this one begins with.
      if (s.here.inside === "window" && index - 1 === s.here.opened) return s.drop(index);
      if (s.is(index + 1, "(") && s.here.cte !== "name" && !s.is(index - 1, "AS")) return spellCall(s, token, index);
      return s.name(index);
    case "string":
      return s.string(index);
    case "number":
      return s.number(index);
    case "variable":
      if (!variableIsReviewed(token.value)) s.flaw("setting.unreviewed", index);
      return s.string(index);
    case "operator":
      return spellOperator(s, token, index);
  }
}

function spellOperator(s: Spelling, { value }: Token, index: number): void {
  const { here } = s;
  s.drop(index);
  switch (value) {
    case "(": {
      if (isJoin(s, index))
        // One of the parsers reads no parentheses inside of these. Around the first tables they change nothing.
        return s.is(index - 1, "JOIN", "STRAIGHT_JOIN") ? s.open("joined", index) : s.openSilently("joined", index);
      const window = s.is(index - 1, "OVER") || (s.is(index - 1, "AS") && isWindowName(s, index - 2));
      return s.open(window ? "window" : "group", index);
    }
    case ")": {
      const closed = s.close(index);
      if (s.here.cte === "named" && s.is(closed.opened - 1, "AS")) s.here.cte = "closed";
      return;
    }
    case ",":
      here.interval = false;
      if (here.cte === "closed") here.cte = "name";
      if (here.inside === "convert") return skipType(s);
      return s.put(",", index);
    case "->":
    case "->>":
      if (s.dialect === "mariadb")
        return s.flaw("syntax", index, index, {
          says: "MariaDB has no -> for JSON.",
          instead: "Write JSON_EXTRACT or JSON_VALUE.",
        });
  }
  s.put(SAME_SHAPE.get(value) ?? value, index);
}

/** Parentheses around tables: behind FROM or JOIN, or first in such ones, and with a name in them. */
function isJoin(s: Spelling, index: number): boolean {
  const { here } = s;
  const first = here.inside === "joined" && here.opened === index - 1;
  const placed = s.is(index - 1, "JOIN", "STRAIGHT_JOIN") || (s.is(index - 1, "FROM") && here.inside !== "separated");
  let inner = index + 1;
  while (s.is(inner, "(")) inner++;
  return (first || placed) && s.isNamed(inner) && !s.is(inner, "SELECT", "WITH", "VALUES", "TABLE");
}

/** WINDOW w AS ( ... ), w2 AS ( ... ): the name before AS, and WINDOW or the end of another window before that. */
function isWindowName(s: Spelling, index: number): boolean {
  if (!s.isNamed(index) || s.here.cte === "named") return false;
  return s.is(index - 1, "WINDOW") || (s.is(index - 1, ",") && s.is(index - 2, ")") && s.wrote("WINDOW"));
}
