import { afterAll, describe, expect, it } from "vitest";
import type { Finding } from "#sqlguard";
import { createMigrationReader } from "#sqlguard/io";

const reader = createMigrationReader(18);
afterAll(() => reader.close());

async function found(sql: string): Promise<readonly Finding[]> {
  const migration = await reader.read(sql);
  if (migration.kind !== "findings") throw new Error(JSON.stringify(migration));
  return migration.findings;
}

describe("what a person should look at in a migration", () => {
  const cases: readonly (readonly [sql: string, statement: string, ...levels: Finding["level"][]])[] = [
    ["DROP TABLE t", "DROP TABLE", "failure"],
    ["DROP SCHEMA s CASCADE", "DROP SCHEMA", "failure"],
    ["DROP POLICY p ON t", "DROP POLICY", "failure"],
    ["DROP TRIGGER g ON t", "DROP TRIGGER", "failure"],
    ["DROP INDEX i", "DROP INDEX", "warning"],
    ["DROP VIEW v", "DROP VIEW", "warning"],
    ["TRUNCATE t", "TRUNCATE", "failure"],
    ["DELETE FROM t", "DELETE", "failure"],
    ["DELETE FROM t WHERE a = 1", "DELETE", "warning"],
    ["UPDATE t SET a = 1", "UPDATE", "failure"],
    ["ALTER TABLE t DROP COLUMN a", "ALTER TABLE", "failure"],
    ["ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE", "warning"],
    ["ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE", "warning"],
    ["ALTER TABLE t ADD a int NOT NULL", "ALTER TABLE", "warning"],
    ["ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", "ALTER TABLE", "warning"],
    ["ALTER TABLE t ADD CHECK (a > 0)", "ALTER TABLE", "warning"],
    ["ALTER TABLE t DISABLE ROW LEVEL SECURITY", "ALTER TABLE", "failure"],
    ["ALTER TABLE t NO FORCE ROW LEVEL SECURITY", "ALTER TABLE", "failure"],
    ["ALTER TABLE t DISABLE TRIGGER ALL", "ALTER TABLE", "failure"],
    ["ALTER TABLE t OWNER TO r", "ALTER TABLE", "failure"],
    ["ALTER TABLE t SET UNLOGGED", "ALTER TABLE", "failure"],
    ["ALTER TABLE t DROP COLUMN a, ALTER b SET NOT NULL", "ALTER TABLE", "failure", "warning"],
    ["ALTER TABLE t RENAME a TO b", "RENAME", "warning"],
    ["CREATE INDEX ON t (a)", "CREATE INDEX", "warning"],
    ["GRANT ALL ON t TO public", "GRANT", "failure"],
    ["CREATE ROLE r SUPERUSER", "CREATE ROLE", "failure"],
    ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public", "ALTER DEFAULT PRIVILEGES", "failure"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'select 1'", "CREATE FUNCTION", "failure"],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'", "CREATE FUNCTION", "warning"],
    ["DO $$ begin perform 1; end $$", "DO", "failure"],
    ["COPY t FROM PROGRAM 'id'", "COPY", "failure"],
    ["ALTER SYSTEM SET fsync = off", "ALTER SYSTEM", "failure"],
    ["CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()", "CREATE TRIGGER", "warning"],
    ["ALTER TABLE t SET WITHOUT CLUSTER", "ALTER TABLE", "warning"],
    ["LOCK TABLE t", "LOCK", "warning"],
    ["VACUUM FULL t", "VACUUM", "warning"],
    ["WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "DELETE", "failure"],
    ["INSERT INTO log WITH x AS (UPDATE t SET a = 1 RETURNING 1) SELECT 1 FROM x", "UPDATE", "failure"],
    ["CREATE SCHEMA s GRANT ALL ON t TO public", "GRANT", "failure"],
    ["SELECT pg_sleep(1)", "SELECT", "warning"],
    ["SET session_replication_role = replica", "VARIABLE SET", "failure"],
    ["SELECT set_config('session_replication_role', 'replica', false)", "SELECT", "failure"],
    ["SELECT set_config('row_' || 'security', 'off', false)", "SELECT", "warning"],
    ["SELECT set_config('role', 'a' || 'b', false)", "SELECT", "failure"],
    ["SET standard_conforming_strings = off; SELECT '\\'' ; DROP TABLE t; --'", "VARIABLE SET", "failure"],
    ["SET NAMES 'SJIS'", "VARIABLE SET", "failure"],
    ["SET ROLE x", "VARIABLE SET", "failure"],
    ["SET SESSION AUTHORIZATION x", "VARIABLE SET", "failure"],
    ["ALTER VIEW v SET (security_invoker = false)", "ALTER TABLE", "failure"],
    ["ALTER FUNCTION f() SECURITY DEFINER", "ALTER FUNCTION", "failure"],
    ["DELETE FROM t WHERE true", "DELETE", "failure"],
    ["UPDATE t SET a = b WHERE 1 = 1", "UPDATE", "failure"],
    ["SELECT purge_everything()", "SELECT", "failure"],
    ["INSERT INTO t SELECT app.lower('x')", "INSERT", "failure"],
    ["CREATE COLLATION c FROM \"C\"", "DEFINE", "warning"],
  ]; // prettier-ignore
  it.each(cases)("%s", async (sql, statement, ...levels) => {
    const all = await found(sql);
    expect(all.map(({ level }) => level)).toEqual(levels);
    expect(all[0]?.statement).toBe(statement);
  });

  it.each([
    ["CREATE TABLE t (a int primary key, b text not null)"],
    ["ALTER TABLE t ADD a int"],
    ["ALTER TABLE t ADD a int NOT NULL DEFAULT 0"],
    ["ALTER TABLE t ADD CHECK (a > 0) NOT VALID"],
    ["ALTER TABLE t VALIDATE CONSTRAINT c"],
    ["ALTER TABLE t ENABLE ROW LEVEL SECURITY"],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"],
    ["CREATE TYPE mood AS ENUM ('a'); COMMENT ON TYPE mood IS 'x'"],
    ["SELECT pg_catalog.setval('s', 1); CREATE TABLE u (a int default nextval('s'))"],
    [
      "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SELECT pg_catalog.set_config('search_path', '', false)",
    ],
    ["RESET role; SET row_security TO DEFAULT; ALTER TABLE t SET (fillfactor = 50)"],
    ["INSERT INTO t SELECT gen_random_uuid(), lower(a), now(), count(*) FROM u GROUP BY a"],
    ["BEGIN; SET lock_timeout = '1s'; INSERT INTO t VALUES (1); SELECT 1; COMMIT"],
    [""],
  ])("nothing: %s", async (sql) => {
    expect(await found(sql)).toEqual([]);
  });

  it("lines are those of the file, past comments, other letters and carriage returns", async () => {
    const file =
      "-- ünïcödé\r\n\r\nCREATE TABLE t (a int);\n/* DROP TABLE x;\n*/\nDROP TABLE\n  t\n;\nSELECT 1;\nTRUNCATE u;\n";
    expect((await found(file)).map(({ line, endLine, statement }) => [line, endLine, statement])).toEqual([
      [6, 7, "DROP TABLE"],
      [10, 10, "TRUNCATE"],
    ]);
  });

  it("a file of twenty thousand statements is looked at within the reader's time", async () => {
    const all = await found("DROP TABLE t;\n".repeat(20_000));
    expect([all.length, all.at(-1)?.line]).toEqual([20_000, 20_000]);
  });

  it("fail closed: a file that is no SQL, or that the parser must not see, is a finding itself", async () => {
    expect(await reader.read("SELECT 1;\nDROP TABEL t;")).toMatchObject({ kind: "syntax", line: 2 });
    expect(await reader.read("SELECT 1;\u0000 DROP TABLE t;")).toEqual({ kind: "lost" });
    expect(await reader.read(" ".repeat(2_000_000))).toEqual({ kind: "lost" });
  });
});
