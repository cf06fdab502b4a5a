import { NO_RULES, type ClientRules } from "../masks.ts";
import type { Connection, Examination } from "./asked.ts";
import { examineMysql } from "./mysql/examine.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { examinePostgres } from "./postgres/examine.ts";
import { examineSqlite } from "./sqlite/examine.ts";
import { isSqliteUrl } from "./sqlite/url.ts";

/** What the login may do beyond reading, and the SQL that takes it away (`sql doctor`). */
export function examineLogin(connection: Connection, rules: ClientRules = NO_RULES): Promise<Examination> {
  if (isSqliteUrl(connection.url)) return examineSqlite(connection);
  return isMysqlUrl(connection.url) ? examineMysql(connection, rules) : examinePostgres(connection, rules);
}
