// The guard's first wall over PostgreSQL's own regression scripts: `node bench/sqlguard-regress.bench.ts --regress DIR --major 16`, where DIR is
// src/test/regress/sql of that version. What a statement is, is told here by its tree alone, without the guard's tables: every kind of node
// that writes, defines, locks or keeps something. Exit status 1 when one of those is accepted.

import { parseArgs } from "node:util";
import { majorOf } from "#sqlguard";
import { loadParser } from "../src/sqlguard/io/postgres/grammars.ts";
import { classify } from "../src/sqlguard/postgres/classify.ts";
import { checkText } from "../src/sqlguard/text.ts";
import { publish } from "./support/bench.ts";
import { rounded } from "./support/numbers.ts";
import { scriptsOf, statementsOf } from "./support/regress.ts";

const { values } = parseArgs({
  options: { regress: { type: "string" }, major: { type: "string" }, smoke: { type: "boolean" } },
});
const major = majorOf(Number(values.major ?? "18"));
if (values.regress === undefined || major === null) {
  console.log("Give --regress DIR (PostgreSQL's src/test/regress/sql), and --major when it is not 18.");
  process.exit(0);
}
const parser = await loadParser(major);

type Kind = "not_sql" | "several" | "read" | "hidden_write" | "other";

/** Nodes that no read has, wherever they stand. */
const ACTS = /"(?:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt|IntoClause|intoClause|lockingClause)":/;
const READS = /^(?:SelectStmt|VariableShowStmt|ExplainStmt)$/;
const RUNS = /"defname":"(?:analyze|analyse)"/;

function kindOf(sql: string): Kind {
  try {
    const text = JSON.stringify(parser.parseSync(sql));
    const roots = [...text.matchAll(/"stmt":\{"(\w+)":/g)].map(([, tag]) => tag ?? "");
    if (roots.length !== 1) return roots.length === 0 ? "not_sql" : "several";
    if (!READS.test(roots[0] ?? "")) return "other";
    return ACTS.test(text) ||
      (roots[0] === "ExplainStmt" && (RUNS.test(text) || /"query":\{"(?!SelectStmt")/.test(text)))
      ? "hidden_write"
      : "read";
  } catch {
    return "not_sql";
  }
}

/** The rules that refuse it; none: it is accepted. */
function refusing(sql: string): readonly string[] {
  const bytes = checkText(sql);
  if (bytes.length > 0) return bytes.map(({ rule }) => rule);
  try {
    const { kind, offences, unknown } = classify(parser.parseSync(sql), major ?? 18);
    const rules = [...offences, ...unknown.map(({ offence }) => offence)].map(({ rule }) => rule);
    return kind === null && rules.length === 0 ? ["statement.kind"] : rules;
  } catch {
    return ["syntax"];
  }
}

const counts = new Map<Kind, { statements: number; accepted: number }>();
const rules = new Map<string, number>();
const wrong: string[] = [];
/** Reads that need nothing but PostgreSQL's own objects, as far as their refusals say. */
let needCatalog = 0;
let onPurpose = 0;
for (const sql of scriptsOf(values.regress).flatMap(statementsOf)) {
  const kind = kindOf(sql);
  const found = refusing(sql);
  const mine = counts.get(kind) ?? { statements: 0, accepted: 0 };
  counts.set(kind, { statements: mine.statements + 1, accepted: mine.accepted + Number(found.length === 0) });
  if (kind !== "read" && found.length === 0) wrong.push(sql);
  if (kind !== "read" || found.length === 0) continue;
  for (const rule of new Set(found)) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  if (found.every((rule) => /\.(?:unknown|user)$/.test(rule) && !rule.startsWith("node"))) needCatalog++;
  else onPurpose++;
}
const reads = counts.get("read") ?? { statements: 0, accepted: 0 };
const result = {
  grammar: `PostgreSQL ${major}, without a catalog`,
  statements: Object.fromEntries(counts),
  reads_accepted_percent: rounded((100 * reads.accepted) / reads.statements),
  reads_refused_for_the_catalog: needCatalog,
  reads_refused_for_what_they_do: onPurpose,
  of_reads_without_own_objects_percent: rounded((100 * reads.accepted) / (reads.statements - needCatalog)),
  refused_reads_by_rule: Object.fromEntries([...rules].toSorted(([, a], [, b]) => b - a)),
};
console.log(JSON.stringify(result, null, 2));
for (const sql of wrong.slice(0, 5)) console.error(`Accepted, and no read: ${JSON.stringify(sql.slice(0, 300))}`);
if (wrong.length > 0) process.exitCode = 1;
publish("sqlguard-regress", result);
