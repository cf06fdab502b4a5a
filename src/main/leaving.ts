// `tenant offboard` and `tenant verify`: the order, going on with it where no server does, and what is left.

import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { OffboardAnswer, OffboardPorts, Progress, VerifyAnswer } from "#cli";
import type { Act } from "#identity";
import { createSecondPerson, listOperators } from "#identity/io";
import { PLATFORM_LOG, tenantId, type TenantId } from "#kernel";
import { readConfig, type Environment } from "#platform/config";
import { createLog } from "#platform/log";
import {
  createRoleDatabase,
  runningEmbeddedPostgres,
  withAuditor,
  withOperator,
  type OperatorOptions,
} from "#platform/postgres";
import {
  drive,
  horizonOf,
  inspect,
  listTenants,
  offboard,
  offboardingOf,
  orderAgain,
  overrideProvider,
  replicationSlots,
  tombstone,
  verifyDeparted,
  type Offboarding,
  type OffboardParts,
} from "#tenants/io";
import { ask } from "./ask.ts";
import { openBrokerFor } from "./broker.ts";
import { leasesHere } from "./leases-here.ts";
import { opened } from "./lifecycle.ts";
import { wayOut } from "./offboarding.ts";
import { operatorKey, unknownOperator } from "./operator-key.ts";
import { ticketClocks } from "./standstill.ts";
import { refused, type Refused } from "./refused.ts";
import { operatorHere, shellUser, withLogs, type OpenLogs } from "./tenant-logs.ts";

type Logs = OpenLogs & { readonly operator: OperatorOptions; readonly verifierUrl: string };

const LOOK_MS = 300;
/** How long the command waits for a server to take the first steps. */
const MOST_MS = 15_000;

export function leavingPorts(env: Environment, say: (line: string) => void): OffboardPorts {
  const asOperator = <T>(work: (logs: Logs) => Promise<T | Refused>): Promise<T | Refused> =>
    withLogs(env, say, async ({ operator, verifierUrl, ...logs }) => {
      if (operator === null)
        return refused("DATABASE_ADMIN_URL is missing: a client's way out is the operator's, not the server's.");
      if (verifierUrl === null)
        return refused("VERIFIER_DATABASE_URL is missing: a client's log is looked at before it ends.");
      return work({ ...logs, operator, verifierUrl });
    });
  // Asked before a command opens a database of its own.
  const asOperatorHere = <T>(work: (logs: Logs, byServer: boolean) => Promise<T | Refused>): Promise<T | Refused> => {
    const byServer = serverHere(env);
    return asOperator((logs) => work(logs, byServer));
  };

  return {
    ask,
    identify: (prefix) =>
      asOperator(async ({ operator }) => {
        const all = await withOperator(operator, listTenants);
        const found = all.find((each) => each.prefix === prefix);
        return found === undefined ? noSuch(prefix, all) : { kind: "client", id: found.tenantId };
      }),
    offboard: (asked) =>
      asOperatorHere(async (logs, byServer): Promise<OffboardAnswer> => {
        const access = { ...logs.operator, append: logs.audit.append, standstill: ticketClocks };
        const tenant = tenantId(asked.id);
        if (tenant === null) return refused("That is no client's id.");
        // A restored backup brought it back: its own log seals no order any more.
        if ((await logs.kms.state(tenant)) === "destroyed")
          await orderAgain(access, { kms: logs.kms, by: operatorHere() });
        const second = await secondPerson(env, logs, { ...asked, tenant });
        if (second.kind === "refused") return second;
        const done = await offboard(access, {
          prefix: asked.prefix,
          tenantId: asked.id,
          reason: asked.reason,
          by: operatorHere(),
          agreed: second.agreed,
        });
        switch (done.kind) {
          case "needs_second_person":
            return second.ask();
          case "held":
            return refused(
              `A legal hold is on ${asked.prefix}: it stays as it is. The refusal is in its log. See: countersign audit hold list`,
            );
          case "another":
            return refused("Nothing was changed: that name and that id are not of one client.");
          case "unknown":
            return refused(`There is no client ${JSON.stringify(asked.prefix)}. There are: ${done.there.join(", ")}.`);
          case "refused":
            return refused(done.why);
          case "ordered":
          case "already": {
            await firstSteps(env, logs, done.tenantId, byServer, say);
            const progress = await progressOf(logs, done.tenantId, byServer);
            return progress === null ? refused("The order is not there.") : { kind: done.kind, progress };
          }
        }
      }),
    resume: ({ prefix, override }) =>
      asOperatorHere(async (logs, byServer): Promise<OffboardAnswer> => {
        const all = await withOperator(logs.operator, listTenants);
        const found = all.find((each) => each.prefix === prefix);
        if (found === undefined) return noSuch(prefix, all);
        if (override !== null) {
          const access = { ...logs.operator, append: logs.audit.append };
          const asked = { tenantId: found.tenantId, reason: override, by: operatorHere() };
          const done = await overrideProvider(access, asked);
          if (done.kind === "refused") return refused(done.why);
        }
        if (byServer) await settled(logs, found.tenantId);
        else await here(env, logs, (parts) => drive(parts, found.tenantId, false));
        const progress = await progressOf(logs, found.tenantId, byServer);
        return progress === null
          ? refused(`${prefix} is not leaving. To order it: countersign tenant offboard ${prefix} --reason TEXT`)
          : { kind: "resumed", progress: { ...progress, prefix } };
      }),
    verify: (named) => asOperatorHere((logs, byServer) => verifyNamed(env, logs, named, byServer)),
  };
}

const noSuch = (prefix: string, all: readonly { readonly prefix: string }[]): Refused =>
  refused(
    `There is no client ${JSON.stringify(prefix.slice(0, 40))}. There are: ${all.length === 0 ? "none yet" : all.map((each) => each.prefix).join(", ")}.`,
  );

/** Whether a server with the operator's access runs here: one with built-in PostgreSQL does. */
function serverHere(env: Environment): boolean {
  const config = readConfig(env, "start");
  return (
    config.kind !== "invalid" &&
    (config.kind === "demo" || config.database.kind === "embedded") &&
    runningEmbeddedPostgres(join(config.directory, "postgres")) !== null
  );
}

/** Once there are operators with keys of their own, one of them alone erases no client: also not the last of them (O18). */
async function secondPerson(
  env: Environment,
  logs: Logs,
  { prefix, tenant, reason }: { readonly prefix: string; readonly tenant: TenantId; readonly reason: string },
) {
  const access = { ...logs.operator, append: logs.audit.append };
  const operators = (await listOperators(access)).filter(({ revokedAt }) => revokedAt === null);
  const alone = { kind: "alone", agreed: null, ask: async () => refused("Nobody else is asked.") } as const;
  if (operators.length === 0) return alone;
  const who = await operatorKey(env);
  if (who.kind === "refused") return who;
  const door = createSecondPerson(access);
  const act: Act = { kind: "tenant.offboard", tenant, about: { prefix }, reason };
  const by = shellUser();
  return {
    kind: "two",
    agreed: async (tx: Parameters<typeof door.take>[0]) => (await door.take(tx, { key: who.key, act, by })) !== null,
    ask: async (): Promise<OffboardAnswer> => {
      const asked = await door.ask({ key: who.key, act, by });
      return asked.kind === "pending" ? asked : unknownOperator();
    },
  } as const;
}

/** With this process's own means. */
async function here<T>(env: Environment, logs: Logs, work: (parts: OffboardParts) => Promise<T>): Promise<T> {
  const config = readConfig(env, "start");
  const log = createLog({ level: "error", secrets: config.kind === "invalid" ? [] : config.secrets });
  const resources = opened(log);
  const verifier = createRoleDatabase({ url: logs.verifierUrl, role: "verifier", maxConnections: 2 });
  resources.add("the verifier's connections", () => verifier.close());
  const leases = leasesHere(env);
  resources.add("the lease broker's connection", async () => leases?.close());
  try {
    return await work(
      await wayOut({
        ...logs,
        append: logs.audit.append,
        verifier,
        leases,
        by: operatorHere(),
        backupDays: config.kind === "invalid" ? 0 : config.backupDays,
        broker: async () => {
          if (config.kind !== "serve") throw new Error("The demo's server signs by itself.");
          return openBrokerFor(config.audit.broker, log, resources);
        },
      }),
    );
  } finally {
    await resources.close();
  }
}

async function firstSteps(
  env: Environment,
  logs: Logs,
  tenant: TenantId,
  byServer: boolean,
  say: (line: string) => void,
): Promise<void> {
  if (!byServer) return void (await here(env, logs, (parts) => drive(parts, tenant, false)));
  say("All access is ended. The running server does the rest now:");
  await settled(logs, tenant);
}

/** Until the server has done what it can do now, or a while has passed. */
async function settled({ operator }: Logs, tenant: TenantId): Promise<void> {
  for (let waited = 0; waited < MOST_MS; waited += LOOK_MS) {
    const now = await withOperator(operator, (tx) => offboardingOf(tx, tenant));
    if (now === null || now.endedAt !== null || now.problem !== null) return;
    const soft = now.steps.slice(0, 3);
    if (now.state === "suspended" && !now.due && soft.every(({ at }) => at !== null)) return;
    await pause(LOOK_MS);
  }
}

async function progressOf({ operator }: Logs, tenant: TenantId, byServer: boolean): Promise<Progress | null> {
  const now = await withOperator(operator, (tx) => offboardingOf(tx, tenant));
  return now === null ? null : asProgress(now, byServer);
}

const asProgress = (now: Offboarding, byServer: boolean): Progress => ({
  prefix: now.prefix ?? now.tenantId,
  id: now.tenantId,
  state: now.state,
  hardAfter: now.hardAfter,
  over: now.due,
  steps: now.steps.map(({ step, at }) => ({ step, at })),
  problem: now.problem,
  byServer,
  ended: now.endedAt !== null,
});

async function verifyNamed(env: Environment, logs: Logs, named: string, byServer: boolean): Promise<VerifyAnswer> {
  const all = (await withOperator(logs.operator, listTenants)).filter(({ tenantId: id }) => id !== PLATFORM_LOG);
  const found = all.find((each) => each.prefix === named || each.tenantId === named);
  if (found !== undefined) {
    const now = await withOperator(logs.operator, (tx) => offboardingOf(tx, found.tenantId));
    if (now !== null && found.state !== "active") return { kind: "leaving", progress: asProgress(now, byServer) };
    const { rows, checks } = await inspect(logs.operator, found.tenantId);
    return { kind: "active", prefix: found.prefix, id: found.tenantId, state: found.state, rows, checks };
  }
  const id = tenantId(named);
  const stone = await withOperator(logs.operator, (tx) =>
    tombstone(tx, id === null ? { prefix: named } : { tenantId: id }),
  );
  const departed = stone?.tenantId ?? id;
  const ledger = departed === null ? null : await withOperator(logs.operator, (tx) => offboardingOf(tx, departed));
  if (departed === null || (stone === null && ledger === null)) return noSuch(named, all);
  return here(env, logs, async (parts): Promise<VerifyAnswer> => ({
    kind: "gone",
    id: departed,
    checks: await verifyDeparted(parts, departed),
    certificate: stone?.certificate ?? null,
    horizon: ledger?.endedAt === null || ledger === null ? null : horizonOf(ledger.endedAt, parts.backupDays),
    slots: await withAuditor(logs.operator, replicationSlots),
  }));
}
