// `sql run` and `sql doctor`. Until tenants have sealed environments of their own, their connections are in the operator's.

import type { SqlPorts } from "#cli";
import type { Environment } from "#platform/config";
import { checkPrefix } from "#tenants";
import { createDiscover, createSelect, examineLogin, type Connection } from "#sqlguard/io";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs } from "./tenant-logs.ts";

type Door = Parameters<typeof createDiscover>[0];
type Who = Omit<Parameters<ReturnType<typeof createDiscover>>[0], "connection">;

const NAME = /^[A-Z][A-Z0-9_]{0,62}$/;

/** ACME_DATABASE_URL. A prefix has no underscore, so that no name of one tenant is a name of another. */
const variable = (tenant: string, name: string): string | null =>
  checkPrefix(tenant).kind === "prefix" && NAME.test(name) ? `${tenant.toUpperCase()}_${name}` : null;

function connectionIn(env: Environment, tenant: string, name: string): Connection | null {
  const key = variable(tenant, name);
  const url = key === null ? undefined : env[key];
  return url !== undefined && /^(?:postgres(?:ql)?|mysql|mariadb):\/\//.test(url) ? { url } : null;
}

const absent = (tenant: string, name: string): string =>
  variable(tenant, name) === null
    ? "A connection's name has capital letters, digits and underscores: DATABASE_URL, for example."
    : `Set ${variable(tenant, name)} to the reading login's postgres://, mysql:// or mariadb:// URL. Never give it as an argument: everybody on the machine can read those.`;

export function sqlPorts(env: Environment, say: (line: string) => void): SqlPorts {
  /** `ask` gets the tenant's door: its connections, and its own log. */
  const forTenant = <T>(
    tenant: string,
    connection: string,
    ask: (door: Door, who: Who) => Promise<T>,
  ): Promise<T | Refused> =>
    withLogs(env, say, async (logs) => {
      const named = await oneLog(logs, tenant);
      if ("kind" in named) return named;
      if (connectionIn(env, named.prefix, connection) === null) return refused(absent(named.prefix, connection));
      const door: Door = {
        connectionNamed: async (name) => connectionIn(env, named.prefix, name),
        append: async (entry) => logs.appendAlone(await named.claim(), entry),
      };
      return ask(door, { ...shellUser(), target: { type: "tenant", id: named.tenantId } });
    });
  return {
    select: ({ tenant, connection, sql }) =>
      forTenant(tenant, connection, (door, who) => createSelect(door)({ connection, sql, ...who })),
    discover: ({ tenant, connection }) =>
      forTenant(tenant, connection, (door, who) => createDiscover(door)({ connection, ...who })),
    async examine({ tenant, connection }) {
      const found = connectionIn(env, tenant.toLowerCase(), connection);
      return found === null ? refused(absent(tenant.toLowerCase(), connection)) : examineLogin(found);
    },
  };
}
