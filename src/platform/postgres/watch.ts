// One statement, asked again and again over a connection of its own: at once when somebody notifies, otherwise by the clock.

import pg from "pg";
import type { Sql } from "sql-template-tag";
import type { z } from "zod";
import { rowTypes } from "./pool.ts";
import { lineOn } from "./line.ts";
import { statementsOn } from "./statements.ts";

export interface WatchOptions<T> {
  /** Any login of ours. A direct connection hears notifications; through a transaction pooler the clock alone works. */
  readonly url: string;
  readonly channel: string;
  readonly statement: Sql;
  readonly row: z.ZodType<T>;
  readonly everyMs: number;
  /** A question that is not answered by then is given up, with its connection. */
  readonly deadlineMs: number;
  /** `askedAt`: of `clock`, before the question was sent. */
  readonly heard: (rows: readonly T[], askedAt: number) => void;
  readonly lost: (error: unknown) => void;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

export interface Watch {
  close(): Promise<void>;
}

/**
 * A connection of its own, since a pool that is busy answers late. Resolves after the first answer, or the first failure: the watch goes
 * on either way, with a new connection each time one is lost.
 */
export async function watchDatabase<T>(options: WatchOptions<T>): Promise<Watch> {
  const { clock, everyMs, heard, lost } = options;
  let client: pg.Client | null = null;
  let closed = false;
  let wake: (() => void) | null = null;
  let told = false;

  async function connect(): Promise<pg.Client> {
    const made = new pg.Client({
      connectionString: options.url,
      types: rowTypes,
      application_name: "countersign watch",
      connectionTimeoutMillis: options.deadlineMs,
      query_timeout: options.deadlineMs,
      keepAlive: true,
    });
    made.on("error", () => drop(made));
    made.on("notification", () => {
      told = true;
      wake?.();
    });
    try {
      await made.connect();
      await made.query(`listen ${pg.escapeIdentifier(options.channel)}`);
      return made;
    } catch (error) {
      await made.end().catch(() => {});
      throw error;
    }
  }

  function drop(broken: pg.Client): void {
    if (client === broken) client = null;
    void broken.end().catch(() => {});
    wake?.();
  }

  async function ask(): Promise<void> {
    let used: pg.Client | null = null;
    try {
      used = client ??= await connect();
      if (closed) return;
      told = false;
      const askedAt = clock();
      const rows = await statementsOn(lineOn(used)).many(options.statement, options.row);
      heard(rows, askedAt);
    } catch (error) {
      if (used !== null) drop(used);
      if (!closed) lost(error);
    }
  }

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(go, told ? 0 : everyMs);
      function go(): void {
        clearTimeout(timer);
        wake = null;
        resolve();
      }
      wake = go;
    });

  async function run(): Promise<void> {
    while (!closed) {
      await pause();
      if (!closed) await ask();
    }
  }

  await ask();
  const running = run();
  return {
    async close() {
      closed = true;
      wake?.();
      // What is being asked now is given up; what is being connected ends after it.
      await client?.end().catch(() => {});
      await running;
      await client?.end().catch(() => {});
    },
  };
}
