// `sql run`, `sql schema` and `sql doctor`: the connection is the client's own, out of its sealed environment, opened for one use.

import type { NewEntry } from "#audit";
import type { SqlPorts } from "#cli";
import { isAdminName, isConnectionUrl } from "#leases";
import type { Environment } from "#platform/config";
import type { ClientRules } from "#sqlguard";
import { isSecretName, variableOf } from "#tenants";
import { openClients, openSecret } from "#tenants/io";
import {
  checkConnected,
  connectionsOnLease,
  createDiscover,
  createSelect,
  examineLogin,
  type Connection,
  type Lent,
} from "#sqlguard/io";
import { clientRulesOf } from "./client-rules.ts";
import { leasesHere } from "./leases-here.ts";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

type Door = Parameters<typeof createSelect>[0];
type Who = Omit<Parameters<ReturnType<typeof createDiscover>>[0], "connection">;

type Found = { readonly kind: "found"; readonly connection: Connection } | Refused;

function whyNoConnection(name: string): string | null {
  // INVARIANT: what makes logins is no connection to query with, whoever asks.
  if (isAdminName(name)) return `${name} makes logins for leases. Give the name of the reading login.`;
  return isSecretName(name)
    ? null
    : "A connection's name has capital letters, digits and underscores: DATABASE_URL, for example.";
}

async function connectionOf({ database, keys, clientsDir }: OpenLogs, named: NamedLog, name: string): Promise<Found> {
  const wrong = whyNoConnection(name);
  if (wrong !== null) return refused(wrong);
  const clients = await openClients(clientsDir);
  const opened = await database.withTenant(await named.claim(), (tx) =>
    openSecret({ clients, keys }, tx, { prefix: named.prefix, name }),
  );
  if (opened.kind === "refused") return opened;
  if (opened.kind === "absent")
    return refused(
      `${variableOf(named.prefix, name)} is not there yet. Seal the reading login's postgres://, mysql:// or mariadb:// URL: countersign secret set ${named.prefix} ${name}`,
    );
  const url = opened.reveal();
  return isConnectionUrl(url)
    ? { kind: "found", connection: { url } }
    : refused(
        `${variableOf(named.prefix, name)} is no postgres://, mysql:// or mariadb:// URL, or sqlite:///path/to/file.db. Set it anew: countersign secret set ${named.prefix} ${name}`,
      );
}

type Purpose = "sql.select" | "sql.schema" | "sql.check" | "sql.doctor";

export function sqlPorts(env: Environment, say: (line: string) => void): SqlPorts {
  /** `use` gets the tenant's connections, each on a lease where a broker runs: then that opens the credential, and this process does not. */
  const forTenant = <T>(
    tenant: string,
    connection: string,
    purpose: Purpose,
    use: (given: { readonly door: Door; readonly who: Who }) => Promise<T>,
  ): Promise<T | Refused> =>
    withLogs(env, say, async (logs) => {
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      const client = await clientRulesOf(logs.clientsDir, named.prefix);
      if (client.kind === "refused") return client;
      const who = { ...shellUser(), target: { type: "tenant", id: named.tenantId } } as const;
      const rest = {
        rules: client.rules,
        append: async (entry: NewEntry) => logs.appendAlone(await named.claim(), entry),
      };
      const wrong = whyNoConnection(connection);
      if (wrong !== null) return refused(wrong);
      const leases = leasesHere(env);
      if (leases !== null) {
        const connectionNamed = connectionsOnLease(leases, { tenant: named.tenantId, run: who.requestId, purpose });
        return use({ door: { ...rest, connectionNamed }, who }).finally(() => leases.close());
      }
      const found = await connectionOf(logs, named, connection);
      if (found.kind === "refused") return found;
      const lent: Lent = { kind: "lent", connection: found.connection, end: async () => {} };
      return use({ door: { ...rest, connectionNamed: async () => lent }, who });
    });
  /** For what leaves no entry of its own: a lease of it is in the log all the same. */
  const withConnection = <T>(
    tenant: string,
    name: string,
    purpose: Purpose,
    use: (connection: Connection, rules: ClientRules) => Promise<T>,
  ): Promise<T | Refused> =>
    forTenant(tenant, name, purpose, async ({ door: { connectionNamed, rules } }) => {
      const lent = await connectionNamed(name);
      if (lent.kind === "no_connection") return refused(lent.why);
      try {
        return await use(lent.connection, rules);
      } finally {
        await lent.end();
      }
    });
  return {
    select: ({ tenant, connection, sql }) =>
      forTenant(tenant, connection, "sql.select", ({ door, who }) => createSelect(door)({ connection, sql, ...who })),
    discover: ({ tenant, connection }) =>
      forTenant(tenant, connection, "sql.schema", ({ door, who }) => createDiscover(door)({ connection, ...who })),
    check: ({ tenant, connection, sql }) =>
      withConnection(tenant, connection, "sql.check", async (opened, rules) => ({
        kind: "verdict",
        verdict: await checkConnected(opened, sql, rules),
      })),
    examine: ({ tenant, connection }) =>
      withConnection(tenant, connection, "sql.doctor", (opened, rules) => examineLogin(opened, rules)),
  };
}
