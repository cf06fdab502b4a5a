// LISTEN on a connection of its own. A notification says "look", and nothing else: no payload of ours carries a word about anybody.

import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

const AGAIN_MS = 500;

export interface Listener {
  close(): Promise<void>;
}

export interface ListenOptions {
  /** A direct connection: behind a transaction-mode pooler nothing is heard, and whoever listens has to look by itself. */
  readonly url: string;
  readonly channel: string;
  /** Also once after each connecting: what was said before, nobody heard. */
  readonly onNotify: () => void;
  readonly onError: (error: Error) => void;
}

/** Connects, and connects again whenever it is cut off. */
export function listenOn({ url, channel, onNotify, onError }: ListenOptions): Listener {
  const stop = new AbortController();
  const running = keep();

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
    client.on("notification", onNotify);
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      onNotify();
      await ended;
    } finally {
      await client.end().catch(() => {});
    }
  }

  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
