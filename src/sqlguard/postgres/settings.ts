// SHOW, current_setting and the options of EXPLAIN.

import { LIMITS } from "../limits.ts";
import type { Offence } from "../refusal.ts";
import { items, names, stringConstant, tagged, text, type Fields } from "./tree.ts";
import { TYPES } from "./types-and-operators.ts";

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

/** They read a value by the name of a type: a domain of the client's would run its check. */
const TAKES_A_TYPE: ReadonlySet<string> = new Set(["pg_input_is_valid", "pg_input_error_info"]);

/** As the standard writes some of PostgreSQL's own. */
const WRITTEN: ReadonlySet<string> = new Set([
  "integer",
  "int",
  "bigint",
  "smallint",
  "boolean",
  "real",
  "double precision",
  "decimal",
  "character varying",
  "timestamp with time zone",
  "timestamp without time zone",
]);
const TYPE = /^([a-z_][a-z0-9_ ]*?)(?:\((\d{1,7})(?:,\s*\d{1,4})?\))?(?:\[\])?$/;

function typeOffences(args: readonly unknown[], called: string, offset: number): readonly Offence[] {
  const written = args.length === 2 ? stringConstant(args[1]) : null;
  const [, type = "", length = "0"] = TYPE.exec(written ?? "") ?? [];
  const known = (TYPES.has(type) || WRITTEN.has(type)) && Number(length) <= LIMITS.literal;
  return known ? [] : [{ rule: "type.unknown", offset, text: written ?? called }];
}

const NONE: readonly Offence[] = [];

export function settingOffences(tag: string, fields: Fields, offset: number): readonly Offence[] {
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
      const called = names(fields["funcname"]).at(-1) ?? "";
      if (TAKES_A_TYPE.has(called)) return typeOffences(items(fields["args"]), called, offset);
      if (called !== "current_setting") return [];
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
