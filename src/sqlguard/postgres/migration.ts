// What a migration file does that a person should look at: statement by statement, by PostgreSQL's own grammar. Schema changes are a
// human path; this says where to look, and decides nothing.

import { nextToken } from "../tokens.ts";
import { statementWords } from "./known-shapes.ts";
import {
  BY_COMMAND,
  BY_TAG,
  CODE,
  failure,
  QUIET,
  QUIET_COMMANDS,
  RIGHTS,
  setting,
  UNKNOWN,
  warning,
  type Finding,
  type Said,
} from "./migration-words.ts";
import { called, callsOthers, RUNS } from "./migration-calls.ts";
import { isFields, items, names, tagged, text as textOf, type Fields } from "./tree.ts";

/** `tree` is what the parser of this major answered for the whole file, of which nothing is believed. */
export function findings(file: string, tree: unknown): readonly Finding[] {
  const bytes = new TextEncoder().encode(file);
  const decode = (from: number, to?: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  // Counted on from statement to statement: a file of a hundred thousand statements is read once.
  let counted = { offset: 0, lines: 0 };
  const linesUntil = (offset: number): number => {
    if (offset < counted.offset) counted = { offset: 0, lines: 0 };
    let { lines } = counted;
    for (let at = counted.offset; at < offset; at++) if (bytes[at] === LINE_FEED) lines++;
    counted = { offset, lines };
    return lines;
  };
  return (isFields(tree) ? items(tree["stmts"]) : []).flatMap((raw): readonly Finding[] => {
    const root = isFields(raw) ? tagged(raw["stmt"]) : null;
    if (!isFields(raw) || root === null) return [];
    const all = [
      ...said(root.tag, root.fields),
      ...(UNREAD.has(root.tag) ? [] : within(root.fields)),
      ...(RUNS.has(root.tag) && callsOthers(root.fields) ? [CODE] : []),
    ];
    if (all.length === 0) return [];
    const from = typeof raw["stmt_location"] === "number" ? raw["stmt_location"] : 0;
    const length = typeof raw["stmt_len"] === "number" ? raw["stmt_len"] : bytes.length - from;
    const body = decode(from, from + length);
    // What stands before the first word belongs to the statement in PostgreSQL's eyes: comments and empty lines.
    const skipped = body.slice(0, nextToken(body, 0)?.start ?? 0);
    const line = linesUntil(from) + linesOf(skipped) + 1;
    const endLine = line + linesOf(body.slice(skipped.length).trimEnd());
    const statement = nameOf(root.tag, root.fields);
    return all.map((each) => ({ line, endLine, statement, ...each }));
  });
}

const LINE_FEED = 10;

const linesOf = (text: string): number => text.split("\n").length - 1;

function nameOf(tag: string, fields: Fields): string {
  if (tag === "DropStmt")
    return `DROP ${textOf(fields["removeType"])
      .replace(/^OBJECT_/, "")
      .replaceAll("_", " ")}`;
  return tag === "IndexStmt" ? "CREATE INDEX" : tag === "CreateTrigStmt" ? "CREATE TRIGGER" : statementWords(tag);
}

function said(tag: string, fields: Fields): readonly Said[] {
  if (QUIET.has(tag)) return [];
  switch (tag) {
    case "DropStmt":
      return [dropped(textOf(fields["removeType"]))];
    case "DeleteStmt":
    case "UpdateStmt":
      return [
        // WHERE true, WHERE 1 = 1: what names no column chooses no row.
        fields["whereClause"] === undefined || !namesColumn(fields["whereClause"])
          ? failure("It changes every row.")
          : warning("It changes rows: look at how many, and for how long they are locked."),
      ];
    case "IndexStmt":
      return fields["concurrent"] === true
        ? []
        : [warning("Without CONCURRENTLY it stops every write to the table until it is done.")];
    case "ReindexStmt":
      return [warning("Without CONCURRENTLY it stops every write to the table until it is done.")];
    case "VariableSetStmt":
      return ["VAR_RESET", "VAR_SET_DEFAULT"].includes(textOf(fields["kind"]))
        ? []
        : setting(textOf(fields["name"]), items(fields["args"]));
    case "CopyStmt":
      return [
        fields["is_program"] === true ? CODE : failure("It reads or writes a file, or rows that are not in this file."),
      ];
    case "CreateFunctionStmt":
    case "AlterFunctionStmt":
      return [
        [...items(fields["options"]), ...items(fields["actions"])].some(
          (option) => isFields(option) && isSecurity(option),
        )
          ? failure("Whoever calls it does so with its owner's rights.")
          : warning("What it does is not read here."),
      ];
    case "AlterTableStmt":
      return items(fields["cmds"]).flatMap((command) => {
        const node = tagged(command);
        return node === null ? [] : commandSaid(node.fields);
      });
    default:
      return [BY_TAG[tag] ?? UNKNOWN];
  }
}

/** Of any node that holds statements: WITH x AS (DELETE ...) SELECT, CREATE SCHEMA s GRANT ..., EXPLAIN ANALYZE DELETE ... */
function within(fields: Fields, levels = MAX_LEVELS): readonly Said[] {
  // The attacker: a DELETE at the bottom of more SELECTs than anybody looks through.
  if (levels === 0) return [UNKNOWN];
  const found: Said[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (!isFields(value)) return;
    const node = tagged(value);
    if (node?.tag === "FuncCall") found.push(...called(names(node.fields["funcname"]), items(node.fields["args"])));
    if (node === null || !node.tag.endsWith("Stmt")) found.push(...within(value, levels - 1));
    else
      found.push(
        ...said(node.tag, node.fields).map((each) => ({ statement: nameOf(node.tag, node.fields), ...each })),
        ...within(node.fields, levels - 1),
      );
  };
  for (const value of Object.values(fields)) look(value);
  return found;
}

const MAX_LEVELS = 400;

/** Statements whose body does not run now: one finding says that nobody read it. */
const UNREAD: ReadonlySet<string> = new Set(["CreateFunctionStmt"]);

const namesColumn = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.some(namesColumn)
    : isFields(value) && (tagged(value)?.tag === "ColumnRef" || Object.values(value).some(namesColumn));

const DATA = new Set([
  "OBJECT_TABLE",
  "OBJECT_SCHEMA",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_TYPE",
  "OBJECT_FOREIGN_TABLE",
]);

function dropped(what: string): Said {
  if (DATA.has(what)) return failure("It is gone with its data.");
  if (what === "OBJECT_POLICY" || what === "OBJECT_TRIGGER" || what === "OBJECT_EVENT_TRIGGER")
    return failure("What it kept true or hidden is not kept any more.");
  return warning("Code that runs now may still use it.");
}

function isSecurity(option: Fields): boolean {
  const node = tagged(option);
  const arg = node === null ? null : tagged(node.fields["arg"]);
  return node?.fields["defname"] === "security" && arg?.fields["boolval"] === true;
}

function commandSaid(command: Fields): readonly Said[] {
  const subtype = textOf(command["subtype"]);
  const def = tagged(command["def"])?.fields ?? {};
  switch (subtype) {
    case "AT_AddConstraint":
      return def["skip_validation"] === true || !["CONSTR_FOREIGN", "CONSTR_CHECK"].includes(textOf(def["contype"]))
        ? []
        : [warning("It reads the whole table under a lock. Add it NOT VALID, and VALIDATE it in a later statement.")];
    case "AT_AddColumn": {
      const kinds = items(def["constraints"]).map((each) => textOf(tagged(each)?.fields["contype"]));
      return kinds.includes("CONSTR_NOTNULL") &&
        !kinds.includes("CONSTR_DEFAULT") &&
        !kinds.includes("CONSTR_IDENTITY") &&
        !kinds.includes("CONSTR_GENERATED")
        ? [warning("It fails where the table has rows: a NOT NULL column needs a default.")]
        : [];
    }
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
      return items(command["def"] === undefined ? [] : (tagged(command["def"])?.fields["items"] ?? [])).some((option) =>
        textOf(tagged(option)?.fields["defname"]).startsWith("security_"),
      )
        ? [RIGHTS]
        : [];
    default:
      return QUIET_COMMANDS.has(subtype) ? [] : [BY_COMMAND[subtype] ?? UNKNOWN];
  }
}
