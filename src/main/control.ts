// `countersign control`: the operator's hands on what stops agents.

import { join } from "node:path";
import { createStopLog, enterLog, type Append, type Spool } from "#audit/io";
import type { ControlPorts, ControlStatus, ControlTarget } from "#cli";
import type { Actor, Scope } from "#controls";
import { createBreaker, createBudgets, kill, listKills, openBreakers, rearm } from "#controls/io";
import { repositories } from "#gate/io";
import { listAgents } from "#identity/io";
import { agentId, Fault, tenantId, type AgentId, type TenantId } from "#kernel";
import { readConfig, type DemoConfig, type Environment, type ServeConfig } from "#platform/config";
import { createLog } from "#platform/log";
import { withOperator, type Database, type OperatorOptions, type TenantTx } from "#platform/postgres";
import { listTenants, type Tenant } from "#tenants/io";
import { createKms, openAudit } from "./audit.ts";
import { openHere, type OpenDatabase } from "./database.ts";
import { revokeLeasesOf } from "./lease-side.ts";
import { opened } from "./lifecycle.ts";
import { namesOf } from "./names.ts";
import { operatorKey, unknownOperator } from "./operator-key.ts";
import { NOTHING_HERE, orRefused, refused, type Refused } from "./refused.ts";
import { shellUser } from "./tenant-logs.ts";

interface Access extends OperatorOptions {
  readonly append: Append;
  readonly spool: Spool;
}

const me = (): Actor => {
  const { initiator, requestId } = shellUser();
  return { initiator: { type: "operator", id: initiator.id }, requestId };
};

interface Here {
  readonly access: Access;
  readonly database: Database;
  readonly config: DemoConfig | ServeConfig;
}

export function controlPorts(env: Environment, say: (line: string) => void): ControlPorts {
  const withControls = <T>(work: (here: Here) => Promise<T | Refused>): Promise<T | Refused> =>
    openControl(env, say, work);

  /** What the one who stopped should know. INVARIANT: the kill stands by now, whatever is found. */
  async function afterKill(database: Database, scope: Scope): Promise<readonly string[]> {
    // Servers end them by themselves; where none runs, or it hangs, the lease broker may still be there.
    if (scope.kind === "tenant") return revokeLeasesOf(env, scope.tenant);
    return scope.kind === "repository" ? strange(database, scope) : [];
  }

  const inTenant = <T>(
    asked: { readonly tenant: string; readonly agent: string | null },
    work: (access: Access, tx: TenantTx, agent: AgentId | null) => Promise<T | Refused>,
  ): Promise<T | Refused> =>
    withControls(async ({ access }) => {
      const found = await scopeFor(
        access,
        asked.agent === null ? { kind: "tenant", ...asked } : { kind: "agent", ...asked, agent: asked.agent },
      );
      if (found.kind === "refused") return found;
      const { scope } = found;
      if (scope.kind !== "tenant" && scope.kind !== "agent") return refused("Name a tenant.");
      return withOperator(access, async (operator) => {
        const tx = await enterLog(operator, scope.tenant);
        return tx === null
          ? refused(`${asked.tenant} is not active: none of its agents can do anything now.`)
          : work(access, tx, scope.kind === "agent" ? scope.agent : null);
      });
    });

  return {
    status: (tenant) => withControls(({ access, config }) => statusOf(access, config, tenant)),
    kill: ({ target, reason }) =>
      withControls(async ({ access, database }) => {
        const found = await scopeFor(access, target);
        if (found.kind === "refused") return found;
        const { scope } = found;
        const done = await kill(access, { scope, reason, by: me() });
        return { ...done, scope, problems: await afterKill(database, scope) };
      }),
    rearm: ({ target, reason }) =>
      withControls(async ({ access }) => {
        const found = await scopeFor(access, target);
        if (found.kind === "refused") return found;
        const who = await operatorKey(env);
        if (who.kind === "refused") return who;
        const done = await rearm(access, { scope: found.scope, reason, key: who.key, by: me() });
        return done.kind === "unknown_key" ? unknownOperator() : done;
      }),
    resetBreaker: (asked) =>
      inTenant(asked, async ({ append }, tx, agent) =>
        agent === null
          ? refused("Name an agent.")
          : { kind: await createBreaker({ append }).reset(tx, { agent, reason: asked.reason, by: me() }) },
      ),
    budget: (asked) =>
      inTenant(asked, async ({ append }, tx, agent) => ({
        kind: "budget",
        agent,
        standing: await createBudgets({ append }).show(tx, agent),
      })),
    setBudget: ({ budget: kind, most, ...asked }) =>
      inTenant(asked, async ({ append }, tx, agent) => {
        const budgets = createBudgets({ append });
        await budgets.set(tx, { agent, kind, most, by: me() });
        return { kind: "set", standing: await budgets.show(tx, agent) };
      }),
  };
}

async function statusOf(
  access: Access,
  { controls }: DemoConfig | ServeConfig,
  tenant: string | null,
): Promise<ControlStatus | Refused> {
  const all = await withOperator(access, listTenants);
  const found = await withOperator(access, async (operator) => {
    const one = tenant === null ? null : oneOf(all, tenant);
    if (one !== null && "kind" in one) return one;
    const kills = (await listKills(operator)).filter(
      ({ scope }) => one === null || scope.kind === "platform" || scope.tenant === one.tenantId,
    );
    const breakers: ControlStatus["breakers"][number][] = [];
    for (const { tenantId: id, prefix } of one === null ? all : [one]) {
      const tx = await enterLog(operator, id);
      if (tx !== null) for (const each of await openBreakers(tx)) breakers.push({ ...each, prefix });
    }
    return { kind: "status" as const, environment: controls, kills, breakers };
  });
  if (found.kind === "refused") return found;
  const { kills, breakers } = found;
  const owners = new Set([...kills.map(({ prefix }) => prefix), ...breakers.map(({ prefix }) => prefix)]);
  return {
    ...found,
    names: await namesOf(
      access,
      all.filter(({ prefix }) => owners.has(prefix)),
    ),
  };
}

/** A slip in a repository's number stops nothing. */
async function strange(
  database: Database,
  { tenant, repository }: Extract<Scope, { kind: "repository" }>,
): Promise<readonly string[]> {
  const claim = await database.claimFor(tenant);
  const known = claim === null ? null : await database.withTenant(claim, repositories);
  if (known === null || known.some(({ id }) => id === repository)) return [];
  const there = known.slice(0, 20).map(({ id, name }) => `${id} is ${name}`);
  return [
    `The kill stands, but the client has no repository ${repository} now: look at the number, since the one you mean may go on. ${there.length === 0 ? "It has none." : `There are: ${there.join(", ")}.`} Or stop the whole client, without --repository.`,
  ];
}

type Found = { readonly kind: "scope"; readonly scope: Scope } | Refused;

/** By prefix, as people know a tenant, or by id, as an agent was told; suspended ones, too. */
async function scopeFor(access: Access, target: ControlTarget): Promise<Found> {
  if (target.kind === "platform") return { kind: "scope", scope: target };
  const one = oneOf(await withOperator(access, listTenants), target.tenant);
  if ("kind" in one) return one;
  const { tenantId: tenant, prefix } = one;
  switch (target.kind) {
    case "tenant":
      return { kind: "scope", scope: { kind: "tenant", tenant } };
    case "repository":
      return { kind: "scope", scope: { kind: "repository", tenant, repository: target.repository } };
    case "agent": {
      const agent = await agentOf(access, tenant, target.agent);
      return agent === null
        ? refused(
            `${prefix} has no agent ${JSON.stringify(target.agent.slice(0, 60))}. List them: countersign agent list --tenant ${prefix}`,
          )
        : { kind: "scope", scope: { kind: "agent", tenant, agent } };
    }
  }
}

function oneOf(all: readonly Tenant[], name: string): Tenant | Refused {
  const id = tenantId(name);
  const found = all.find((each) => each.prefix === name.toLowerCase() || each.tenantId === id);
  const there = all.map(({ prefix }) => prefix).join(", ");
  return (
    found ??
    refused(`There is no client ${JSON.stringify(name.slice(0, 40))}. There are: ${there === "" ? "none yet" : there}.`)
  );
}

/** Whoever has the id needs no list: the agents of a client that is suspended cannot be listed, and can be stopped. */
async function agentOf(access: Access, tenant: TenantId, which: string): Promise<AgentId | null> {
  const id = agentId(which);
  if (id !== null) return id;
  const all = await listAgents(access, tenant);
  const named = all.filter(({ name }) => name.toLowerCase() === which.toLowerCase());
  return (named.findLast(({ revokedAt }) => revokedAt === null) ?? named.at(-1))?.id ?? null;
}

/** INVARIANT: a key store or a log that is away keeps nobody from stopping: what they would have written is spooled. */
async function openControl<T>(
  env: Environment,
  say: (line: string) => void,
  work: (here: Here) => Promise<T | Refused>,
): Promise<T | Refused> {
  const config = readConfig(env, "start");
  if (config.kind === "invalid") return refused(...config.problems);
  const log = createLog({ level: "error", secrets: config.secrets });
  const resources = opened(log);
  return orRefused(resources, async () => {
    const open = await openHere(config, log, resources, say);
    if (open === null) return refused(NOTHING_HERE);
    if (open.operator === null)
      return refused(
        "DATABASE_ADMIN_URL is missing: agents are stopped with the operator's login. A tenant's own people stop its agents on the page Controls. Or end the server: without it nothing is executed.",
      );
    return work({ access: { ...open.operator, ...(await logOrSpool(config, open)) }, database: open.database, config });
  });
}

async function logOrSpool(
  config: DemoConfig | ServeConfig,
  { database }: OpenDatabase,
): Promise<{ readonly append: Append; readonly spool: Spool }> {
  try {
    const { audit, stops } = await openAudit(config, database);
    return { append: audit.append, spool: stops.spoolStop };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const append: Append = () => Promise.reject(error);
    const kms = createKms(config.keyStore);
    const stops = createStopLog({ directory: join(config.directory, "spool"), kms, database, append, clock: Date.now });
    return { append, spool: stops.spoolStop };
  }
}
