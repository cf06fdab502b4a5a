// Who asks, before anything else is looked at: host, origin, kill switch, key or token, rate.

import type { Context } from "hono";
import { hostHeaderValidationResponse, originValidationResponse } from "@modelcontextprotocol/server";
import type { KillSwitch } from "#controls";
import type { AgentPrincipal } from "#identity";
import type { Authenticate } from "#identity/io";
import { createRate, problem, type HttpEnv } from "#platform/http";
import { LIMITS } from "./limits.ts";

export type AgentContext = Context<HttpEnv>;

export interface BearerParts {
  readonly authenticate: Authenticate;
  readonly killSwitch: Pick<KillSwitch, "platform">;
  /** Host names by which this server may be called. */
  readonly hosts: readonly string[];
  /** Where a client learns who issues tokens; null: only keys are taken. */
  readonly metadataUrl: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

export type Asking =
  | { readonly kind: "agent"; readonly who: AgentPrincipal }
  /** `why`: for hooks, whose every answer is a decision. */
  | { readonly kind: "refused"; readonly response: Response; readonly why: string };

export type WhoAsks = (c: AgentContext) => Promise<Asking>;

const STRANGER = "stranger";

export function createWhoAsks(parts: BearerParts): WhoAsks {
  const perAgent = createRate(LIMITS.agent, parts.clock);
  const large = createRate(LIMITS.large, parts.clock);
  const strangers = createRate(LIMITS.strangers, parts.clock);
  const hosts = [...parts.hosts];

  return async (c) => {
    // A page in somebody's browser whose name was made to point here has another name in Host and in Origin.
    const foreign = hostHeaderValidationResponse(c.req.raw, hosts) ?? originValidationResponse(c.req.raw, hosts);
    if (foreign !== undefined && foreign !== null) return refused(elsewhere(c), "The request came under another name.");
    // INVARIANT (X2): the platform's switch is read before anybody is recognised.
    const killed = parts.killSwitch.platform();
    if (killed !== null) return refused(stopped(c), killed.reason);

    const token = presented(c);
    const who = token === null ? null : await parts.authenticate(token);
    if (who === null)
      return refused(nobody(c, token !== null, strangers(STRANGER), parts.metadataUrl), "The key is not valid.");
    const whose = `${who.tenant} ${who.agent}`;
    const wait = Math.max(perAgent(whose), isLarge(c) ? large(whose) : 0);
    if (wait > 0) return refused(tooMany(c, wait), "Too many requests. Wait a little.");
    return { kind: "agent", who };
  };
}

const isLarge = ({ req }: AgentContext): boolean =>
  req.raw.body !== null && !(Number(req.header("content-length") ?? Number.NaN) <= LIMITS.large.bytes);

const refused = (response: Response, why: string): Asking => ({ kind: "refused", response, why });

/** The text that stands where a key or a token belongs; null: none that could be one. */
function presented(c: AgentContext): string | null {
  const header = c.req.header("authorization") ?? "";
  if (header.length > LIMITS.authorizationChars) return null;
  return /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1] ?? null;
}

function nobody(c: AgentContext, given: boolean, wait: number, metadataUrl: string | null): Response {
  if (wait > 0) return tooMany(c, wait);
  const parameters = [
    'realm="countersign"',
    ...(given ? ['error="invalid_token"'] : []),
    ...(metadataUrl === null ? [] : [`resource_metadata="${metadataUrl}"`]),
  ];
  c.header("www-authenticate", `Bearer ${parameters.join(", ")}`);
  return problem(c, {
    status: 401,
    code: "unauthorized",
    title:
      "A valid agent key or access token is needed: Authorization: Bearer ... An operator makes a key with `countersign agent key`.",
  });
}

function tooMany(c: AgentContext, seconds: number): Response {
  c.header("retry-after", String(seconds));
  return problem(c, {
    status: 429,
    code: "too_many_requests",
    title: "Too many requests. Try again after the seconds of Retry-After.",
  });
}

const elsewhere = (c: AgentContext): Response =>
  problem(c, {
    status: 403,
    code: "forbidden",
    title: "This server is not called by that name, or not by a page of another one. An operator sets PUBLIC_URL.",
  });

const stopped = (c: AgentContext): Response =>
  problem(c, {
    status: 503,
    code: "stopped",
    title: "The kill switch is pressed: no call is taken until an operator releases it.",
  });
