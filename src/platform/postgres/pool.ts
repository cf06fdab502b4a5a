import pg from "pg";
import { Fault } from "#kernel";

/** GitHub's ids are bigint columns. They come as numbers; one that a number cannot hold is an error, never a rounded id. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new Fault("invariant_broken", "A bigint from the database does not fit into a safe integer.");
  return value;
}

/** The driver's own parsers, but for `bigint`; one table for each pool, none of the process's is changed. */
const parsers = new pg.TypeOverrides();
parsers.setTypeParser(pg.types.builtins.INT8, safeInteger);
export const rowTypes: pg.CustomTypesConfig = parsers;

export interface PoolOptions {
  readonly url: string;
  readonly max: number;
  readonly onError: (error: Error) => void;
}

export function openPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    types: rowTypes,
    application_name: "countersign",
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  listenForErrors(pool, options.onError);
  return pool;
}

/**
 * A connection that breaks while idle emits on the pool, one that is checked out on itself; unheard, either would end the process.
 * Once the pool is ending, its connections are allowed to break: nobody waits for them any more.
 */
export function listenForErrors(pool: pg.Pool, onError: (error: Error) => void): void {
  const heard = (error: Error): void => {
    // The pool hangs the whole client on the error, which belongs in no log line.
    if ("client" in error) Object.defineProperty(error, "client", { enumerable: false });
    if (!pool.ending) onError(error);
  };
  pool.on("error", heard);
  pool.on("connect", (client) => client.on("error", heard));
}
