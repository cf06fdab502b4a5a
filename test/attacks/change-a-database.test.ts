import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

const ATTEMPTS = [
  "psql -c 'DROP TABLE users'",
  "psql \"$URL\" -c 'select 1'",
  "PGHOST=x psql",
  "echo 'delete from users' | psql",
  "mysql -e 'TRUNCATE users'",
  "mariadb shop < dump.sql",
  "sqlite3 app.db 'delete from users'",
  "mongosh --eval 'db.users.drop()'",
  "redis-cli FLUSHALL",
  "dropdb shop",
  "pg_restore --clean dump",
  "usql postgres://x",
  "duckdb app.db",
  "clickhouse-client -q x",
];
const HONEST = ["cat schema.sql", "grep -r 'DROP TABLE' src"];

describe("24 changing a database from the command line is RED", () => {
  const floor = redBy("never.write_sql", "sql.destructive");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
