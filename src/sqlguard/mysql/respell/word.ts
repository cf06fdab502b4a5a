// What a word without quotes is where it stands: syntax, a function, or a name.

import { functionsOf } from "../functions.ts";
import type { Token } from "../lexer.ts";
import { NILADIC, ONLY_MYSQL, RESERVED, ruleOfWord, SAME_SHAPE, SELECT_OPTIONS, STRUCTURE } from "../words.ts";
import { spellCall } from "./calls.ts";
import { leaveOut } from "./left-out.ts";
import type { Spelling } from "./spelling.ts";

export function spellWord(s: Spelling, token: Token, index: number): void {
  const { value } = token;
  const { here } = s;
  const called = s.is(index + 1, "(");
  // INVARIANT: behind a dot the server takes any word for a name.
  if (s.is(index - 1, ".")) return called ? spellCall(s, token, index) : s.name(index);
  if (here.cte === "name" && value !== "RECURSIVE" && !RESERVED.has(value)) return s.name(index);
  if (leaveOut(s, token, index)) return;
  const syntax = inPlace(s, value, index);
  if (syntax !== null) return syntax === "" ? undefined : s.keep(syntax, index);

  const own = functionsOf(s.dialect).has(value);
  const callable = called && (!STRUCTURE.has(value) || value === "LEFT" || value === "RIGHT");
  const same = SAME_SHAPE.get(value);
  if (same !== undefined && !(callable && own)) return s.keep(same, index);
  if (NILADIC.has(value) && own && !called) {
    s.call(index);
    s.put("(", index);
    return s.keep(")", index);
  }
  // AS x (a, b) gives names to columns.
  if (callable) return s.is(index - 1, "AS") && !RESERVED.has(value) ? s.name(index) : spellCall(s, token, index);
  if (value === "OVER" && !s.is(index - 1, ")")) return s.name(index);
  if (STRUCTURE.has(value)) {
    if (value === "CASE") here.cases++;
    if (value === "WITH") here.cte = "name";
    // INVARIANT: behind the last query of WITH a comma begins no further name: it is the statement's own again.
    else if (here.cte === "closed" || (here.cte === "named" && value !== "AS")) here.cte = "none";
    return s.keep(value, index);
  }
  if (SELECT_OPTIONS.has(value) && (RESERVED.has(value) || s.is(index - 1, "SELECT", "DISTINCT", "ALL"))) {
    s.drop(index);
    return s.flaw("node.field", index, index, {
      says: "This option of SELECT is not one that the guard knows to be harmless.",
      instead: "Leave it out.",
    });
  }
  if (RESERVED.has(value) && !(s.dialect === "mariadb" && ONLY_MYSQL.has(value))) return refuse(s, value, index);
  s.name(index);
}

/** Words that are syntax only in some places: the piece that stands for them; "" when all is done; null when they are none here. */
function inPlace(s: Spelling, value: string, index: number): string | null {
  const { here } = s;
  const called = s.is(index + 1, "(");
  switch (value) {
    case "FROM":
      if (here.inside !== "separated" || here.from) return null;
      here.from = true;
      return ",";
    case "FOR":
      return here.from && here.of !== "TRIM" && here.of !== "EXTRACT" ? "," : null;
    case "IN":
      return here.inside === "separated" && here.of === "POSITION" ? "," : null;
    case "PARTITION":
      return here.inside === "window" ? value : null;
    case "SEPARATOR":
      return here.inside === "aggregate" ? value : null;
    case "STRAIGHT_JOIN":
      return "JOIN";
    case "END":
      if (here.cases === 0) return null;
      here.cases--;
      return value;
    case "UNKNOWN":
      return s.is(index - 1, "IS") || (s.is(index - 1, "NOT") && s.is(index - 2, "IS")) ? "NULL" : null;
    case "OFFSET":
      return s.tokens[index - 1]?.kind === "number" ? value : null;
    case "ALL":
      if (s.is(index - 1, "UNION", "EXCEPT", "INTERSECT")) return value;
      return called ? "ANY" : null;
    case "ANY":
    case "SOME":
      return called ? "ANY" : null;
    case "WINDOW":
      return s.isNamed(index + 1) && s.is(index + 2, "AS") ? value : null;
    case "LATERAL":
      return s.dialect === "mysql" && called ? value : null;
    case "INTERVAL":
      here.interval = true;
      return "-";
    case "MATCH":
      if (!called) return null;
      s.call(index);
      s.open("function", index + 1);
      s.drop(index, 2);
      return "";
    case "AGAINST":
      if (!called) return null;
      s.put("+", index);
      s.open("search", index + 1);
      s.drop(index, 2);
      return "";
    default:
      return null;
  }
}

/** A reserved word without a part in a read. */
function refuse(s: Spelling, value: string, index: number): void {
  const rule = ruleOfWord(value);
  const after = index + 1;
  const until = (last: number, says?: string): void => {
    s.flaw(rule === "node.unknown" ? "statement.locks" : rule, index, last, says === undefined ? {} : { says });
    s.next = last + 1;
  };
  if (value === "FOR" && s.is(after, "UPDATE", "SHARE")) return until(after);
  if (value === "LOCK" && s.is(after, "IN") && s.is(index + 2, "SHARE") && s.is(index + 3, "MODE"))
    return until(index + 3);
  if (rule === "statement.into")
    return until(
      s.is(after, "OUTFILE", "DUMPFILE") ? after : index,
      "INTO writes a file of the server, or a variable.",
    );
  s.drop(index);
  s.flaw(
    rule,
    index,
    index,
    rule === "node.unknown" ? { instead: "Leave it out; if it is a name, write it in backticks." } : {},
  );
}
