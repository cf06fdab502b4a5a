// The functions an agent may call, as reviewed data. Each is the server's own in every version named (a name that is not would be a
// function of the database's own, or a loaded library's): test/sqlguard/mysql/lists.test.ts asks a server about each.

import type { Rule } from "../refusal.ts";
import type { Dialect } from "./versions.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** In MariaDB since 10.11 and in MySQL since 8.4. */
const BOTH = words(`
  ABS ACOS ADDDATE ADDTIME AES_DECRYPT AES_ENCRYPT ASCII ASIN ATAN ATAN2 AVG BIN BIT_AND BIT_COUNT BIT_LENGTH BIT_OR BIT_XOR CAST CEIL CEILING CHAR
  CHAR_LENGTH CHARACTER_LENGTH CHARSET COALESCE COERCIBILITY COLLATION COMPRESS CONCAT CONCAT_WS CONNECTION_ID CONV CONVERT CONVERT_TZ COS COT COUNT
  CRC32 CUME_DIST CURDATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURTIME DATABASE DATE DATE_ADD DATE_FORMAT DATE_SUB DATEDIFF DAY
  DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR DEGREES DENSE_RANK ELT EXP EXPORT_SET EXTRACT FIELD FIND_IN_SET FIRST_VALUE FLOOR FORMAT
  FROM_BASE64 FROM_DAYS FROM_UNIXTIME GET_FORMAT GREATEST GROUP_CONCAT HEX HOUR IF IFNULL INET6_ATON INET6_NTOA INET_ATON INET_NTOA INSERT INSTR
  IS_IPV4 IS_IPV4_COMPAT IS_IPV4_MAPPED IS_IPV6 ISNULL JSON_ARRAY JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_ARRAYAGG JSON_CONTAINS
  JSON_CONTAINS_PATH JSON_DEPTH JSON_EXTRACT JSON_INSERT JSON_KEYS JSON_LENGTH JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_OBJECT
  JSON_OVERLAPS JSON_PRETTY JSON_QUOTE JSON_REMOVE JSON_REPLACE JSON_SEARCH JSON_SET JSON_TYPE JSON_UNQUOTE JSON_VALID JSON_VALUE LAG LAST_DAY
  LAST_VALUE LCASE LEAD LEAST LEFT LENGTH LN LOCALTIME LOCALTIMESTAMP LOCATE LOG LOG10 LOG2 LOWER LPAD LTRIM MAKE_SET MAKEDATE MAKETIME MAX
  MICROSECOND MID MIN MINUTE MOD MONTH MONTHNAME NOW NTH_VALUE NTILE NULLIF OCT OCTET_LENGTH ORD PERCENT_RANK PERIOD_ADD PERIOD_DIFF PI
  POSITION POW POWER QUARTER QUOTE RADIANS RAND RANDOM_BYTES RANK REGEXP_INSTR REGEXP_REPLACE REGEXP_SUBSTR REPEAT REPLACE REVERSE RIGHT ROUND
  ROW_NUMBER RPAD RTRIM SCHEMA SEC_TO_TIME SECOND SESSION_USER SHA2 SIGN SIN SOUNDEX SPACE SQRT STD STDDEV STDDEV_POP STDDEV_SAMP
  STR_TO_DATE STRCMP SUBDATE SUBSTR SUBSTRING SUBSTRING_INDEX SUBTIME SUM SYSDATE SYSTEM_USER TAN TIME TIME_FORMAT TIME_TO_SEC TIMEDIFF TIMESTAMP
  TIMESTAMPADD TIMESTAMPDIFF TO_BASE64 TO_DAYS TO_SECONDS TRIM TRUNCATE UCASE UNCOMPRESS UNCOMPRESSED_LENGTH UNHEX UNIX_TIMESTAMP UPPER
  USER UTC_DATE UTC_TIME UTC_TIMESTAMP UUID VAR_POP VAR_SAMP VARIANCE VERSION WEEK WEEKDAY WEEKOFYEAR YEAR YEARWEEK
  ST_ASBINARY ST_ASGEOJSON ST_ASTEXT ST_CONTAINS ST_CROSSES ST_DIMENSION ST_DISJOINT ST_DISTANCE ST_DISTANCE_SPHERE ST_ENVELOPE ST_EQUALS
  ST_GEOMETRYTYPE ST_GEOMFROMTEXT ST_INTERSECTS ST_ISEMPTY ST_LENGTH ST_OVERLAPS ST_SRID ST_TOUCHES ST_WITHIN ST_X ST_Y
`);

const MARIADB = words(`
  ADD_MONTHS CHR COLUMN_CHECK COLUMN_EXISTS COLUMN_JSON COLUMN_LIST CRC32C CURRENT_ROLE DECODE ENCODE JSON_COMPACT JSON_DETAILED JSON_EQUALS
  JSON_EXISTS JSON_LOOSE JSON_MERGE JSON_NORMALIZE JSON_QUERY LENGTHB MD5 MEDIAN NATURAL_SORT_KEY NVL NVL2 SHA SHA1 SYS_GUID TO_CHAR
`);

/** JSON_OBJECTAGG: MariaDB's knows no end (group_concat_max_len ends JSON_ARRAYAGG), MySQL's ends at max_allowed_packet. */
const MYSQL = words(`
  ANY_VALUE BIN_TO_UUID FORMAT_BYTES FORMAT_PICO_TIME GTID_SUBSET GTID_SUBTRACT IS_UUID JSON_OBJECTAGG JSON_SCHEMA_VALID JSON_STORAGE_SIZE REGEXP_LIKE
  STATEMENT_DIGEST STATEMENT_DIGEST_TEXT UUID_TO_BIN WEIGHT_STRING
`);

const ALLOWED: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  mariadb: new Set([...BOTH, ...MARIADB]),
  mysql: new Set([...BOTH, ...MYSQL]),
};

/** In upper case. */
export const functionsOf = (dialect: Dialect): ReadonlySet<string> => ALLOWED[dialect];

interface Forbidden {
  readonly rule: Rule;
  readonly says: string;
  readonly instead?: string;
  readonly names: string;
}

/** Known by name, so that the refusal can say why. */
const FORBIDDEN: readonly Forbidden[] = [
  {
    rule: "function.effect",
    says: "holds a connection, or keeps the server busy",
    names:
      "SLEEP BENCHMARK MASTER_POS_WAIT SOURCE_POS_WAIT MASTER_GTID_WAIT WAIT_FOR_EXECUTED_GTID_SET WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS WSREP_SYNC_WAIT_UPTO_GTID",
  },
  {
    rule: "function.effect",
    says: "keeps the server busy for minutes on a long text, past every time limit",
    instead: "Ask for the XML itself.",
    names: "EXTRACTVALUE UPDATEXML",
  },
  {
    rule: "function.effect",
    says: "takes or frees a lock that outlives the transaction",
    names: "GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS",
  },
  {
    rule: "function.effect",
    says: "moves a counter of the server or of the session",
    names: "NEXTVAL SETVAL LASTVAL LAST_INSERT_ID UUID_SHORT",
  },
  {
    rule: "function.effect",
    says: "runs a program or changes what is loaded or replicated",
    names: `SYS_EXEC SYS_EVAL SYS_SET SYS_GET GROUP_REPLICATION_SET_AS_PRIMARY GROUP_REPLICATION_SWITCH_TO_SINGLE_PRIMARY_MODE
      GROUP_REPLICATION_SWITCH_TO_MULTI_PRIMARY_MODE GROUP_REPLICATION_SET_WRITE_CONCURRENCY ASYNCHRONOUS_CONNECTION_FAILOVER_ADD_SOURCE
      ASYNCHRONOUS_CONNECTION_FAILOVER_DELETE_SOURCE KEYRING_KEY_STORE KEYRING_KEY_REMOVE KEYRING_KEY_GENERATE AUDIT_LOG_ROTATE
      AUDIT_LOG_FILTER_SET_FILTER AUDIT_LOG_FILTER_FLUSH MYSQL_FIREWALL_FLUSH_STATUS SET_FIREWALL_MODE VERSION_TOKENS_SET VERSION_TOKENS_LOCK_EXCLUSIVE`,
  },
  {
    rule: "size",
    says: "makes a value as long as the text of a format says, past the server's own limit",
    instead: "CONCAT, FORMAT and LPAD put values into a text.",
    names: "SFORMAT",
  },
  {
    rule: "function.reads_elsewhere",
    says: "reads a file of the server",
    instead: "Ask for rows of a table.",
    names: "LOAD_FILE BINLOG_GTID_POS AUDIT_LOG_READ",
  },
  {
    rule: "function.secret",
    says: "works with the server's own keys, password hashes or roles",
    names: "DES_ENCRYPT DES_DECRYPT ENCRYPT PASSWORD OLD_PASSWORD KEYRING_KEY_FETCH ROLES_GRAPHML",
  },
  {
    rule: "function.unknown",
    says: "is a part of SQL that the guard does not look through yet",
    instead: "JSON_EXTRACT, JSON_KEYS and JSON_LENGTH read single values.",
    names: "JSON_TABLE XMLTABLE",
  },
];

const REASONS: ReadonlyMap<string, Omit<Forbidden, "names">> = new Map(
  FORBIDDEN.flatMap(({ names, ...reason }) => words(names).map((name) => [name, reason] as const)),
);

export const forbidden = (name: string): Omit<Forbidden, "names"> | undefined => REASONS.get(name);

/** Functions whose result is as long as an argument says, and which argument. */
export const SIZED: ReadonlyMap<string, number> = new Map([
  ["REPEAT", 1],
  ["SPACE", 0],
  ["LPAD", 1],
  ["RPAD", 1],
]);
