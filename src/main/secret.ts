import { join } from "node:path";
import type { CheckedClient, ListedSecret, SecretPorts } from "#cli";
import { PLATFORM_LOG } from "#kernel";
import type { Environment } from "#platform/config";
import { withOperator } from "#platform/postgres";
import { variableOf } from "#tenants";
import {
  listTenants,
  openClients,
  openValue,
  readEnv,
  removeSecret,
  rotateSecrets,
  setSecret,
  type Clients,
  type SecretAccess,
} from "#tenants/io";
import { askHidden } from "./ask.ts";
import { checkHistory } from "./history.ts";
import { refused, type Refused } from "./refused.ts";
import { slipIn } from "./secret-slip.ts";
import { checkStaged } from "./staged.ts";
import { namedLogs, oneLog, operatorHere, withLogs, type NamedLog, type OpenLogs } from "./tenant-logs.ts";

export function secretPorts(env: Environment, say: (line: string) => void): SecretPorts {
  const forClient = <T>(
    prefix: string,
    work: (client: NamedLog, logs: OpenLogs, clients: Clients) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    withLogs(env, say, async (logs) => {
      const named = await oneLog(logs, prefix);
      if ("kind" in named) return named;
      if (named.tenantId === PLATFORM_LOG) return refused("The platform itself has no credentials here.");
      return work(named, logs, await openClients(logs.clientsDir));
    });
  const asOperator = <T>(
    prefix: string,
    work: (client: NamedLog, access: SecretAccess) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    forClient(prefix, async (named, { operator, keys, audit }, clients) =>
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: only the operator's login may change credentials, not the server's.")
        : work(named, { ...operator, append: audit.append, keys, clients }),
    );

  return {
    readValue: askHidden,
    set: ({ tenant, name, value }) =>
      asOperator(tenant, async ({ tenantId, prefix }, access) => {
        const slip = slipIn(prefix, name, value);
        if (slip !== null) return refused(slip);
        const done = await setSecret(access, { tenant: tenantId, prefix, name, value, by: operatorHere() });
        return done.kind === "refused"
          ? done
          : { kind: "set", prefix, replaced: done.replaced, file: join(access.clients.directory, prefix, ".env") };
      }),
    remove: ({ tenant, name }) =>
      asOperator(tenant, async ({ tenantId, prefix }, access) => {
        const done = await removeSecret(access, { tenant: tenantId, prefix, name, by: operatorHere() });
        return done.kind === "refused" ? done : { kind: "removed", prefix, there: done.replaced };
      }),
    rotate: (tenant) =>
      asOperator(tenant, async ({ tenantId, prefix }, access) => {
        const done = await rotateSecrets(access, { tenant: tenantId, prefix, by: operatorHere() });
        return done.kind === "refused" ? done : { kind: "rotated", prefix, names: done.names };
      }),
    list: (tenant) =>
      forClient(tenant, async (named, logs, clients) => {
        const found = await listed(named, logs, clients);
        return "kind" in found ? found : { kind: "secrets", prefix: named.prefix, secrets: found };
      }),
    check: (tenant) =>
      withLogs(env, say, async (logs) => {
        const clients = await openClients(logs.clientsDir);
        const all = (await namedLogs(logs, tenant)).filter(({ tenantId }) => tenantId !== PLATFORM_LOG);
        if (tenant !== null && all.length === 0) {
          const answer = await oneLog(logs, tenant);
          return "kind" in answer ? answer : refused(`There is no client ${answer.prefix}.`);
        }
        const checked: CheckedClient[] = [];
        for (const named of all) {
          const found = await listed(named, logs, clients);
          const problems =
            "kind" in found
              ? found.problems
              : found.flatMap(({ name, state }) =>
                  state === "damaged" ? [`${variableOf(named.prefix, name)} does not open. Set it anew.`] : [],
                );
          checked.push({ prefix: named.prefix, secrets: "kind" in found ? 0 : found.length, problems });
        }
        const strangers = tenant === null ? await strangersIn(clients, logs) : [];
        for (const name of strangers)
          checked.push({
            prefix: JSON.stringify(name),
            secrets: 0,
            problems: [`${join(clients.directory, name)} belongs to no client. Remove it, if nobody misses it.`],
          });
        return { kind: "checked", clients: checked };
      }),
    checkStaged,
    checkHistory,
  };
}

/** Folders of nobody. Asked of the whole registry, suspended clients included: without the operator's login nobody here knows it. */
async function strangersIn(clients: Clients, { operator }: OpenLogs): Promise<readonly string[]> {
  if (operator === null) return [];
  const known = new Set((await withOperator(operator, listTenants)).map(({ prefix }) => prefix));
  return (await clients.folders()).filter((name) => !known.has(name));
}

export async function listed(
  { prefix, claim }: Pick<NamedLog, "prefix" | "claim">,
  { database, keys }: OpenLogs,
  clients: Clients,
): Promise<readonly ListedSecret[] | Refused> {
  const sealed = await readEnv(clients, prefix);
  if (sealed.kind === "refused") return sealed;
  return database.withTenant(await claim(), async (tx) => {
    const found: ListedSecret[] = [];
    const now = sealed.values.size === 0 ? null : await keys.sealing(tx, { purpose: "env" });
    for (const [name, value] of sealed.values) {
      const { keyId } = value;
      const opened = await openValue(keys, tx, name, value);
      const state = opened.kind !== "opened" ? "damaged" : keyId === now?.id ? "opens" : "old_key";
      found.push({ name, keyId, state });
    }
    return found;
  });
}
