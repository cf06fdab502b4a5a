// `lease list` and `lease revoke`: the rows as the operator's, and the broker's own answer.

import type { LeasePorts, ShownLease } from "#cli";
import { iso } from "#kernel";
import { sayEnd } from "#leases";
import { connectLeases, listLeases } from "#leases/io";
import { readLeaseBrokerPlace, type Environment } from "#platform/config";
import { withOperator } from "#platform/postgres";
import { listTenants } from "#tenants/io";
import { leaseSocketOf } from "./lease-broker.ts";
import { refused } from "./refused.ts";
import { withLogs } from "./tenant-logs.ts";

const NO_OPERATOR = "DATABASE_ADMIN_URL is missing: the list of leases is the operator's, not the server's.";

export function leasePorts(env: Environment, say: (line: string) => void): Omit<LeasePorts, "broker"> {
  return {
    list: ({ tenant, all }) =>
      withLogs(env, say, async ({ operator }) => {
        if (operator === null) return refused(NO_OPERATOR);
        return withOperator(operator, async (tx) => {
          const tenants = await listTenants(tx);
          const one = tenant === null ? null : tenants.find(({ prefix }) => prefix === tenant);
          if (one === undefined) return refused(`There is no client of that name. See: countersign tenant list`);
          const prefixes = new Map(tenants.map(({ tenantId, prefix }) => [tenantId, prefix]));
          const found = await listLeases(tx, one?.tenantId ?? null, all ? "all" : "open");
          const leases = found.map(
            ({
              lease,
              tenant: id,
              run,
              purpose,
              scope,
              state,
              because,
              note,
              requestedAt,
              expiresAt,
              endedAt,
              deadBy,
              overdue,
            }): ShownLease => ({
              lease,
              tenant: prefixes.get(id) ?? id,
              run,
              purpose,
              kind: scope.kind,
              state,
              why: note ?? sayEnd(state, because),
              requestedAt: iso(requestedAt),
              expiresAt: iso(expiresAt),
              endedAt: endedAt === null ? null : iso(endedAt),
              deadBy: deadBy === null ? null : iso(deadBy),
              overdue,
            }),
          );
          return { kind: "leases", leases };
        });
      }),
    revoke: ({ tenant, run }) =>
      withLogs(env, say, async ({ operator }) => {
        if (operator === null) return refused(NO_OPERATOR);
        const found = (await withOperator(operator, listTenants)).find(({ prefix }) => prefix === tenant);
        if (found === undefined) return refused(`There is no client of that name. See: countersign tenant list`);
        const leases = connectLeases(leaseSocketOf(readLeaseBrokerPlace(env)));
        try {
          const whose = { tenant: found.tenantId, ...(run === null ? {} : { run }) };
          return { kind: "revoked", ...(await leases.revokeByOperator(whose)) };
        } finally {
          leases.close();
        }
      }),
  };
}
