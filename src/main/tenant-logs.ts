// What the commands about logs need: the database of this machine (of a server that runs, or of the settings), the log with
// its keys, and a tenant by its prefix.

import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { createReading, proveEntry, type ShownTo } from "#audit/io";
import { Fault, PLATFORM_LOG, type EntryId, type TenantId } from "#kernel";
import { type ChannelsConfig, type DemoConfig, type Environment, type ServeConfig, readConfig } from "#platform/config";
import { createGitHub, installationsOf, type Installations } from "#platform/github";
import { createLog } from "#platform/log";
import { withOperator, type TenantClaim, type TenantTx } from "#platform/postgres";
import { activeTenants, listTenants, ownPrefix, type By } from "#tenants/io";
import { openAudit, type OpenAudit } from "./audit.ts";
import { openHere, type OpenDatabase } from "./database.ts";
import { opened } from "./lifecycle.ts";
import { NOTHING_HERE, orRefused, refused, type Refused } from "./refused.ts";

export interface OpenLogs extends OpenAudit, OpenDatabase {
  readonly clientsDir: string;
  readonly channels: ChannelsConfig;
  /** Receivers of webhooks may be on this machine: the demo's alone. */
  readonly loopback: boolean;
  /** null: no GitHub App is configured here. */
  readonly installations: Installations | null;
}

export interface NamedLog {
  readonly prefix: string;
  readonly tenantId: TenantId;
  /** Asked for anew each time: one lives fifteen minutes, an export longer. Throws when the tenant is active no more. */
  readonly claim: () => Promise<TenantClaim>;
}

/** Opens, works, closes. */
export async function withLogs<T>(
  env: Environment,
  say: (line: string) => void,
  work: (logs: OpenLogs) => Promise<T>,
): Promise<T | Refused> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") return refused(...config.problems);
  const log = createLog({ level: "error", secrets: config.secrets });
  const resources = opened(log);
  return orRefused(resources, async () => {
    const open = await openHere(config, log, resources, say);
    return open === null
      ? refused(NOTHING_HERE)
      : work({
          ...open,
          ...(await openAudit(config, open.database)),
          clientsDir: config.clientsDir,
          channels: config.channels,
          loopback: config.kind === "demo",
          installations: installationsIn(config),
        });
  });
}

function installationsIn(config: DemoConfig | ServeConfig): Installations | null {
  if (config.kind === "demo" || config.github.kind === "unconnected") return null;
  const { appId, privateKey, apiUrl: baseUrl } = config.github;
  return installationsOf(createGitHub({ appId, privateKey, baseUrl }));
}

/** Whoever has a shell here. The one request id stands in every entry of this run. */
export const shellUser = (): ShownTo => ({
  initiator: { type: "operator", id: userInfo().username },
  requestId: randomUUID(),
});

/** The same person, as a room of operators wants to know them. */
export const operatorHere = (): By => {
  const { initiator, requestId } = shellUser();
  return { operator: initiator, requestId };
};

/** INVARIANT: what is shown of a client is on record in its log, in the transaction that read it. */
export const noted = ({ audit }: OpenLogs, tx: TenantTx, what: string, count: number): Promise<void> =>
  createReading(audit).note(tx, shellUser(), {
    kind: "audit.read",
    target: { type: "tenant", id: tx.tenantId },
    count,
    what: { what },
  });

/** The logs that a prefix names; all of them, and the platform's own, for null. */
export async function namedLogs({ database }: OpenLogs, prefix: string | null): Promise<readonly NamedLog[]> {
  const found: NamedLog[] = [];
  for (const tenantId of [...(await database.withPlatform(activeTenants)), PLATFORM_LOG]) {
    const claim = async (): Promise<TenantClaim> => {
      const made = await database.claimFor(tenantId);
      if (made === null) throw new Fault("tenant_inactive", "The tenant is not active any more.");
      return made;
    };
    const own = await database.withTenant(await claim(), ownPrefix);
    if (prefix === null || own === prefix.toLowerCase()) found.push({ prefix: own, tenantId, claim });
  }
  return found;
}

/** Whichever log has that entry. Nobody's: the first one, so that it is on record there that somebody asked. */
export async function logWithEntry(logs: OpenLogs, id: EntryId): Promise<NamedLog> {
  const all = await namedLogs(logs, null);
  for (const one of all) {
    const proof = await logs.database.withTenant(await one.claim(), (tx) =>
      proveEntry(tx, { tenantId: one.tenantId, entryId: id }),
    );
    if (proof.kind !== "no_such_entry") return one;
  }
  const [first] = all;
  if (first === undefined) throw new Fault("invariant_broken", "The platform's own log is not there.");
  return first;
}

/** What only the operator's login knows: a client of that name is there, and nobody has access to it. */
async function suspendedLog({ operator }: OpenLogs, prefix: string): Promise<Refused | null> {
  if (operator === null) return null;
  const found = (await withOperator(operator, listTenants)).find((each) => each.prefix === prefix);
  return found?.state !== "suspended"
    ? null
    : refused(
        `${prefix} is suspended: nobody has access to it, and nothing of it is lost. Take it back with: countersign tenant reinstate ${prefix} --reason TEXT`,
      );
}

/** Exactly one, or a sentence that lists what there is. */
export async function oneLog(logs: OpenLogs, prefix: string | null): Promise<NamedLog | Refused> {
  const all = await namedLogs(logs, null);
  const tenants = all.filter(({ tenantId }) => tenantId !== PLATFORM_LOG);
  const [one, second] = prefix === null ? tenants : all.filter((log) => log.prefix === prefix.toLowerCase());
  if (one !== undefined && second === undefined) return one;
  const away = prefix === null ? null : await suspendedLog(logs, prefix.toLowerCase());
  if (away !== null) return away;
  const there = tenants.length === 0 ? "none yet" : tenants.map((log) => log.prefix).join(", ");
  const own = all.filter(({ tenantId }) => tenantId === PLATFORM_LOG).map((log) => log.prefix);
  return refused(
    `${prefix === null ? "Which client? Give --tenant." : "There is no active tenant of that name."} Tenants: ${there}. The platform's own log: ${own.join("")}.`,
  );
}
