// Signed-in people: what a cookie holds, what a form's token is, and how long both are good.

import { millis, tenantId, type EntryId, type Instant, type TenantId } from "#kernel";
import { fromHex, hex, sha256 } from "#verifier";
import type { Person } from "./people.ts";
import { SECRET_BYTES } from "./tagged-key.ts";

const HOUR = 3_600_000;
/** A session ends by itself so long after its last request, and so long after the login whatever happens. migrations/0097, too. */
export const SESSION = {
  idleMs: millis(2 * HOUR),
  wholeMs: millis(12 * HOUR),
  /** Passkeys are added and removed so soon after a login only: a session that was left open makes nobody an approver. */
  freshMs: millis(10 * 60_000),
} as const;

/** Somebody with their roles of this moment. */
export interface Session {
  /** For the log; opens nothing. */
  readonly session: EntryId;
  readonly person: Person;
  readonly createdAt: Instant;
  /** At the latest. */
  readonly endsAt: Instant;
  /** What every form of this session carries. */
  readonly csrf: string;
}

const utf8 = new TextEncoder();
const COOKIE = /^([0-9a-f-]{36})\.([0-9a-f]{64})$/;

/** The client is named so that the row is looked for among its rows alone; whoever changes it finds nothing there. */
export const cookieText = (tenant: TenantId, secret: Uint8Array): string => `${tenant}.${hex(secret)}`;

export function parseCookie(text: string): { readonly tenant: TenantId; readonly secret: string } | null {
  const [, first = "", secret = ""] = COOKIE.exec(text) ?? [];
  const tenant = tenantId(first);
  return tenant === null || fromHex(secret)?.length !== SECRET_BYTES ? null : { tenant, secret };
}

/** What is stored. 256 random bits need neither salt nor slowness. */
export const secretHash = (secret: string): Uint8Array => sha256(utf8.encode(`countersign/session/v1\n${secret}`));
/** Bound to the session, and made anew with it; whoever reads the database does not learn it. */
export const csrfOf = (secret: string): string => hex(sha256(utf8.encode(`countersign/csrf/v1\n${secret}`)));
