import type { Connection, Discovered } from "./asked.ts";
import { discoverMysql } from "./mysql/discover.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { discoverPostgres } from "./postgres/discover.ts";
import { discoverSqlite } from "./sqlite/examine.ts";
import { isSqliteUrl } from "./sqlite/url.ts";

/** What tables there are, behind the second and third wall. */
export function discover(connection: Connection): Promise<Discovered> {
  if (isSqliteUrl(connection.url)) return discoverSqlite(connection);
  return isMysqlUrl(connection.url) ? discoverMysql(connection) : discoverPostgres(connection);
}
