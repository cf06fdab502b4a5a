// Which of Vault's roles are whose, and what its answer must say. API: https://developer.hashicorp.com/vault/api-docs/secret/databases
// (generate credentials) and .../system/leases; OpenBao's pages of the same names.

import { z } from "zod";

/** Parts of a path that need no escape, and none of which leads up or elsewhere. */
const MOUNT = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(?:\/[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,4}$/;
const ROLE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

interface VaultPath {
  readonly mount: string;
  readonly role: string;
}

export const isPlainPath = ({ mount, role }: VaultPath): boolean => MOUNT.test(mount) && ROLE.test(role);

/**
 * `<mount>/creds/<role>`, or why not. INVARIANT: a role is its client's by its name, `<prefix>-...`: a prefix has no hyphen, so no
 * client's roles begin like another's, and no list has to be kept.
 */
export function credentialsPath(
  prefix: string,
  { mount, role }: VaultPath,
): { readonly kind: "path"; readonly path: string } | { readonly kind: "refused"; readonly why: string } {
  if (!isPlainPath({ mount, role }))
    return { kind: "refused", why: "A mount and a role of Vault have letters, digits, hyphens and underscores." };
  if (!role.startsWith(`${prefix}-`))
    return { kind: "refused", why: `This client's roles in Vault have names that begin with ${prefix}-.` };
  return { kind: "path", path: `${mount}/creds/${role}` };
}

const answer = z.object({
  lease_id: z.string().max(1024),
  lease_duration: z.int().nonnegative(),
  data: z.object({ username: z.string().min(1).max(256), password: z.string().min(1).max(4096) }),
});

export interface VaultCredential {
  readonly leaseId: string;
  readonly seconds: number;
  readonly username: string;
  readonly password: string;
}

/** null: not a credential that Vault can end. */
export function credentialIn(body: unknown, path: string): VaultCredential | null {
  const read = answer.safeParse(body);
  if (!read.success || !read.data.lease_id.startsWith(`${path}/`)) return null;
  const { lease_id: leaseId, lease_duration: seconds, data } = read.data;
  return { leaseId, seconds, ...data };
}

/** The lease of an answer that is otherwise none, so that it can be given back. */
export function leaseIn(body: unknown): string | null {
  const read = z.object({ lease_id: z.string().min(1) }).safeParse(body);
  return read.success ? read.data.lease_id : null;
}

/** How Vault and OpenBao say that there is no such lease any more. */
export const saysGone = (errors: readonly string[]): boolean =>
  errors.some((text) => /invalid lease|lease not found/i.test(text));
