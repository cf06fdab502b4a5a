// What ends a client's leases when the client is stopped: asked of the broker, which would find out by itself within a second.

import { Fault, type TenantId } from "#kernel";
import { connectLeases } from "#leases/io";
import { readLeaseBrokerPlace, type Environment } from "#platform/config";
import { leaseSocketOf } from "./lease-broker.ts";

/** A sentence where not all of them are known to be dead; none where they are, or where no broker runs that could hold any. */
export async function revokeLeasesOf(env: Environment, tenant: TenantId): Promise<readonly string[]> {
  const leases = connectLeases(leaseSocketOf(readLeaseBrokerPlace(env)));
  try {
    const { pending } = await leases.revokeAll({ tenant });
    return pending === 0
      ? []
      : [
          `${pending} leases are not yet confirmed dead by their provider; the broker goes on. See: countersign lease list`,
        ];
  } catch (error) {
    if (error instanceof Fault && error.code === "broker_unavailable") return [];
    throw error;
  } finally {
    leases.close();
  }
}
