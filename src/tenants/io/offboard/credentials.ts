// What a client's environment holds, for the one use that is left of it: to be taken back at whoever gave it.

import { Fault } from "#kernel";
import { envContext, type Kms } from "#keys";
import { unlock, unwrapEnvKeys } from "#keys/io";
import { withOperator } from "#platform/postgres";
import type { Leaver } from "../../offboard.ts";
import type { Clients } from "../clients.ts";
import type { RegistryAccess } from "../registry.ts";
import { readEnv } from "../secrets.ts";
import { offboardingOf } from "./ledger.ts";

export interface Credentials {
  /** Opened, by their names without the prefix. */
  readonly open: ReadonlyMap<string, string>;
  /** Names of those whose key is destroyed already: a backup from before the erasure was restored. */
  readonly lost: readonly string[];
}

/** Of those names. INVARIANT: of a client that is being erased, and that nobody can take back any more. Throws when one does not open. */
export async function credentialsOfLeaver(
  { access, kms, clients }: { readonly access: RegistryAccess; readonly kms: Kms; readonly clients: Clients },
  { tenantId, prefix }: Leaver,
  names: readonly string[],
): Promise<Credentials> {
  const now = await withOperator(access, (tx) => offboardingOf(tx, tenantId));
  if (now?.state !== "purging" || now.prefix !== prefix)
    throw new Fault("invariant_broken", "Credentials are read by nobody but their client, until it is erased.");
  const env = await readEnv(clients, prefix);
  if (env.kind === "refused") throw unreadable(env.problems.join(" "));
  const wanted = [...env.values].filter(([name]) => names.includes(name));
  const open = new Map<string, string>();
  const lost: string[] = [];
  if (wanted.length === 0) return { open, lost };
  const keys = await unwrapEnvKeys(access, kms, tenantId);
  for (const [name, { keyId, sealed }] of wanted) {
    const key = keys.get(keyId);
    if (key?.kind === "destroyed") {
      lost.push(name);
      continue;
    }
    const plain =
      key?.kind === "key" ? unlock(key.bytes, Buffer.from(sealed, "base64url"), envContext(tenantId, name)) : null;
    if (plain === null) throw unreadable(`${name} does not open.`);
    open.set(name, plain.toString("utf8").trim());
  }
  return { open, lost };
}

const unreadable = (why: string): Fault =>
  new Fault("keys_unavailable", `The client's credentials cannot be read to be revoked: ${why}`);
