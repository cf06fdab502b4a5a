// One HTTP exchange with GitHub: an answer, or a Fault. There is no throttling plugin here on purpose: it drops a write on
// a secondary rate limit after logging it. Ours surfaces every limit, and the job that wrote tries again.

import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { z } from "zod";
import type { Fault } from "#kernel";
import type { Endpoints } from "./endpoints.ts";
import { rateLimited, rateLimitWaitMs, refused, serverTimeMs, unavailable } from "./faults.ts";
import { LIMITS } from "./limits.ts";
import type { RestAnswer } from "./types.ts";

export interface Exchange {
  readonly route: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly bearer: string;
  /** May be repeated without effect. Writes are sent exactly once. */
  readonly read: boolean;
}

export interface Transport {
  /** Every status below 500 that is not a rate limit comes back as an answer; the rest are Faults. */
  exchange(what: Exchange): Promise<RestAnswer>;
  /** GitHub's clock minus ours at the last answer; null before the first. */
  skewMs(): number | null;
}

export interface TransportOptions {
  readonly endpoints: Endpoints;
  readonly clock: () => number;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly retryBaseMs: number;
}

const headerRecord = z.record(z.string(), z.coerce.string());
const thrown = z.object({
  status: z.number(),
  message: z.string().catch(""),
  response: z.object({ status: z.number(), headers: headerRecord, data: z.unknown() }).optional(),
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function createTransport(options: TransportOptions): Transport {
  let skew: number | null = null;
  const common = {
    baseUrl: options.endpoints.rest,
    userAgent: "countersign",
    log: silent,
    request: {
      fetch: (url: string, init: RequestInit) =>
        options.fetch(url, { ...init, signal: AbortSignal.timeout(options.timeoutMs) }),
    },
  };
  // Two, because the plugin forgets its list of statuses when a single request brings its own number of retries.
  const writer = new Octokit(common);
  const reader = new (Octokit.plugin(retry))({
    ...common,
    retry: {
      doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 429, 451],
      retries: LIMITS.readRetries,
      retryAfterBaseValue: options.retryBaseMs,
    },
  });

  const answerTo = async ({ route, parameters, bearer, read }: Exchange): Promise<RestAnswer> => {
    const { headers: extra, ...rest } = parameters;
    try {
      const answer: { status: number; headers: unknown; data: unknown } = await (read ? reader : writer).request(
        route,
        {
          ...rest,
          // INVARIANT: a caller's parameters never choose where the token goes.
          baseUrl: options.endpoints.rest,
          headers: {
            "x-github-api-version": LIMITS.apiVersion,
            ...headerRecord.parse(extra ?? {}),
            authorization: `Bearer ${bearer}`,
          },
          // A redirected POST becomes a GET: only reads follow.
          request: { redirect: read ? "follow" : "manual" },
        },
      );
      return { status: answer.status, headers: headerRecord.parse(answer.headers), data: answer.data };
    } catch (error) {
      const parsed = thrown.safeParse(error);
      if (!parsed.success) throw unavailable(route, "the request could not be sent");
      if (parsed.data.response === undefined)
        throw unavailable(route, parsed.data.message || "the connection broke off");
      return parsed.data.response;
    }
  };

  return {
    async exchange(what) {
      const answer = await answerTo(what);
      const server = serverTimeMs(answer.headers);
      if (server !== null) skew = server - options.clock();
      const fault = faultIn(what.route, answer, options.clock());
      if (fault !== null) throw fault;
      return answer;
    },
    skewMs: () => skew,
  };
}

function faultIn(route: string, answer: RestAnswer, nowMs: number): Fault | null {
  const waitMs = rateLimitWaitMs(answer, nowMs);
  if (waitMs !== null) return rateLimited(route, waitMs);
  if (answer.status >= 500) return unavailable(route, `status ${answer.status}`);
  if (answer.status >= 300 && answer.status < 400 && answer.status !== 304)
    return refused(route, answer.status, { message: "it has moved" });
  // Octokit hands on the text of a JSON body that broke off.
  const json = /^application\/json\b/.test(answer.headers["content-type"] ?? "");
  const empty = answer.status === 204 && answer.data === "";
  if (json && typeof answer.data === "string" && !empty && answer.status < 300)
    return unavailable(route, "the answer broke off");
  return null;
}
