import type { ApiKeyPorts } from "#cli";
import { issueKey, listKeys, revokeKey } from "#identity/io";
import { entryId, instantOfMillis } from "#kernel";
import type { Environment } from "#platform/config";
import { CLIENT_INACTIVE, clientOperator } from "./client-operator.ts";
import { refused } from "./refused.ts";
import { shellUser } from "./tenant-logs.ts";

export function apiKeyPorts(env: Environment, say: (line: string) => void): ApiKeyPorts {
  const asOperator = clientOperator(env, say, "make or end a key");

  return {
    now: () => instantOfMillis(Date.now()),
    issue: ({ tenant, ...asked }) =>
      asOperator(tenant, async (access, { tenantId }) => {
        const made = await issueKey(access, { ...asked, tenant: tenantId, by: shellUser() });
        return made === null ? refused(CLIENT_INACTIVE) : { kind: "issued", ...made };
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
