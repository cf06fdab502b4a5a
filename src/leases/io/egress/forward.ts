// One exchange with GitHub, with the real credential: streamed both ways, cut when the lease ends.

import { request as overHttp, type Agent, type IncomingMessage, type ServerResponse } from "node:http";
import { request as overHttps } from "node:https";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { headersToCaller, headersToUpstream, locationForCaller } from "../../headers.ts";
import { answerProblem, type Problem } from "./answer.ts";
import type { EgressLimits } from "./limits.ts";
import { judgingPush, PushRefused } from "./push.ts";
import { openStored } from "./stored.ts";
import { withholding } from "./withhold.ts";

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** The base of the host, and what was asked for below it. */
  readonly base: string;
  readonly target: string;
  /** Its body says what it does. */
  readonly push: boolean;
  /** The one kind of redirect that is followed; null: this request has none. `loopback`: GitHub itself is on this machine, as in the demo. */
  readonly stored: { readonly loopback: boolean } | null;
  readonly authorization: string;
  /** `authorization`, in every way it is written: in no answer. */
  readonly secrets: readonly string[];
  readonly agent: Agent;
  readonly limits: EgressLimits;
  /** Upstream addresses, and ours. */
  readonly bases: readonly (readonly [string, string])[];
  /** Aborts with the lease, at the latest. */
  readonly over: AbortSignal;
}

/** Resolves when both sides are through, or cut. Never rejects. */
export async function forward(exchange: Exchange): Promise<void> {
  const { incoming, response, limits } = exchange;
  if (Number(incoming.headers["content-length"] ?? 0) > limits.requestBytes) return answerProblem(response, "large");
  if (!isFramed(incoming)) return answerProblem(response, "framing");
  if (exchange.push && incoming.headers["content-encoding"] !== undefined) return answerProblem(response, "push");
  try {
    const answer = await ask(exchange);
    await pass(exchange, answer);
  } catch (error) {
    answerProblem(response, exchange.over.aborted ? "dead" : problemOf(error));
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof TooLarge) return "large";
  return error instanceof PushRefused ? "push" : "lost";
}

/**
 * INVARIANT: no body goes on whose end the other side would not find: node:http writes one without a length as it is for these
 * methods, and its bytes would be the next request.
 */
function isFramed({ method = "", headers }: IncomingMessage): boolean {
  if (["POST", "PUT", "PATCH"].includes(method)) return true;
  const length = headers["content-length"];
  return headers["transfer-encoding"] === undefined && (method === "DELETE" || length === undefined || length === "0");
}

function ask({ incoming, base, target, push, authorization, agent, limits, over }: Exchange): Promise<IncomingMessage> {
  const { protocol, hostname, port, pathname } = new URL(base);
  const headers = { ...headersToUpstream(incoming.headers), authorization };
  return new Promise((resolve, reject) => {
    const upstream = (protocol === "https:" ? overHttps : overHttp)({
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port,
      method: incoming.method,
      // INVARIANT: the very bytes that were judged. Nothing between here and there resolves a path.
      path: `${pathname.replace(/\/$/, "")}${target}`,
      headers,
      agent,
      signal: over,
      timeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
    });
    upstream.once("response", resolve);
    upstream.once("error", reject);
    upstream.once("timeout", () => upstream.destroy(new Error("no answer in time")));
    // An upgrade that nobody asked for.
    upstream.once("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Error("another protocol"));
    });
    const through = [capped(limits.requestBytes), ...(push ? [judgingPush()] : [])];
    pipeline([incoming, ...through, upstream], { signal: over }).catch(reject);
  });
}

async function pass(exchange: Exchange, answer: IncomingMessage): Promise<void> {
  const { response, bases, secrets, limits, over } = exchange;
  const status = answer.statusCode ?? 502;
  const headers = headersToCaller(answer.headers, secrets, bases);
  if (status >= 300 && status < 400 && status !== 304) {
    answer.destroy();
    // INVARIANT: a redirect is never handed on to another host, since its address may itself be a credential, and followed for `stored` alone.
    const location = locationForCaller(answer.headers.location ?? "", secrets, bases);
    if (location === null && exchange.stored !== null) return passStored(exchange, exchange.stored, answer.headers.location ?? ""); // prettier-ignore
    if (location === null) return answerProblem(response, "elsewhere");
    response.writeHead(status, { location, "content-length": 0 });
    response.end();
    return;
  }
  response.writeHead(status, headers);
  await pipeline(answer, capped(limits.responseBytes), withholding(secrets), response, { signal: over });
}

/** INVARIANT: plain text, whatever the other host calls it; none of its headers. */
async function passStored(
  { response, secrets, limits, over }: Exchange,
  { loopback }: { readonly loopback: boolean },
  location: string,
): Promise<void> {
  const kept = secrets.some((secret) => location.includes(secret))
    ? null
    : await openStored(location, { loopback, idleMs: limits.idleMs, headerBytes: limits.headerBytes, over });
  if (kept === null) return answerProblem(response, over.aborted ? "dead" : "stored");
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  await pipeline(kept, capped(limits.storedBytes), withholding(secrets), response, { signal: over });
}

class TooLarge extends Error {}

/** Lets so many bytes through, and breaks off. */
function capped(most: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _, next) {
      size += chunk.length;
      next(size > most ? new TooLarge() : null, chunk);
    },
  });
}
