// Further statements of published bypass classes, as whoever does not know this guard would try them. None is a read, whatever it looks like.

const HARM = [
  "load_extension('x')",
  "fts3_tokenizer('a')",
  "writefile('/tmp/x', 'y')",
  "readfile('/etc/passwd')",
] as const;

const PLACES: readonly ((call: string) => string)[] = [
  (f) => `SELECT ${f}`,
  (f) => `SELECT iif(1, ${f}, 0)`,
  (f) => `SELECT coalesce(NULL, ${f})`,
  (f) => `SELECT CASE ${f} WHEN 1 THEN 2 END`,
  (f) => `SELECT CAST(${f} AS TEXT)`,
  (f) => `SELECT 'a' LIKE 'b' ESCAPE ${f}`,
  (f) => `SELECT 'a' GLOB ${f}`,
  (f) => `SELECT 1 IN (2, ${f})`,
  (f) => `SELECT (1, 2) = (1, ${f})`,
  (f) => `SELECT 1 BETWEEN 0 AND ${f}`,
  (f) => `SELECT ${f} COLLATE NOCASE`,
  (f) => `SELECT 1 FROM orders WHERE ${f}`,
  (f) => `SELECT 1 FROM orders GROUP BY ${f}`,
  (f) => `SELECT 1 FROM orders GROUP BY id HAVING ${f}`,
  (f) => `SELECT 1 FROM orders ORDER BY ${f} NULLS LAST`,
  (f) => `SELECT 1 FROM orders LIMIT 1 OFFSET ${f}`,
  (f) => `SELECT 1 FROM orders o LEFT JOIN customers c ON ${f}`,
  (f) => `SELECT sum(id) FILTER (WHERE ${f}) FROM orders`,
  (f) => `SELECT sum(id) OVER (PARTITION BY ${f}) FROM orders`,
  (f) => `SELECT group_concat(status ORDER BY ${f}) FROM orders`,
  (f) => `SELECT EXISTS (SELECT ${f})`,
  (f) => `SELECT (SELECT ${f})`,
  (f) => `VALUES (1), (${f})`,
  (f) => `WITH x AS (SELECT ${f}) SELECT * FROM x`,
  (f) => `WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT ${f} FROM x) SELECT * FROM x LIMIT 3`,
  (f) => `SELECT 1 UNION SELECT ${f}`,
  (f) => `SELECT * FROM json_each(${f})`,
  (f) => `SELECT json_object('a', ${f})`,
  (f) => `EXPLAIN SELECT ${f}`,
  (f) => `EXPLAIN QUERY PLAN SELECT ${f}`,
];

const STATEMENTS = `
INSERT INTO customers VALUES (99, 'x') RETURNING *
INSERT OR REPLACE INTO customers VALUES (1, 'x')
INSERT INTO customers SELECT 99, 'x' ON CONFLICT DO UPDATE SET email = 'y'
REPLACE INTO customers VALUES (1, 'x')
UPDATE customers SET email = 'x' RETURNING email
UPDATE OR IGNORE customers SET email = 'x'
UPDATE customers SET email = 'x' FROM orders
DELETE FROM customers RETURNING *
WITH x AS (SELECT 1) DELETE FROM customers
WITH x AS (SELECT 1) INSERT INTO customers SELECT 99, 'x'
WITH x AS (SELECT 1) UPDATE customers SET email = 'x'
WITH x AS (SELECT 1) REPLACE INTO customers VALUES (1, 'x')
CREATE TABLE x (a)
CREATE TABLE x AS SELECT * FROM customers
CREATE TEMP TABLE x AS SELECT * FROM customers
CREATE TEMPORARY VIEW x AS SELECT 1
CREATE TEMP TRIGGER x AFTER INSERT ON customers BEGIN SELECT 1; END
CREATE VIEW x AS SELECT 1
CREATE INDEX x ON customers (email)
CREATE UNIQUE INDEX x ON customers (lower(email))
CREATE VIRTUAL TABLE x USING fts5(a)
CREATE VIRTUAL TABLE temp.x USING dbstat(main)
CREATE VIRTUAL TABLE x USING rtree(id, a, b)
DROP TABLE customers
DROP VIEW IF EXISTS paid_orders
DROP INDEX by_status
DROP TRIGGER t
ALTER TABLE customers RENAME TO x
ALTER TABLE customers ADD COLUMN x
ALTER TABLE customers DROP COLUMN email
ATTACH '/etc/passwd' AS x
ATTACH DATABASE 'file:/tmp/x?mode=rwc' AS x
ATTACH ':memory:' AS x
ATTACH '' AS x
DETACH main
VACUUM
VACUUM main
VACUUM INTO '/tmp/x'
VACUUM main INTO '/tmp/' || 'x'
REINDEX
REINDEX by_status
ANALYZE
ANALYZE customers
BEGIN
BEGIN IMMEDIATE
BEGIN EXCLUSIVE TRANSACTION
COMMIT
END TRANSACTION
ROLLBACK
ROLLBACK TO x
SAVEPOINT x
RELEASE x
PRAGMA writable_schema = 1
PRAGMA writable_schema(1)
PRAGMA query_only = 0
PRAGMA main.query_only(0)
PRAGMA journal_mode = WAL
PRAGMA journal_mode(DELETE)
PRAGMA trusted_schema = 1
PRAGMA temp_store_directory = '/tmp'
PRAGMA data_store_directory = '/tmp'
PRAGMA locking_mode = EXCLUSIVE
PRAGMA wal_checkpoint(TRUNCATE)
PRAGMA wal_autocheckpoint = 1
PRAGMA optimize
PRAGMA incremental_vacuum(10)
PRAGMA shrink_memory
PRAGMA user_version = 1
PRAGMA application_id = 1
PRAGMA schema_version = 1
PRAGMA cache_size = 1000000
PRAGMA cache_spill = 0
PRAGMA mmap_size = 1000000000
PRAGMA hard_heap_limit = 0
PRAGMA soft_heap_limit = 0
PRAGMA temp_store = 2
PRAGMA secure_delete = 0
PRAGMA synchronous = 0
PRAGMA recursive_triggers = 1
PRAGMA defer_foreign_keys = 1
PRAGMA foreign_keys = 0
PRAGMA ignore_check_constraints = 1
PRAGMA legacy_alter_table = 1
PRAGMA read_uncommitted = 1
PRAGMA reverse_unordered_selects = 1
PRAGMA case_sensitive_like = 1
PRAGMA cell_size_check = 0
PRAGMA checkpoint_fullfsync = 1
PRAGMA threads = 8
PRAGMA busy_timeout = 100000
PRAGMA analysis_limit = 0
PRAGMA encoding = 'UTF-16'
PRAGMA page_size = 512
PRAGMA max_page_count = 1
PRAGMA auto_vacuum = 1
PRAGMA key = 'x'
PRAGMA rekey = 'x'
PRAGMA activate_extensions = 'see'
PRAGMA no_such
SELECT * FROM pragma_journal_mode('delete')
SELECT * FROM pragma_writable_schema
SELECT * FROM pragma_query_only
SELECT * FROM pragma_optimize
SELECT * FROM pragma_wal_checkpoint
SELECT * FROM dbstat
SELECT * FROM sqlite_dbpage
SELECT * FROM sqlite_stmt
SELECT * FROM bytecode('SELECT 1')
SELECT * FROM tables_used('SELECT 1')
SELECT * FROM fsdir('/')
SELECT * FROM zipfile('/tmp/x.zip')
SELECT edit('x', 'vi')
SELECT eval('DELETE FROM customers')
SELECT sqlite_crypt('x', 'y')
SELECT user_add('a', 'b', 1)
SELECT snippet(notes), writefile('/tmp/x', 'y') FROM notes
SELECT lsmode(1)
SELECT randomblob(1000000000)
SELECT 1; DELETE FROM customers
SELECT 1;;DELETE FROM customers
SELECT 1; --
SELECT 1; /* x */ DROP TABLE customers
/* SELECT */ DELETE FROM customers
-- SELECT
EXPLAIN DELETE FROM customers
EXPLAIN QUERY PLAN DELETE FROM customers
EXPLAIN VACUUM INTO '/tmp/x'
EXPLAIN ATTACH '/tmp/x' AS x
INSERT INTO notes (notes) VALUES ('rebuild')
INSERT INTO notes (notes, rank) VALUES ('merge', 100)
UPDATE sqlite_schema SET sql = 'x'
DELETE FROM sqlite_sequence
SELECT * FROM sly
SELECT * FROM over_sly
SELECT * FROM loading
SELECT * FROM temp.sqlite_master, x.y
.read /etc/passwd
.shell id
SELECT ?1
SELECT :a
SELECT @a
SELECT $a
`
  .trim()
  .split("\n")
  .filter((sql) => sql !== "SELECT 1; --");

export const PUBLISHED: readonly string[] = [...PLACES.flatMap((place) => HARM.map(place)), ...STATEMENTS];
