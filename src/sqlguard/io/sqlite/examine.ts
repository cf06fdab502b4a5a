import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import type { RoleFinding } from "../../role.ts";
import { RUN_LIMITS } from "../../result.ts";
import type { Connection, Discovered, Examination } from "../asked.ts";
import { ask } from "./ask.ts";
import { pathOf } from "./url.ts";

const may = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** A file has no login: what holds is that it is opened read-only, and better that it could not be opened otherwise. */
export async function examineSqlite({ url }: Connection): Promise<Examination> {
  const path = pathOf(url);
  const answer =
    path === null ? null : await ask({ path, sql: "SELECT sqlite_version()", run: true, masks: [] }, RUN_LIMITS);
  if (path === null || answer?.kind !== "rows")
    return { kind: "unusable", why: "The file cannot be opened as a SQLite database." };
  const writable: readonly RoleFinding[] = [path, dirname(path)].filter(may).map((what, index) => ({
    level: "should",
    what: `This process may write to the ${index === 0 && what === path ? "file" : "folder"}; it is opened read-only all the same.`,
    fix: `-- run as a user that may only read ${what}`,
  }));
  return {
    kind: "findings",
    role: path,
    dialect: "sqlite",
    version: answer.result.rows[0]?.[0] ?? "3",
    findings: writable,
  };
}

export async function discoverSqlite({ url }: Connection): Promise<Discovered> {
  const path = pathOf(url);
  const answer = path === null ? null : await ask({ path, sql: null, run: false, masks: [] }, RUN_LIMITS);
  if (answer?.kind !== "schema") return { kind: "lost", why: "The file cannot be opened as a SQLite database." };
  return {
    kind: "schema",
    schema: {
      tables: answer.tables.slice(0, 1_000).map(({ indexes, ...table }) => ({
        ...table,
        schema: "main",
        // Nobody counts rows but a query.
        rows: null,
        bytes: null,
        indexes: indexes.map((each) => ({ ...each, bytes: null })),
      })),
      truncated: answer.tables.length > 1_000,
      topQueries: null,
    },
  };
}
