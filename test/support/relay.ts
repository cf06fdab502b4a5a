// A wire to PostgreSQL that a test can still, cut and mend.

import { createServer, connect, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll } from "vitest";

export interface Relay {
  readonly url: string;
  /** Nothing gets through any more in either direction; no connection breaks. */
  hang(): void;
  /** Every connection breaks, and new ones are refused. */
  cut(): void;
  mend(): void;
}

/** Call it at the top of a test file: it ends with the file. */
export async function relay(url: string): Promise<Relay> {
  const to = new URL(url);
  const open = new Set<Socket>();
  let state: "open" | "hung" | "cut" = "open";
  const server = createServer((near) => {
    if (state === "cut") return void near.destroy();
    const far = connect(Number(to.port), to.hostname);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (bytes) => void (state === "open" && into.write(bytes)));
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        into.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String(at.port);
  return {
    url: through.href,
    hang: () => void (state = "hung"),
    cut() {
      state = "cut";
      for (const socket of open) socket.destroy();
    },
    mend: () => void (state = "open"),
  };
}
