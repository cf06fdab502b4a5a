// A client's sealed environment, as the broker's process reads it: under the client's claim, by the broker's own login.

import type { TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import type { Database, TenantTx } from "#platform/postgres";
import { openSecret, ownPrefix, type Clients } from "#tenants/io";
import type { SealedValue } from "./database/provider.ts";

export interface SealedParts {
  readonly database: Database;
  readonly keys: Keys;
  readonly clients: Clients;
}

/** INVARIANT: the client is named by its id alone; which folder is read is what the database says of it, while it is active. */
export function sealedEnvironment({ database, keys, clients }: SealedParts) {
  async function asTenant<T>(tenant: TenantId, work: (tx: TenantTx) => Promise<T>): Promise<T | null> {
    const claim = await database.claimFor(tenant);
    return claim === null ? null : database.withTenant(claim, work);
  }

  return {
    /** null: no such client, or not active. */
    prefixOf: (tenant: TenantId): Promise<string | null> => asTenant(tenant, ownPrefix),
    async sealed(tenant: TenantId, name: string): Promise<SealedValue> {
      const opened = await asTenant(tenant, async (tx) =>
        openSecret({ clients, keys }, tx, { prefix: await ownPrefix(tx), name }),
      );
      if (opened === null) return { kind: "refused", why: "The client is not active: nothing is leased for it." };
      switch (opened.kind) {
        case "opened":
          return { kind: "value", text: opened.reveal() };
        case "absent":
          return opened;
        case "refused":
          return { kind: "refused", why: opened.problems.join(" ") };
      }
    },
  };
}
