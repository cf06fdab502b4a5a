// The guard's answers for people and for programs.

import { z } from "zod";
import { plain } from "#gate";
import type { Refusal, RunResult, Schema, TableShape, Verdict } from "#sqlguard";
import type { ExitStatus } from "./command.ts";

const request = z.object({
  id: z.union([z.string(), z.number()]),
  sql: z.string(),
  dialect: z.string().optional(),
});

/** No statement begins with a brace: what begins with such an object is lines of them. */
export const isLines = (text: string): boolean => lineRequest(text.trim().split("\n")[0] ?? "") !== null;

/** One line of `--lines`; null when it is not one. */
export function lineRequest(line: string): z.infer<typeof request> | null {
  try {
    const read = request.safeParse(JSON.parse(line));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

export const statusOf = ({ verdict }: Verdict): ExitStatus => (verdict === "allow" ? 0 : 1);

/** One JSON object on one line. */
export function asLine(verdict: Verdict, id?: string | number): string {
  return JSON.stringify({
    ...(id === undefined ? {} : { id }),
    verdict: verdict.verdict,
    violations: verdict.verdict === "deny" ? verdict.refusals : [],
    fingerprint: verdict.fingerprint,
  });
}

export function asText(verdict: Verdict, sql: string): string {
  if (verdict.verdict === "allow") return `ALLOW  A ${verdict.kind.toUpperCase()} that only reads.`;
  return refusalsAsText(verdict.refusals, sql);
}

export function refusalsAsText(refusals: readonly Refusal[], sql: string): string {
  const lines = sql.split(/\r\n|\r|\n/);
  const count = refusals.length;
  return [
    `DENY  ${count === 1 ? "One reason." : `${count} reasons.`}`,
    ...refusals.flatMap((each) => paragraph(each, lines)),
  ].join("\n");
}

/** Rows with a tab between the values, or why there are none. */
export function resultAsText(result: RunResult, sql: string): string {
  switch (result.kind) {
    case "denied":
      return refusalsAsText(result.refusals, sql);
    case "failed":
      return `FAIL  ${plain(result.error.says, 400)} (SQLSTATE ${result.error.sqlState})`;
    case "lost":
      return `LOST  ${plain(result.why, 400)}`;
    case "rows": {
      const { columns, rows, truncated, cutCells } = result.result;
      const hidden = columns.filter(({ masked }) => masked === true).length;
      return [
        columns.map(({ name }) => plain(name)).join("\t"),
        ...rows.map((row) => row.map((value) => (value === null ? "NULL" : plain(value, 10_000))).join("\t")),
        `(${rows.length === 1 ? "1 row" : `${rows.length} rows`}${truncated === null ? "" : `; there are more: the limit of ${truncated} was reached`}${cutCells === 0 ? "" : `; ${cutCells} long values were cut`}${hidden === 0 ? "" : `; the client hides ${hidden === 1 ? "one column" : `${hidden} columns`}`})`,
      ].join("\n");
    }
  }
}

export function schemaAsText({ tables, truncated, topQueries }: Schema): string {
  return [
    ...tables.flatMap(tableAsText),
    `(${tables.length === 1 ? "1 table" : `${tables.length} tables`}${truncated ? "; there are more" : ""})`,
    ...(topQueries === null || topQueries.length === 0 ? [] : ["", "Longest queries, by total time:"]),
    ...(topQueries ?? []).map(
      ({ text, calls, meanMs, rows }) =>
        `  ${calls} calls, ${meanMs.toFixed(1)} ms each, ${rows} rows: ${plain(text, 400)}`,
    ),
  ].join("\n");
}

function tableAsText({ schema, name, kind, rows, bytes, columns, indexes, references }: TableShape): readonly string[] {
  const estimate = rows === null ? "" : `, about ${Math.round(rows)} rows`;
  return [
    `${plain(`${schema}.${name}`, 130)}  (${kind}${estimate}${bytes === null ? "" : `, ${bytes} bytes`})`,
    ...columns.map(
      (column) => `  ${plain(column.name, 64)}  ${plain(column.type, 100)}${column.nullable ? "" : " not null"}`,
    ),
    ...indexes.map(({ definition }) => `  ${plain(definition, 400)}`),
    ...references.map(
      (key) =>
        `  (${plain(key.columns.join(", "), 200)}) references ${plain(key.table, 130)} (${plain(key.tableColumns.join(", "), 200)})`,
    ),
  ];
}

function paragraph({ rule, at, text, says, instead }: Refusal, lines: readonly string[]): readonly string[] {
  const where = at === null ? "" : `${at.line}:${at.column}  `;
  return [
    "",
    `  ${where}${plain(text, 80)}  (${rule})`,
    ...(at === null ? [] : underlined(lines[at.line - 1] ?? "", at.column, at.length)),
    `    ${plain(says, 400)}`,
    `    Instead: ${plain(instead, 400)}`,
  ];
}

const CONTEXT = 40;

/** The line around the place, with a mark below. */
function underlined(line: string, column: number, length: number): readonly string[] {
  const all = Array.from(line).map((character) => (plain(character) === "" ? " " : character));
  const from = Math.max(0, column - 1 - CONTEXT);
  const shown = all.slice(from, column - 1 + length + CONTEXT).join("");
  return [`    | ${shown}`, `    | ${" ".repeat(column - 1 - from)}${"^".repeat(Math.min(length, CONTEXT))}`];
}
