import type { Connection, Discovered } from "./asked.ts";
import { discoverMysql } from "./mysql/discover.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { discoverPostgres } from "./postgres/discover.ts";

/** What tables there are, behind the second and third wall. */
export const discover = (connection: Connection): Promise<Discovered> =>
  isMysqlUrl(connection.url) ? discoverMysql(connection) : discoverPostgres(connection);
