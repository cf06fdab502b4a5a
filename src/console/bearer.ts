// From a request with a key to a transaction in which its tenant's log is read.

import type { Context } from "hono";
import type { Append, ShownTo } from "#audit/io";
import type { Capability } from "#identity";
import { recognise, useKey, type KeyHolder } from "#identity/io";
import { Fault } from "#kernel";
import { createRate, type HttpEnv, problem } from "#platform/http";
import type { Database, TenantTx } from "#platform/postgres";
import { LIMITS } from "./limits.ts";

export interface BearerParts {
  readonly db: Database;
  readonly append: Append;
  readonly clock: () => number;
}

export interface Wanted {
  readonly capability: Capability;
  /** As the path names it; null: the key's own, whichever that is. */
  readonly tenant: string | null;
  /** The route, for the entry: never the path, which somebody else chose. */
  readonly route: string;
}

export type ConsoleContext = Context<HttpEnv>;
type Read = (tx: TenantTx, to: ShownTo) => Promise<Response>;
export type AsKey = (c: ConsoleContext, wanted: Wanted, read: Read) => Promise<Response>;

const STRANGER = "stranger";

/**
 * INVARIANT: the answer leaves only after the transaction that holds `key.use` and `audit.read` has committed. Where the log
 * cannot be written, there is no answer but an error.
 * What a caller learns from a refusal: nothing. A key that is missing, mistyped, unknown, expired, revoked or of a tenant that
 * is not active gets one answer; another tenant's log, whether it exists or not, gets that of a path that does not.
 */
export function createBearer({ db, append, clock }: BearerParts): AsKey {
  const perKey = createRate(LIMITS.key, clock);
  const strangers = createRate(LIMITS.strangers, clock);

  async function holderOf(c: ConsoleContext): Promise<KeyHolder | null> {
    const token = presented(c);
    return token === null ? null : db.withPlatform((tx) => recognise(tx, token));
  }

  const used = (
    c: ConsoleContext,
    tx: TenantTx,
    holder: KeyHolder,
    route: string,
    refused: boolean,
  ): Promise<unknown> =>
    append(tx, {
      kind: "key.use",
      outcome: refused ? "refused" : "success",
      observer: { type: "app", id: "countersign" },
      initiator: { type: "api_key", id: holder.keyId },
      target: { type: "log", id: tx.tenantId },
      requestId: c.get("requestId"),
      body: { route, ...(refused ? { why: "the key is not for this" } : {}) },
    });

  return async (c, wanted, read) => {
    const holder = await holderOf(c);
    if (holder === null) return nobody(c, strangers(STRANGER));
    const wait = perKey(holder.keyId);
    if (wait > 0) return tooMany(c, wait);
    const claim = await db.claimFor(holder.tenantId);
    if (claim === null) return nobody(c, strangers(STRANGER));
    const allowed =
      (wanted.tenant === null || wanted.tenant === holder.tenantId) && holder.capabilities.includes(wanted.capability);
    try {
      return await db.withTenant(claim, async (tx) => {
        if (!(await useKey(tx, holder.keyId))) return nobody(c, 0);
        await used(c, tx, holder, wanted.route, !allowed);
        if (!allowed) return nothing(c);
        return read(tx, { initiator: { type: "api_key", id: holder.keyId }, requestId: c.get("requestId") });
      });
    } catch (error) {
      // Suspended between the claim and its use.
      if (error instanceof Fault && error.code === "tenant_inactive") return nobody(c, 0);
      throw error;
    }
  };
}

/** The text that stands where a key belongs; null: none that could be one. */
export function presented(c: ConsoleContext): string | null {
  const header = c.req.header("authorization") ?? "";
  if (header.length > LIMITS.authorizationChars) return null;
  return /^Bearer ([A-Za-z0-9_]+)$/i.exec(header)?.[1] ?? null;
}

export const nothing = (c: ConsoleContext): Response =>
  problem(c, { status: 404, code: "not_found", title: "There is nothing here." });

function nobody(c: ConsoleContext, wait: number): Response {
  if (wait > 0) return tooMany(c, wait);
  c.header("www-authenticate", 'Bearer realm="countersign"');
  return problem(c, {
    status: 401,
    code: "unauthorized",
    title:
      "A valid API key is needed: Authorization: Bearer csk_... An operator makes one with `countersign key issue`.",
  });
}

export function tooMany(c: ConsoleContext, seconds: number): Response {
  c.header("retry-after", String(seconds));
  return problem(c, {
    status: 429,
    code: "too_many_requests",
    title: "Too many requests. Try again after the seconds of Retry-After.",
  });
}
