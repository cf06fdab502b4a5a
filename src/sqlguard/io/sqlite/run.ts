import { createHash } from "node:crypto";
import { NO_RULES, type ClientRules } from "../../masks.ts";
import type { RunLimits } from "../../result.ts";
import { isWhole, kindOf, refusalsOf, shapeOf } from "../../sqlite/check.ts";
import { deny, refusalOf, type Verdict } from "../../verdict.ts";
import { checkText } from "../../text.ts";
import { RUN_LIMITS } from "../../result.ts";
import { denied, type Connection, type Progress, type Unrecorded, type WallOptions } from "../asked.ts";
import { ask } from "./ask.ts";
import type { Answered } from "./messages.ts";
import { pathOf } from "./url.ts";

const NO_FILE = "The URL names no file: sqlite:///path/to/file.db.";
const fingerprintOf = (sql: string): string => createHash("sha256").update(shapeOf(sql)).digest("hex").slice(0, 16);

/** There is no other database in a file than main. */
const masksOf = ({ masks }: ClientRules) =>
  masks.filter(({ schema }) => schema === "main").map(({ table, column }) => ({ table, column }));

/** Behind the engine's own authorizer, in a process that ends with the query. */
export async function runSqlite(
  { url }: Connection,
  sql: string,
  limits: RunLimits,
  { rules = NO_RULES, signal }: WallOptions,
  progress: Progress,
): Promise<Unrecorded> {
  const path = pathOf(url);
  if (path === null) return { kind: "lost", why: NO_FILE };
  progress.major = 3;
  const text = kindOf(sql);
  if ("refusals" in text) return denied(...text.refusals);
  progress.fingerprint = fingerprintOf(sql);
  const answer = await ask({ path, sql, run: true, masks: masksOf(rules) }, limits, signal);
  if (answer.kind === "rows" && isWhole(sql, answer.compiled)) return { kind: "rows", result: answer.result };
  return notRun(sql, answer);
}

function notRun(sql: string, answer: Answered): Unrecorded {
  switch (answer.kind) {
    case "denied":
      return denied(
        ...(answer.offences.length === 0 ? [refusalOf("statement.kind", "")] : refusalsOf(sql, answer.offences)),
      );
    case "failed":
      return { kind: "failed", error: { sqlState: "HY000", says: answer.says, position: null } };
    case "lost":
      return { kind: "lost", why: answer.why };
    case "rows":
    case "compiled":
    case "schema":
      return denied(refusalOf("parsers.disagree", ""));
  }
}

/** The engine's word on a text and a file, without running it. */
export async function checkSqlite(path: string, sql: string, rules: ClientRules = NO_RULES): Promise<Verdict> {
  const broken = checkText(sql);
  if (broken.length > 0) return deny(broken);
  const text = kindOf(sql);
  if ("refusals" in text) return deny(text.refusals);
  const answer = await ask({ path, sql, run: false, masks: masksOf(rules) }, RUN_LIMITS);
  if (answer.kind === "compiled" && isWhole(sql, answer.compiled))
    return { verdict: "allow", kind: text.kind, fingerprint: fingerprintOf(sql) };
  const not = notRun(sql, answer);
  if (not.kind === "denied") return deny(not.refusals, fingerprintOf(sql));
  return deny([
    { ...refusalOf("syntax", ""), says: not.kind === "failed" ? not.error.says : "The engine gave no answer." },
  ]);
}
