// What ends a client's leases when the client is stopped or leaves: asked of the broker, which would find out by itself within a second.

import { Fault, type TenantId } from "#kernel";
import { connectLeases, countOpenLeases, type ConnectedLeases } from "#leases/io";
import { readLeaseBrokerPlace, type Environment } from "#platform/config";
import { withOperator, type OperatorOptions } from "#platform/postgres";
import type { LeaseSide } from "#tenants";
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
    if (isAway(error)) return [];
    throw error;
  } finally {
    leases.close();
  }
}

const isAway = (error: unknown): boolean => error instanceof Fault && error.code === "broker_unavailable";

/**
 * For a client that leaves. INVARIANT: what the rows say decides, also where no broker runs or none answers: a lease that nobody
 * is known to have ended keeps the keys, until its provider's own clock has ended it or a person goes past it.
 */
export function leaseSide(operator: OperatorOptions, leases: ConnectedLeases | null): LeaseSide {
  const open = (tenant: TenantId): Promise<number> => withOperator(operator, (tx) => countOpenLeases(tx, tenant));
  return {
    async revokeAll(tenant) {
      try {
        await leases?.revokeAll({ tenant });
      } catch (error) {
        if (!isAway(error) || (await open(tenant)) > 0) throw error;
      }
    },
    open,
  };
}
