// What is refused has a name where PostgreSQL's users have one for it; the refusal then says that instead of a node's tag.

import type { Offence, Rule } from "../refusal.ts";
import { isFields, offsetOf, type Fields } from "./tree.ts";

interface Named {
  readonly rule: Rule;
  readonly text: string;
}

const WRITES: ReadonlySet<string> = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

/** A statement's tag in words: CreateTableAsStmt is "CREATE TABLE AS". */
export function statementWords(tag: string): string {
  const words = tag
    .replace(/Stmt$/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toUpperCase();
  return words === "" ? tag : words;
}

export function tagOffence(tag: string, fields: Fields, near: number): Offence {
  const offset = placeIn(fields) ?? near;
  if (tag === "ParamRef") return { rule: "parameter", offset, text: "" };
  if (WRITES.has(tag)) return { rule: "statement.write", offset, text: statementWords(tag) };
  if (tag.endsWith("Stmt")) return { rule: "statement.kind", offset, text: statementWords(tag) };
  return { rule: "node.unknown", offset, text: tag };
}

const FIELDS: Readonly<Record<string, Named>> = {
  "SelectStmt.intoClause": { rule: "statement.into", text: "INTO" },
  "SelectStmt.lockingClause": { rule: "statement.locks", text: "" },
};

export function fieldOffence(tag: string, field: string, value: unknown, near: number): Offence {
  const known = FIELDS[`${tag}.${field}`];
  const offset = placeIn(value) ?? near;
  return known === undefined ? { rule: "node.field", offset, text: `${tag}.${field}` } : { ...known, offset };
}

/** The first place written anywhere inside, looking a few levels down: some nodes keep none of their own. */
function placeIn(value: unknown, levels = 5): number | null {
  if (levels === 0) return null;
  if (Array.isArray(value)) return first(value.map((each: unknown) => placeIn(each, levels - 1)));
  if (!isFields(value)) return null;
  const own = offsetOf(value);
  return own ?? first(Object.values(value).map((each) => placeIn(each, levels - 1)));
}

const first = (offsets: readonly (number | null)[]): number | null => offsets.find((each) => each !== null) ?? null;
