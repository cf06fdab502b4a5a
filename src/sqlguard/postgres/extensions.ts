// Extensions whose functions, operators and types only compute: reviewed one by one, never by volatility.

const PURE: ReadonlySet<string> = new Set([
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "earthdistance",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "isn",
  "ltree",
  "pg_trgm",
  "seg",
  "unaccent",
  "uuid-ossp",
  "vector",
]);

/** Their functions that do change something: settings of the session. */
const EXCEPT: ReadonlySet<string> = new Set(["set_limit", "isn_weak"]);

/** Of extensions that do other things, too. */
const SOME: Readonly<Record<string, ReadonlySet<string>>> = {
  pgcrypto: new Set(["digest", "hmac", "gen_random_uuid", "gen_random_bytes"]),
  pg_stat_statements: new Set(["pg_stat_statements", "pg_stat_statements_info"]),
};

/** May a member of this extension with this name be used? */
export const extensionAllows = (extension: string, name: string): boolean =>
  PURE.has(extension) ? !EXCEPT.has(name) : SOME[extension]?.has(name) === true;
