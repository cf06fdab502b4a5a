import type { Rule } from "#sqlguard";

/** What the statement tries, the statement with «marks» around each place that must be named, and the rule of each mark in order. */
export type Hostile = readonly [sentence: string, marked: string, ...rules: Rule[]];

interface Expected {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/** The statement as it is sent, and the places that were marked. */
export function unmark(marked: string): { readonly sql: string; readonly places: readonly Expected[] } {
  const places: Expected[] = [];
  let sql = "";
  let opened: { line: number; column: number; from: number } | null = null;
  const here = (): { line: number; column: number } => {
    const lines = sql.split(/\r\n|\r|\n/);
    return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
  };
  for (const character of marked) {
    if (character === "«") opened = { ...here(), from: sql.length };
    else if (character === "»" && opened !== null) {
      places.push({
        line: opened.line,
        column: opened.column,
        length: Math.max(1, Array.from(sql.slice(opened.from)).length),
      });
      opened = null;
    } else sql += character;
  }
  return { sql, places };
}
