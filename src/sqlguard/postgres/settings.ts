// SHOW, current_setting and the options of EXPLAIN.

import type { Offence } from "../refusal.ts";
import { items, names, stringConstant, tagged, text } from "./tree.ts";
import type { Visit } from "./walk.ts";

/** ANALYZE runs the query, SERIALIZE and WAL and TIMING belong to it; a name that is new in a major is refused until it is added. */
const EXPLAIN_OPTIONS: ReadonlySet<string> = new Set([
  "verbose",
  "costs",
  "settings",
  "generic_plan",
  "buffers",
  "summary",
  "memory",
  "format",
]);

/** The server's own settings have no dot; what applications keep under a dot may be a secret. */
const SETTING = /^[a-z][a-z0-9_]*$/i;

const NONE: readonly Offence[] = [];

export function settingOffences({ tag, fields, offset }: Visit): readonly Offence[] {
  switch (tag) {
    case "DefElem": {
      const option = text(fields["defname"]);
      const known = EXPLAIN_OPTIONS.has(option) && fields["defnamespace"] === undefined;
      return known ? [] : [{ rule: "explain.option", offset, text: option.toUpperCase() }];
    }
    case "VariableShowStmt": {
      const name = text(fields["name"]);
      return SETTING.test(name) ? [] : [{ rule: "setting.name", offset, text: name }];
    }
    case "FuncCall": {
      if (names(fields["funcname"]).at(-1) !== "current_setting") return [];
      const [argument] = items(fields["args"]);
      const byName = tagged(argument)?.tag === "NamedArgExpr" ? tagged(argument)?.fields["arg"] : argument;
      const name = stringConstant(byName);
      return name !== null && SETTING.test(name)
        ? []
        : [{ rule: "setting.name", offset, text: name ?? "current_setting" }];
    }
    default:
      return NONE;
  }
}
