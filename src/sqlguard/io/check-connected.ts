import type { ClientRules } from "../masks.ts";
import { RUN_LIMITS } from "../result.ts";
import { checkText } from "../text.ts";
import { deny, refusalOf, type Verdict } from "../verdict.ts";
import { allowed, begun, type Cleared, type Connection, type Progress, type Unrecorded } from "./asked.ts";
import { pastWalls as pastMysql } from "./mysql/run.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { pastWalls as pastPostgres } from "./postgres/run.ts";
import { checkSqlite } from "./sqlite/run.ts";
import { isSqliteUrl, pathOf } from "./sqlite/url.ts";

/** All walls but the query itself: grammar, login, catalog, the client's rules, the planner's cost. Nothing of the statement is run. */
export async function checkConnected(connection: Connection, sql: string, rules: ClientRules): Promise<Verdict> {
  const broken = checkText(sql);
  if (broken.length > 0) return deny(broken);
  if (isSqliteUrl(connection.url)) {
    const path = pathOf(connection.url);
    return path === null ? deny([refusalOf("session", "The URL names no file.")]) : checkSqlite(path, sql, rules);
  }
  const mysql = isMysqlUrl(connection.url);
  const progress = begun(mysql ? "mysql" : "postgres");
  const past = mysql ? pastMysql : pastPostgres;
  return verdictOf(await past(connection, sql, RUN_LIMITS, { rules }, progress, allowed), progress);
}

function verdictOf(decided: Cleared | Unrecorded, { fingerprint }: Progress): Verdict {
  switch (decided.kind) {
    case "cleared":
      return fingerprint === null
        ? deny([refusalOf("parser.lost", "")])
        : { verdict: "allow", kind: decided.statement, fingerprint };
    case "denied":
      return deny(decided.refusals, fingerprint);
    case "failed":
      return deny([refusalOf("syntax", "", { says: decided.error.says })], fingerprint);
    case "lost":
      return deny([refusalOf("session", "", { says: decided.why })], fingerprint);
    case "rows":
      return deny([refusalOf("parser.lost", "")], fingerprint);
  }
}
