// What was opened is closed in the opposite order, whether the start failed half-way or the process is asked to end.

import type { Log } from "#platform/log";

export interface Opened {
  /** Remembers how to close what was just opened. */
  add(what: string, close: () => Promise<void>): void;
  /** Closes everything, last first; a failure is logged and does not keep the rest open. Idempotent. */
  close(): Promise<void>;
}

export interface Running {
  /** What whoever started it reads when it is ready. */
  readonly greeting: string;
  readonly resources: Opened;
}

export function opened(log: Log): Opened {
  const open: { readonly what: string; readonly close: () => Promise<void> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      try {
        await next.close();
      } catch (error) {
        log.error({ err: error, what: next.what }, "could not be closed");
      }
    }
  };
  let closing: Promise<void> | null = null;
  return {
    add: (what, close) => void open.push({ what, close }),
    close: () => (closing ??= closeAll()),
  };
}

/** Runs `step` and closes what it opened when it fails. */
export async function orClose<T>(resources: Opened, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await resources.close();
    throw error;
  }
}

/** One wish to end may arrive twice: sent to the whole process group (Ctrl-C, `timeout`), and passed on by npm. */
const SAME_WISH_MS = 1_000;

/**
 * Resolves with the first SIGTERM or SIGINT. The second one ends the process at once: whoever sends it means it, and
 * nothing is lost by it, since every step is durable before it is acknowledged.
 */
export function askedToEnd(onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (first !== null) {
        if (signal !== first.signal || performance.now() - first.atMs > SAME_WISH_MS) endAtOnce(1);
        return;
      }
      first = { signal, atMs: performance.now() };
      onFirst();
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}

/**
 * Ends the process without waiting for anything. INVARIANT: it ends. `process.exit` first waits for V8's compiler
 * threads, and one of them may wait for the main thread's garbage collection, so that both wait for ever
 * (nodejs/node#54918: one start in a hundred): a server that is broken would never be started anew. Another program
 * in its place, which only ends with this status, takes all threads away at once.
 */
export function endAtOnce(status: 1 | 2): never {
  process.execve?.(process.execPath, [process.execPath, "-e", `process.exit(${status})`], {});
  process.exit(status);
}

/** Calls `work` again and again, `everyMs` after its last end; a failure is logged. `stop` waits for the one under way. */
export function repeat(log: Log, what: string, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let wake: () => void = () => {};
  const turn = async (): Promise<void> => {
    while (!stopped) {
      await work().catch((error: unknown) => log.error({ err: error, what }, "a timer's work failed"));
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const running = turn();
  return async () => {
    stopped = true;
    wake();
    await running;
  };
}
