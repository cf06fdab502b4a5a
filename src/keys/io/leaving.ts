import type { TenantId } from "#kernel";
import { withAuditor, type OperatorOptions } from "#platform/postgres";
import type { Kms, Unwrapped } from "../types.ts";
import { envDeks } from "./dek-rows.ts";
import { contextOf } from "./keys.ts";

/**
 * The keys of a client's environment, by id, when nobody has a claim on it any more: with the operator's rights, as the auditor. They are
 * kept by nobody. INVARIANT: for a client that is being erased alone, which its caller looks at.
 */
export async function unwrapEnvKeys(
  access: Pick<OperatorOptions, "adminUrl">,
  kms: Kms,
  tenant: TenantId,
): Promise<ReadonlyMap<string, Unwrapped>> {
  const found = new Map<string, Unwrapped>();
  for (const { id, wrapped, ...place } of await withAuditor(access, (tx) => envDeks(tx, tenant)))
    found.set(
      id,
      wrapped === null ? { kind: "destroyed" } : await kms.unwrap(tenant, wrapped, contextOf(tenant, id, place)),
    );
  return found;
}
