import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

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
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("sql.destructive");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.write_sql" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "sql.destructive" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("sql.destructive"));
});
