import { join } from "node:path";
import type { NewEntry } from "#audit";
import { createAudit, type Audit } from "#audit/io";
import type { Kms } from "#keys";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createDatabase, type Database, type EmbeddedPostgres, type TenantClaim } from "#platform/postgres";
import { onboard } from "#tenants/io";

/** The log as the server has it, with keys of its own below `dir`. Call it after `migrate`. */
export async function openBenchLog(
  dir: string,
  access: { readonly appUrl: string; readonly claimKey: string },
): Promise<{ readonly audit: Audit; readonly kms: Kms }> {
  const database = createDatabase({ url: access.appUrl, claimKey: access.claimKey, maxConnections: 1 });
  const kms = createFileKms(join(dir, "keys"));
  await openRoot(database, kms);
  await database.close();
  return { kms, audit: createAudit({ keys: createKeys({ kms, clock: Date.now }) }) };
}

/** The claims of `count` new tenants. */
export async function onboarded(
  count: number,
  access: Pick<EmbeddedPostgres, "adminUrl" | "claimKey"> & { readonly append: Audit["append"] },
  database: Database,
): Promise<readonly TenantClaim[]> {
  const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const claims: TenantClaim[] = [];
  for (let n = 0; n < count; n += 1) {
    const tenant = await onboard(access, { prefix: `bench${n}`, by });
    const claim = tenant.kind === "onboarded" ? await database.claimFor(tenant.tenantId) : null;
    if (claim === null) throw new Error("a tenant of the benchmark could not be onboarded");
    claims.push(claim);
  }
  return claims;
}

export const benchEntry = (n: number, text: string): NewEntry => ({
  kind: "audit.read",
  outcome: "success",
  observer: { type: "app", id: "countersign" },
  initiator: { type: "human", id: String(n % 40) },
  target: { type: "pull_request", id: `5#${n % 900}` },
  requestId: `bench-${n}`,
  body: { n, text },
});
