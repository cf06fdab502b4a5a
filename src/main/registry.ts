// The operator's view of all clients, and what ends or gives back their access.

import type { ListedTenant, ShownTenant, TenantPorts } from "#cli";
import { Fault, iso, tenantId, type Instant, type TenantId } from "#kernel";
import type { Environment } from "#platform/config";
import { withOperator, type OperatorOptions } from "#platform/postgres";
import {
  assetsOf,
  githubSide,
  listTenants,
  readCertificateOf,
  reinstate,
  suspend,
  type By,
  type Tenant,
} from "#tenants/io";
import { folderOf } from "./client-folder.ts";
import { revokeLeasesOf } from "./lease-side.ts";
import { ticketClocks } from "./standstill.ts";
import { refused, type Refused } from "./refused.ts";
import { operatorHere, withLogs, type OpenLogs } from "./tenant-logs.ts";

type Operators = OpenLogs & { readonly operator: OperatorOptions };

export function registryPorts(
  env: Environment,
  say: (line: string) => void,
): Pick<TenantPorts, "list" | "show" | "suspend" | "reinstate" | "certificate"> {
  const asOperator = <T>(work: (logs: Operators) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs(env, say, async ({ operator, ...logs }) =>
      operator === null
        ? refused("DATABASE_ADMIN_URL is missing: the registry of clients is the operator's, not the server's.")
        : work({ ...logs, operator }),
    );
  return {
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
          : {
              kind: "tenant",
              tenant: {
                ...asListed(found),
                ...(await folderOf(found, logs)),
                assets: await assetsFor(found, logs),
              },
            };
      }),
    suspend: ({ prefix, reason }) =>
      asOperator(async (logs) => {
        const access = {
          ...logs.operator,
          append: logs.audit.append,
          spool: logs.stops.spoolStop,
          standstill: ticketClocks,
        };
        const by = operatorHere();
        const done = await suspend(access, { prefix, reason, by });
        if (done.kind === "unknown" || done.kind === "ended") return sayNo(prefix, done);
        // Before GitHub suspends the installation: from then on it ends no token of it.
        const leases = await revokeLeasesOf(env, done.tenantId);
        return { kind: done.kind, problems: [...leases, ...(await atGithub("suspend", done.tenantId, logs, by))] };
      }),
    certificate: (client) =>
      asOperator(async ({ operator, audit }) => {
        const id = tenantId(client);
        const of = id === null ? { prefix: client } : { tenantId: id };
        const found = await readCertificateOf({ ...operator, append: audit.append }, audit.entryById, of);
        return found === null
          ? refused(
              `Nobody of the name ${JSON.stringify(client.slice(0, 40))} is gone. A certificate is there when all of an erasure is done: countersign tenant list`,
            )
          : { kind: "certificate", id: found.tenantId, text: found.text };
      }),
    reinstate: ({ prefix, reason }) =>
      asOperator(async (logs) => {
        const by = operatorHere();
        const access = { ...logs.operator, append: logs.audit.append, standstill: ticketClocks };
        const done = await reinstate(access, { prefix, reason, by });
        if (done.kind === "too_late") return refused(tooLate(prefix, done.since));
        return done.kind === "unknown" || done.kind === "ended"
          ? sayNo(prefix, done)
          : { kind: done.kind, problems: await atGithub("unsuspend", done.tenantId, logs, by) };
      }),
  };
}

/** After the rows: GitHub may be away, and access is dead without it. What the client shut himself stays shut. Sentences about what was not done. */
async function atGithub(
  what: "suspend" | "unsuspend",
  tenant: TenantId,
  { operator, audit, installations }: Operators,
  by: By,
): Promise<readonly string[]> {
  const found = (await withOperator(operator, listTenants)).find(({ tenantId }) => tenantId === tenant);
  const own = (found?.installations ?? []).filter(
    (one) => !found?.lost.some(({ installation }) => installation === one),
  );
  if (installations === null)
    return own.map(
      (one) =>
        `At GitHub nothing was changed: no GitHub App is configured here (beside a demo there never is). Installation ${one} is as it was; run this command again where the App is configured.`,
    );
  const side = githubSide({ access: { ...operator, append: audit.append }, installations, by });
  const problems: string[] = [];
  for (const one of own)
    await side[what](one).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      problems.push(`Installation ${one} is as it was at GitHub: ${error.message} Run this command again.`);
    });
  return problems;
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

/** O4: the instant, so that nobody has to wonder about clocks. */
const tooLate = (prefix: string, since: Instant): string =>
  `${prefix} cannot be taken back: that was possible until ${iso(since)}, and its erasure goes on. Onboard it again as a new client when it is gone.`;

const asListed = ({ tenantId, validKeys, ...each }: Tenant): ListedTenant => ({
  ...each,
  id: tenantId,
  apiKeys: validKeys,
});

const assetsFor = async ({ tenantId }: Tenant, { operator }: Operators): Promise<ShownTenant["assets"]> =>
  (await withOperator(operator, (tx) => assetsOf(tx, tenantId))).map(({ kind, locator }) => ({ kind, locator }));
