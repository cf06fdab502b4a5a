import { createServer, type Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Fault } from "#kernel";
import type { HttpApp } from "./app.ts";

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Takes no new connection, lets the requests under way finish, then resolves. */
  stop(): Promise<void>;
}

const DRAIN_MS = 20_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;

const reasons: Readonly<Record<string, (port: number, host: string) => string>> = {
  EADDRINUSE: (port) =>
    `Port ${port} is taken by another program. Stop that program, or choose another port: PORT=${port === 0 ? 3000 : port + 1} npm start`,
  EACCES: (port) => `This user may not listen on port ${port}. Choose a port above 1023: PORT=3000 npm start`,
  EADDRNOTAVAIL: (_, host) => `This machine has no address ${host}. Set HOST to 127.0.0.1 or 0.0.0.0.`,
  ENOTFOUND: (_, host) => `The host name ${host} is not known. Set HOST to 127.0.0.1 or 0.0.0.0.`,
};

/** Binds, or says in one sentence why not and what to do. */
export async function listen(
  app: Pick<HttpApp, "fetch">,
  where: { readonly host: string; readonly port: number },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch: app.fetch });
  if (!("requestTimeout" in server)) throw new Fault("invariant_broken", "An HTTP/1 server was expected.");
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  const port = await bound(server, where);
  return { host: where.host, port, stop: () => stop(server) };
}

/** Asked before anything else is started: who waits half a minute for a start learns at its first second that the port is taken. */
export async function mayListen(where: { readonly host: string; readonly port: number }): Promise<void> {
  const probe = createServer();
  await bound(probe, where);
  await new Promise((resolve) => probe.close(resolve));
}

async function bound(server: Server, where: { readonly host: string; readonly port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error & { code?: string }) => {
      const sentence =
        reasons[error.code ?? ""]?.(where.port, where.host) ??
        `Cannot listen on ${where.host}:${where.port} (${error.code ?? "unknown"}). Set HOST and PORT.`;
      reject(new Fault("config_invalid", sentence, { cause: error }));
    });
    server.listen(where.port, where.host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : where.port);
    });
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A kept-alive connection becomes idle only when its last answer is out.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  // A client that never finishes its request must not hold the shutdown for ever.
  const giveUp = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  giveUp.unref();
  await closed;
  clearInterval(sweep);
  clearTimeout(giveUp);
}
