// HTTP over a Unix socket that only this user may open: how our own processes talk to each other.

import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { Fault } from "#kernel";

export interface ServedSocket {
  /** Answers the requests under way, then ends. */
  stop(): Promise<void>;
}

/** `taken`: the sentence for whoever finds a living process there. */
export async function listenPrivately(app: Hono, socket: string, taken: string): Promise<ServedSocket> {
  await demandFree(socket, taken);
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  const server = createAdaptorServer({ fetch: app.fetch });
  // Between bind and chmod anybody could connect, were the mask not already this narrow.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socket, resolve);
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(socket, 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeIdleConnections" in server) server.closeIdleConnections();
      }),
  };
}

/** A socket that answers belongs to a living process; one that refuses was left by a killed one. */
async function demandFree(socket: string, taken: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
  if (alive) throw new Fault("config_invalid", taken);
  rmSync(socket, { force: true });
}

export interface PrivateLine {
  post(path: string, question: object): Promise<{ readonly status: number; readonly body: string }>;
  close(): void;
}

/** Connects with each question: a process that restarts is a question that fails, not a client that is lost. */
export function callPrivately(
  socket: string,
  { answerMs, connections, lost }: { readonly answerMs: number; readonly connections: number; readonly lost: string },
): PrivateLine {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    post: (path, question) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(question);
        const fail = (cause: unknown): void => reject(new Fault("broker_unavailable", lost, { cause }));
        const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
        const signal = AbortSignal.timeout(answerMs);
        const asked = request({ socketPath: socket, path, method: "POST", agent, headers, signal }, (answer) => {
          text(answer).then((read) => resolve({ status: answer.statusCode ?? 0, body: read }), fail);
        });
        asked.once("error", fail);
        asked.end(body);
      }),
    close: () => agent.destroy(),
  };
}
