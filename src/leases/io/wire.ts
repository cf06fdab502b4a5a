// What is said over the lease broker's socket: small JSON documents, parsed on both sides.

import { z } from "zod";
import { instantOfMillis, leaseId, millis } from "#kernel";
import { branded } from "#platform/postgres";
import { LEASE_STATES } from "../types.ts";
import { credentialShape, tenantShape } from "./shapes.ts";

export const wireLimits = { bodyBytes: 64 * 1024, answerMs: 30_000, connections: 16 } as const;

const lease = branded(z.string(), leaseId);
const at = z.number().transform(instantOfMillis);

export const holder = z.strictObject({ tenant: tenantShape, run: z.string(), handle: z.string() });
export const whose = z
  .strictObject({ tenant: tenantShape, run: z.string().optional(), operator: z.boolean().optional() })
  .transform(({ tenant, run, operator }) => ({
    tenant,
    operator: operator ?? false,
    ...(run === undefined ? {} : { run }),
  }));
export const tenantOnly = z.strictObject({ tenant: tenantShape });

const refused = z.strictObject({ kind: z.literal("refused"), why: z.string() });
export const asked = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("leased"), lease, handle: z.string(), expiresAt: at, proxy: z.string().nullable() }),
  refused,
]);
export const finished = z.strictObject({ kind: z.enum(["revoked", "revoking", "unknown"]) });
export const redeemed = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("credential"),
    credential: credentialShape,
    remaining: z.number().transform(millis),
  }),
  z.strictObject({ kind: z.literal("dead") }),
]);
export const revokedAll = z.strictObject({ revoked: z.int(), pending: z.int() });
export const open = z.strictObject({
  open: z.array(
    z.strictObject({
      lease,
      tenant: tenantShape,
      run: z.string(),
      purpose: z.string(),
      kind: z.enum(["github", "database", "vault"]),
      state: z.enum(LEASE_STATES),
      requestedAt: at,
      expiresAt: at,
    }),
  ),
});
