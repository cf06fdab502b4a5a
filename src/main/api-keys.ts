import type { ApiKeyPorts } from "#cli";
import { issueKey, listKeys, revokeKey, type KeyAccess, type RevokeAccess } from "#identity/io";
import { entryId, instantOfMillis } from "#kernel";
import type { Environment } from "#platform/config";
import { refused, type Refused } from "./refused.ts";
import { oneLog, shellUser, withLogs, type NamedLog } from "./tenant-logs.ts";

export function apiKeyPorts(env: Environment, say: (line: string) => void): ApiKeyPorts {
  const asOperator = <T>(
    tenant: string,
    work: (access: KeyAccess & RevokeAccess, named: NamedLog) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    withLogs(env, say, async (logs) => {
      if (logs.operator === null)
        return refused(
          "DATABASE_ADMIN_URL is missing: only the operator's login may make or end a key, not the server's.",
        );
      const named = await oneLog(logs, tenant);
      return "kind" in named
        ? named
        : work({ ...logs.operator, append: logs.audit.append, spool: logs.stops.spoolStop }, named);
    });

  return {
    now: () => instantOfMillis(Date.now()),
    issue: ({ tenant, ...asked }) =>
      asOperator(tenant, async (access, { tenantId }) => {
        const made = await issueKey(access, { ...asked, tenant: tenantId, by: shellUser() });
        return made === null ? refused("The tenant is not active any more.") : { kind: "issued", ...made };
      }),
    list: (tenant) =>
      asOperator(tenant, async (access, { tenantId }) => ({ kind: "keys", keys: await listKeys(access, tenantId) })),
    revoke: ({ tenant, id }) =>
      asOperator(tenant, async (access, { tenantId, prefix }) => {
        const keyId = entryId(id);
        const done = keyId === null ? null : await revokeKey(access, { tenant: tenantId, keyId, by: shellUser() });
        return done === null || done.kind === "unknown"
          ? refused(`Tenant ${prefix} has no such key. \`countersign key list --tenant ${prefix}\` lists the ids.`)
          : done;
      }),
  };
}
