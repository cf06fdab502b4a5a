import type { TenantId } from "#kernel";

/** A value of the client's sealed environment, by its name without the prefix. `refused`: it is there, and does not open. */
export type Secret = (
  tenant: TenantId,
  name: string,
) => Promise<
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly why: string }
>;

/** null: it is not there, or nothing that can be used. INVARIANT: what is there and does not open is never passed over for something else. */
export async function valueOf(secret: Secret, tenant: TenantId, name: string): Promise<string | null> {
  const found = await secret(tenant, name);
  if (found.kind === "refused") throw new Error(`${name} does not open: ${found.why}`);
  return found.kind === "value" && found.text.trim() !== "" ? found.text.trim() : null;
}
