// The operator's view of all clients, and what ends or gives back their access.

import type { ListedTenant, ShownTenant, TenantPorts } from "#cli";
import { Fault } from "#kernel";
import type { Environment } from "#platform/config";
import { withOperator, type OperatorOptions } from "#platform/postgres";
import { variableOf } from "#tenants";
import { listTenants, openClients, readEnv, reinstate, suspend, type Tenant } from "#tenants/io";
import { ask } from "./ask.ts";
import { refused, type Refused } from "./refused.ts";
import { listed } from "./secret.ts";
import { operatorHere, withLogs, type OpenLogs } from "./tenant-logs.ts";

type Operators = OpenLogs & { readonly operator: OperatorOptions };

export function registryPorts(
  env: Environment,
  say: (line: string) => void,
): Pick<TenantPorts, "list" | "show" | "ask" | "suspend" | "reinstate"> {
  const asOperator = <T>(work: (logs: Operators) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs(env, say, async ({ operator, ...logs }) =>
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: the registry of clients is the operator's, not the server's.")
        : work({ ...logs, operator }),
    );
  return {
    ask,
    list: () =>
      asOperator(async ({ operator }) => ({
        kind: "tenants",
        tenants: (await withOperator(operator, listTenants)).map(asListed),
      })),
    show: (prefix) =>
      asOperator(async (logs) => {
        const all = await withOperator(logs.operator, listTenants);
        const found = all.find((each) => each.prefix === prefix);
        return found === undefined
          ? unknown(
              prefix,
              all.map((each) => each.prefix),
            )
          : { kind: "tenant", tenant: { ...asListed(found), ...(await credentialsOf(found, logs)) } };
      }),
    suspend: ({ prefix, reason }) =>
      asOperator(async ({ operator, audit, stops }) => {
        const access = { ...operator, append: audit.append, spool: stops.spoolStop };
        const done = await suspend(access, { prefix, reason, by: operatorHere() });
        return done.kind === "unknown" || done.kind === "ended" ? sayNo(prefix, done) : { kind: done.kind };
      }),
    reinstate: ({ prefix, reason }) =>
      asOperator(async ({ operator, audit }) => {
        const done = await reinstate({ ...operator, append: audit.append }, { prefix, reason, by: operatorHere() });
        return done.kind === "unknown" || done.kind === "ended" ? sayNo(prefix, done) : { kind: done.kind };
      }),
  };
}

function unknown(prefix: string, there: readonly string[]): Refused {
  return refused(
    `There is no client ${JSON.stringify(prefix.slice(0, 40))}. There are: ${there.length === 0 ? "none yet" : there.join(", ")}.`,
  );
}

const sayNo = (
  prefix: string,
  no: { readonly kind: "unknown"; readonly there: readonly string[] } | { readonly kind: "ended" },
): Refused =>
  no.kind === "unknown"
    ? unknown(prefix, no.there)
    : refused(`${prefix} is being erased, or was: it is neither suspended nor taken back.`);

const asListed = ({ tenantId, validKeys, ...each }: Tenant): ListedTenant => ({
  ...each,
  id: tenantId,
  apiKeys: validKeys,
});

/** Opened to see whether they open; of a client that is not active, names only. */
async function credentialsOf(
  { tenantId, prefix, state }: Tenant,
  logs: Operators,
): Promise<Pick<ShownTenant, "credentials" | "problems">> {
  const clients = await openClients(logs.clientsDir);
  if (state !== "active") {
    const sealed = await readEnv(clients, prefix);
    if (sealed.kind === "refused") return { credentials: [], problems: sealed.problems };
    const names = [...sealed.values.keys()];
    return { credentials: names.map((name) => ({ name: variableOf(prefix, name), state: "shut" })), problems: [] };
  }
  const claim = async () => {
    const made = await logs.database.claimFor(tenantId);
    if (made === null) throw new Fault("tenant_inactive", `${prefix} is not active any more.`);
    return made;
  };
  const found = await listed({ prefix, claim }, logs, clients);
  return "kind" in found
    ? { credentials: [], problems: found.problems }
    : {
        credentials: found.map(({ name, state: how }) => ({ name: variableOf(prefix, name), state: how })),
        problems: [],
      };
}
