// Masked columns of SQLite: its engine asks about every column it reads, and takes "ignore" for "read NULL".

import { lex } from "./lexer.ts";
import type { Offence } from "./judge.ts";

interface MaskedColumn {
  readonly table: string;
  readonly column: string | null;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** INVARIANT: what the engine asks about without a name of a column (count(*)) reads none. */
export const isMasked = (masks: readonly MaskedColumn[], table: string, column: string): boolean =>
  column !== "" && masks.some((mask) => same(mask.table, table) && (mask.column === null || same(mask.column, column)));

export const unsearchable = (table: string): Offence => ({
  rule: "column.masked",
  text: table.toLowerCase(),
  says: "This virtual table is made of columns that the client hides: it cannot be searched.",
  instead: "Look in the other columns of the tables behind it.",
});

/** The engine compares the columns of USING and NATURAL without asking about them. */
export function unfollowed(sql: string, masks: readonly MaskedColumn[]): readonly Offence[] {
  if (masks.length === 0) return [];
  const joins = new Set(["using", "natural"]);
  return lex(sql)
    .filter(({ kind, value }) => kind === "word" && joins.has(value))
    .map(({ value }) => ({
      rule: "column.masked",
      text: value,
      says: "This join compares columns without naming their tables, and the client hides some.",
    }));
}
