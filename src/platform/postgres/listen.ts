// LISTEN on a connection of its own. A notification says "look", and nothing else: no payload of ours carries a word about anybody.

import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const AGAIN_MS = 500;

export interface Listener {
  /**
   * Resolves with the next notification. Taken before looking, so that what is said while one looks is not missed. Also once after each
   * connecting: what was said before, nobody heard.
   */
  next(): Promise<void>;
  close(): Promise<void>;
}

export interface ListenOptions {
  /** A direct connection: behind a transaction-mode pooler nothing is heard, and whoever listens has to look by itself. */
  readonly url: string;
  readonly channel: string;
  readonly onError: (error: Error) => void;
}

/** Connects, and connects again whenever it is cut off. */
export function listenOn({ url, channel, onError }: ListenOptions): Listener {
  const stop = new AbortController();
  let wake = Promise.withResolvers<void>();
  const running = keep();

  function say(): void {
    const heard = wake;
    wake = Promise.withResolvers();
    heard.resolve();
  }

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      await session().catch(onError);
      await pause(AGAIN_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  async function session(): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: "countersign listens" });
    const ended = new Promise<void>((resolve) => {
      client.once("end", resolve);
      client.once("error", () => resolve());
      stop.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    client.on("notification", say);
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      say();
      await ended;
    } finally {
      await client.end().catch(() => {});
    }
  }

  return {
    next: () => wake.promise,
    async close() {
      stop.abort();
      await running;
    },
  };
}
