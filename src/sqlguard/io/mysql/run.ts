import type { RunLimits } from "../../result.ts";
import { NO_RULES, type ClientRules } from "../../masks.ts";
import { judgeReached } from "../../mysql/catalog.ts";
import { judgeLogin } from "../../mysql/role.ts";
import { refusalsOf } from "../../mysql/classify.ts";
import { refusalOf } from "../../verdict.ts";
import { denied, type Cleared, type Connection, type Progress, type Unrecorded, type WallOptions } from "../asked.ts";
import { answered, inSession, withParser } from "../in-session.ts";
import { loadCatalog } from "./catalog.ts";
import { loadMasking } from "./masking.ts";
import type { Hides } from "./one-select.ts";
import { createParser, type Parser } from "./parser.ts";
import { loadLogin } from "./role.ts";
import { openSession, scrubbed, type Session } from "./session.ts";

interface Shown extends Cleared {
  readonly hides: Hides;
}

/** Behind the walls of MySQL and MariaDB. */
export const runMysql = (
  connection: Connection,
  sql: string,
  limits: RunLimits,
  options: WallOptions,
  progress: Progress,
): Promise<Unrecorded> =>
  pastWalls(connection, sql, limits, options, progress, async (session, { hides }): Promise<Unrecorded> => {
    await session.limit(limits);
    return answered(await session.select(sql, limits, hides));
  });

/** `then`: what is done with a statement that every wall let through, in the session that they were asked in. */
export async function pastWalls<T>(
  { url }: Connection,
  sql: string,
  limits: RunLimits,
  options: WallOptions,
  progress: Progress,
  then: (session: Session, cleared: Shown) => Promise<T>,
): Promise<T | Unrecorded> {
  return inSession(await openSession(url, limits, options.signal), scrubbed, (session) => {
    const { dialect, number } = session.version;
    progress.dialect = dialect;
    progress.major = number;
    return withParser(
      options.mysqlParserFor?.(dialect),
      () => createParser(dialect),
      async (parser) => {
        const decided = await behindWalls(session, parser, sql, limits, options.rules ?? NO_RULES, progress);
        return decided.kind === "cleared" ? then(session, decided) : decided;
      },
    );
  });
}

async function behindWalls(
  session: Session,
  parser: Parser,
  sql: string,
  limits: RunLimits,
  rules: ClientRules,
  progress: Progress,
): Promise<Shown | Unrecorded> {
  const answer = await parser.classify(sql);
  if (answer.kind === "lost") return denied(refusalOf("parser.lost", ""));
  const { classified, fingerprint } = answer;
  progress.fingerprint = fingerprint;
  // What the first wall refuses for good needs no catalog.
  if (classified.kind === null || fingerprint === null) return denied(...classified.refusals);

  const problems = judgeLogin(await loadLogin(session)).filter(({ level }) => level === "must");
  if (problems.length > 0) return denied(...problems.map(({ what }) => refusalOf("role", what)));

  const { reached, secret } = await loadCatalog(session, parser, classified.relations);
  const refusals = refusalsOf(sql, [
    ...secret.map(({ start, end }) => ({ rule: "relation.secret" as const, start, end })),
    ...reached.flatMap((each) =>
      judgeReached(each).map((reason) => ({
        ...reason,
        start: each.relation.start,
        end: each.relation.end,
      })),
    ),
  ]);
  if (refusals.length > 0) return denied(...refusals);

  const masking = await loadMasking(session, parser, rules.masks, { sql, relations: classified.relations });
  if (masking === null) return denied(refusalOf("parser.lost", ""));
  if (masking.flaws.length > 0) return denied(...refusalsOf(sql, masking.flaws));

  if (classified.kind === "select") {
    const estimate = await rowsToLookAt(session, parser, sql, limits);
    if (estimate.kind !== "estimate") return estimate;
    progress.cost = Math.min(estimate.rows, Number.MAX_SAFE_INTEGER);
    if (estimate.rows > limits.examined) return denied(refusalOf("cost", `${estimate.rows} rows to look at`));
  }
  return { kind: "cleared", statement: classified.kind, hides: masking.hides };
}

/** By name: the server's own choice of a format may be another. */
const PREFIX = "EXPLAIN FORMAT=TRADITIONAL ";

type Estimate = Unrecorded | { readonly kind: "estimate"; readonly rows: number };

/** Of each part of the query, the rows of its tables multiplied, as the server's own limit counts them. */
async function rowsToLookAt(session: Session, parser: Parser, sql: string, limits: RunLimits): Promise<Estimate> {
  const text = PREFIX + sql;
  // INVARIANT: no text is sent that was not walked, ours included.
  const again = await parser.classify(text);
  if (again.kind !== "classified" || again.classified.kind !== "explain")
    return denied(refusalOf("parser.lost", "EXPLAIN"));
  const outcome = await session.select(text, { ...limits, rows: 10_000 });
  if (outcome.kind === "refused") return { kind: "failed", error: outcome.error };
  const { columns, rows } = outcome.received;
  const part = columns.findIndex(({ name }) => name === "id");
  const count = columns.findIndex(({ name }) => name === "rows");
  const parts = new Map<string, number>();
  for (const row of rows) {
    const key = row[part] ?? "union";
    parts.set(key, (parts.get(key) ?? 1) * Math.max(1, Number(row[count] ?? 1)));
  }
  return { kind: "estimate", rows: [...parts.values()].reduce((sum, each) => sum + each, 0) };
}
