// The first wall of each dialect that is asked for, made once.

import { plain } from "#gate";
import { dialectOf, DIALECTS, majorOf, MAJORS, unknownVersion, type Verdict } from "#sqlguard";
import { check, checkMysql, checkSqlite, createMysqlParser, createParser } from "#sqlguard/io";

/** The first wall of one dialect and version. */
export interface Guard {
  readonly check: (text: string) => Promise<Verdict>;
  readonly close: () => Promise<void>;
}

export interface Guards {
  /** A guard, or the problem. Another dialect or version is refused by name, with what would be needed. */
  readonly of: (dialect: string) => Guard | string;
  readonly close: () => Promise<void>;
}

interface Asked {
  /** Whose version is given. */
  readonly dialect: string;
  readonly major?: string | undefined;
  readonly database?: string | undefined;
}

export function guardsFor({ dialect: own, major, database }: Asked): Guards {
  const made = new Map<string, Guard | string>();
  return {
    of(dialect) {
      const guard = made.get(dialect) ?? guardFor(dialect, dialect === own ? major : undefined, database);
      made.set(dialect, guard);
      return guard;
    },
    async close() {
      for (const guard of made.values()) if (typeof guard !== "string") await guard.close();
    },
  };
}

function guardFor(written: string, major: string | undefined, database: string | undefined): Guard | string {
  const dialect = dialectOf(written);
  if (dialect === null)
    return `There is no guard for the dialect "${plain(written, 40)}". It would need that server's own grammar; there are: ${DIALECTS.join(", ")}.`;
  if (dialect === "postgres") {
    const known = majorOf(Number(major ?? "18"));
    if (known === null)
      return `There is no guard for PostgreSQL "${plain(major ?? "", 40)}". It would need that version's grammar and lists; there are: ${MAJORS.join(", ")}.`;
    const parser = createParser(known);
    return { check: (text) => check(parser, text), close: () => parser.close() };
  }
  if (dialect === "sqlite") {
    if (database === undefined)
      return "SQLite's own engine decides, and it needs the tables: give the file with --database.";
    return { check: (text) => checkSqlite(database, text), close: async () => {} };
  }
  const problem = major === undefined ? null : unknownVersion(dialect, plain(major, 40));
  if (problem !== null) return problem;
  const parser = createMysqlParser(dialect);
  return { check: (text) => checkMysql(parser, text), close: () => parser.close() };
}
