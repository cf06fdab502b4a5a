// The way out of a sandbox: a handle in, GitHub's own credential out, for what the lease covers and for as long as it lives.

import { Agent as HttpAgent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import { isLoopback } from "#kernel";
import { rule, reachOf, type Why } from "../../egress.ts";
import type { EgressHosts } from "../../hosts.ts";
import type { LeaseId, LeaseRequest, LiveLeases, Use } from "../../types.ts";
import { answerProblem } from "./answer.ts";
import { handleIn } from "./authorization.ts";
import { forward } from "./forward.ts";
import { EGRESS_LIMITS, type EgressLimits } from "./limits.ts";

/** What somebody asked for beyond their lease. */
export interface EgressRefused {
  readonly lease: LeaseId;
  readonly request: LeaseRequest;
  readonly why: Why | "kind";
  readonly method: string;
}

export interface EgressParts {
  readonly leases: LiveLeases;
  readonly hosts: EgressHosts;
  readonly limits?: Partial<EgressLimits>;
  readonly onRefused?: (refused: EgressRefused) => void;
  /** 0, which is the default: a free one. */
  readonly port?: number;
}

export interface Egress {
  /** `http://127.0.0.1:port`: `<url>/api/...` is the API, `<url>/git/...` the repositories. */
  readonly url: string;
  close(): Promise<void>;
}

type Live = Extract<Use, { kind: "live" }>;

/** On the loopback only. INVARIANT: no byte goes upstream before the handle was found alive and the request covered. */
export async function serveEgress(parts: EgressParts): Promise<Egress> {
  const { leases, hosts } = parts;
  const limits = { ...EGRESS_LIMITS, ...parts.limits };
  const agents = { "http:": new HttpAgent({ keepAlive: true }), "https:": new HttpsAgent({ keepAlive: true }) };
  const underWay = new Map<LeaseId, number>();
  const loopback = isLoopback(new URL(hosts.api).hostname.replace(/^\[|\]$/g, ""));
  let url = "";

  const agentOf = (base: string): HttpAgent => (base.startsWith("https:") ? agents["https:"] : agents["http:"]);

  async function serve(incoming: IncomingMessage, response: ServerResponse, expects: boolean): Promise<void> {
    // A page in somebody's browser that had its name pointed at the loopback.
    if (`http://${incoming.headers.host ?? ""}` !== url) return answerProblem(response, "host");
    const handle = handleIn(incoming.rawHeaders);
    const use = handle === null ? null : leases.use(handle);
    if (handle === null || use === null || use.kind === "dead") return answerProblem(response, "dead");
    const covered = cover(use, incoming);
    if (covered === null) return answerProblem(response, "kind");
    if (covered.kind === "refused") return answerProblem(response, covered.why);
    const count = underWay.get(use.lease) ?? 0;
    if (count >= limits.requestsPerLease) return answerProblem(response, "busy");
    underWay.set(use.lease, count + 1);
    const cut = new AbortController();
    const look = setInterval(() => {
      if (leases.use(handle).kind === "dead") cut.abort();
    }, limits.lookMs);
    const end = setTimeout(() => cut.abort(), use.remaining);
    response.once("close", () => {
      if (!response.writableFinished) cut.abort();
    });
    if (expects) response.writeContinue();
    const { token } = covered;
    const base = covered.to === "git" ? hosts.git : hosts.api;
    const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
    try {
      await forward({
        incoming,
        response,
        base,
        target: covered.target,
        stored: covered.to === "stored" ? { loopback } : null,
        push: covered.to === "git" && covered.target.endsWith("/git-receive-pack"),
        authorization: covered.to === "git" ? `Basic ${basic}` : `Bearer ${token}`,
        secrets: [token, basic],
        agent: agentOf(base),
        limits,
        bases: [
          [hosts.api, `${url}/api`],
          [hosts.git, `${url}/git`],
        ],
        over: cut.signal,
      });
    } finally {
      clearInterval(look);
      clearTimeout(end);
      const left = (underWay.get(use.lease) ?? 1) - 1;
      if (left === 0) underWay.delete(use.lease);
      else underWay.set(use.lease, left);
    }
  }

  function cover(live: Live, { method = "", url: target = "" }: IncomingMessage) {
    const { lease, request, minted } = live;
    const reach = reachOf(request, minted);
    if (reach === null || minted.credential.kind !== "token") {
      parts.onRefused?.({ lease, request, why: "kind", method });
      return null;
    }
    const ruling = rule(reach, method, target);
    if (ruling.kind === "refused") parts.onRefused?.({ lease, request, why: ruling.why, method });
    return ruling.kind === "refused" ? ruling : { ...ruling, token: minted.credential.token };
  }

  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.idleMs,
    requestTimeout: 70_000,
    keepAliveTimeout: 5_000,
  });
  server.maxConnections = limits.connections;
  server.on("request", (incoming, response) => void serve(incoming, response, false));
  server.on("checkContinue", (incoming, response) => void serve(incoming, response, true));
  server.on("connect", (_, socket) => refuseTunnel(socket));
  server.on("upgrade", (_, socket) => refuseTunnel(socket));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(parts.port ?? 0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;

  return {
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** INVARIANT: nobody ends the broker by hanging up. node:http listens no more to a socket that it hands over. */
function refuseTunnel(socket: Duplex): void {
  socket.on("error", () => {});
  socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", () => socket.destroy());
}
