import type { Connection, Examination } from "./asked.ts";
import { examineMysql } from "./mysql/examine.ts";
import { isMysqlUrl } from "./mysql/url.ts";
import { examinePostgres } from "./postgres/examine.ts";

/** What the login may do beyond reading, and the SQL that takes it away (`sql doctor`). */
export const examineLogin = (connection: Connection): Promise<Examination> =>
  isMysqlUrl(connection.url) ? examineMysql(connection) : examinePostgres(connection);
