import { judgeCatalog } from "../../postgres/catalog.ts";
import { NO_RULES, type ClientRules } from "../../masks.ts";
import { majorOf, type Major } from "../../postgres/majors.ts";
import { maskedPositions } from "../../postgres/plan.ts";
import { hiddenOf } from "../../postgres/relations.ts";
import { judgeRole } from "../../postgres/role.ts";
import type { RunLimits } from "../../result.ts";
import { refusalOf, refusalsOf, syntaxRefusal } from "../../verdict.ts";
import { loadCatalog } from "./catalog.ts";
import { loadMasking } from "./masking.ts";
import { createParser, type Parser } from "./parser.ts";
import { planOf, strangersOf } from "./plan.ts";
import type { Hides } from "./one-select.ts";
import { denied, type Cleared, type Connection, type Progress, type Unrecorded, type WallOptions } from "../asked.ts";
import { answered, inSession, withParser } from "../in-session.ts";
import { loadRole } from "./role.ts";
import { openSession, scrubbed, type Session } from "./session.ts";

interface Shown extends Cleared {
  readonly hides: Hides;
}

/** Behind the walls of PostgreSQL. */
export const runPostgres = (
  connection: Connection,
  sql: string,
  limits: RunLimits,
  options: WallOptions,
  progress: Progress,
): Promise<Unrecorded> =>
  pastWalls(connection, sql, limits, options, progress, async (session, { hides }) =>
    answered(await session.select(sql, limits, hides)),
  );

/** `then`: what is done with a statement that every wall let through, in the session that they were asked in. */
export async function pastWalls<T>(
  { url }: Connection,
  sql: string,
  limits: RunLimits,
  options: WallOptions,
  progress: Progress,
  then: (session: Session, cleared: Shown) => Promise<T>,
): Promise<T | Unrecorded> {
  return inSession(await openSession(url, limits, options.signal), scrubbed, async (session) => {
    progress.major = Math.floor(session.versionNum / 10_000);
    const major = majorOf(progress.major);
    if (major === null)
      return denied(refusalOf("session", `PostgreSQL ${progress.major}: there is no guard for this version.`));
    return withParser(
      options.parserFor?.(major),
      () => createParser(major),
      async (parser) => {
        const decided = await behindWalls(session, parser, major, sql, limits, options.rules ?? NO_RULES, progress);
        return decided.kind === "cleared" ? then(session, decided) : decided;
      },
    );
  });
}

async function behindWalls(
  session: Session,
  parser: Parser,
  major: Major,
  sql: string,
  limits: RunLimits,
  rules: ClientRules,
  progress: Progress,
): Promise<Shown | Unrecorded> {
  const answer = await parser.classify(sql);
  if (answer.kind === "syntax") return denied(syntaxRefusal(sql, answer.message, answer.cursor));
  if (answer.kind === "lost") return denied(refusalOf("parser.lost", ""));
  const { classified, fingerprint } = answer;
  progress.fingerprint = fingerprint;
  // What the first wall refuses for good needs no catalog.
  if (classified.kind === null || fingerprint === null || classified.offences.length > 0)
    return denied(...refusalsOf(sql, [...classified.offences, ...classified.unknown.map(({ offence }) => offence)]));

  const role = await loadRole(session);
  const problems = role === null ? [] : judgeRole(role).filter(({ level }) => level === "must");
  if (role === null || problems.length > 0)
    return denied(
      ...problems.map(({ what }) => refusalOf("role", what)),
      ...(role === null ? [refusalOf("role", "The login's rights cannot be read.")] : []),
    );

  const facts = await loadCatalog(session, parser, classified, major);
  const offences = judgeCatalog(classified, facts, rules);
  if (offences.length > 0) return denied(...refusalsOf(sql, offences));

  const behind = facts.bodies.flatMap((body) => body.classified?.names ?? []);
  const masks = [...rules.masks, ...hiddenOf([...classified.names, ...behind])];
  const masking = await loadMasking(session, parser, masks, { sql, classified });
  if (masking === null) return denied(refusalOf("parser.lost", ""));
  if (masking.offences.length > 0) return denied(...refusalsOf(sql, masking.offences));

  let planned: ReadonlySet<number> = new Set();
  if (classified.kind === "select") {
    const read = await planOf(session, parser, sql, limits);
    if (read.kind !== "plan") return read;
    const { plan } = read;
    // The log keeps whole numbers only, and the planner knows costs past all counting.
    progress.cost = Math.min(Math.ceil(plan.cost), Number.MAX_SAFE_INTEGER);
    const strangers = await strangersOf(session, parser, plan, { classified, facts, rules, major });
    if (strangers.length > 0) return denied(...refusalsOf(sql, strangers));
    if (plan.cost > limits.cost || plan.bytes > limits.planBytes)
      return denied(refusalOf("cost", `cost ${Math.round(plan.cost)}, ${plan.rows} rows`));
    planned = maskedPositions(plan, masking.masked);
  }
  return {
    kind: "cleared",
    statement: classified.kind,
    hides: (position, { name, tableID, columnID }) =>
      masking.hides(position, name) || masking.hidesOrigin(tableID, columnID) || planned.has(position),
  };
}
