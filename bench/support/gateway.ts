// The gateway and a doer as their two processes have them, on one tenant: all rooms are the real ones. Nothing outside is asked, and the tool
// does nothing.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createAudit } from "#audit/io";
import { handsOf, whenKilled, type Where } from "#controls";
import { createBreaker, createBudgets, openKillSwitch } from "#controls/io";
import { furthest, type ToolWork } from "#doer";
import { approvalOf, createDoer, serveSocket, workQueue } from "#doer/io";
import { repositoryNamed } from "#gate/io";
import type { Packet } from "#gateway";
import {
  carryBySocket,
  createDispatch,
  createGateway,
  createPacketSigner,
  createPolicies,
  takeTurns,
  type GatewayDeps,
  type OpenGateway,
} from "#gateway/io";
import type { AgentPrincipal } from "#identity";
import { addAgent, issueAgentKey, stillAsks } from "#identity/io";
import { entryId, installationId, personId, repoName, repositoryId, userId } from "#kernel";
import { createKeys } from "#keys/io";
import sql from "sql-template-tag";
import { bindInstallation } from "#tenants/io";
import { createDatabase, type TenantClaim } from "#platform/postgres";
import { createTracing, type OpenTrace, type Tracing } from "#platform/telemetry";
import { createScreening } from "#screening/io";
import type { Bench } from "./bench.ts";
import { onboarded, openBenchLog } from "./log.ts";

export type WayToDoer = "socket" | "queue";

export interface GatewayBench {
  readonly gateway: OpenGateway;
  readonly who: AgentPrincipal;
  /** Milliseconds of each stage, in the order of the calls. The doer's own part of `execute` is `doer`. */
  readonly parts: ReadonlyMap<string, number[]>;
  /** Two entries, each in a commit of its own: what no gateway can do without. */
  twoEntries(): Promise<void>;
  close(): Promise<void>;
}

function made<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("the benchmark's own constants are wrong");
  return value;
}
const REPOSITORY = {
  id: made(repositoryId(77)),
  name: made(repoName("acme/shop")),
  installation: made(installationId(1)),
};
const whereOf = ({ tenant, agent, repository }: Packet): Where => ({
  tenant,
  agent,
  repository: repository?.id ?? null,
});
const unused = (): never => {
  throw new Error("a GREEN call needs no such thing");
};
const thrown = (error: unknown): never => {
  throw error;
};

export async function openGatewayBench(
  { dir, postgres }: Pick<Bench, "dir" | "postgres">,
  way: WayToDoer,
  tool: ToolWork,
): Promise<GatewayBench> {
  const { audit, kms } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const keys = createKeys({ kms, clock: Date.now });
  const [claim] = await onboarded(1, { ...postgres, append: audit.append }, database);
  const tenant = made<TenantClaim>(claim);
  const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  await bindInstallation(
    { ...postgres, append: audit.append },
    { tenant: tenant.tenantId, installation: REPOSITORY.installation, by },
  );
  await database.withTenant(tenant, (tx) =>
    tx.run(sql`insert into gate.repository (tenant_id, repository_id, installation_id, name)
      values (${tx.tenantId}, ${REPOSITORY.id}, ${REPOSITORY.installation}, ${REPOSITORY.name})`),
  );
  const access = { ...postgres, append: audit.append };
  const asked = { initiator: by.operator, requestId: by.requestId };
  const requester = made(userId(1));
  const added = await addAgent(access, {
    tenant: tenant.tenantId,
    name: "builder",
    requester,
    tools: "all",
    by: asked,
  });
  if (added.kind !== "added") throw new Error(added.kind);
  const key = made(
    await issueAgentKey(access, { tenant: tenant.tenantId, agent: added.id, name: "bench", days: 1, by: asked }),
  );
  const killSwitch = await openKillSwitch({ url: postgres.appUrl, killed: false });
  const parts = new Map<string, number[]>();
  const note = (name: string, ms: number): void => {
    const known = parts.get(name);
    if (known === undefined) parts.set(name, [ms]);
    else known.push(ms);
  };

  const theirs = createDatabase({ url: postgres.doerUrl, claimKey: postgres.claimKey, login: "doer" });
  const theirKeys = createKeys({ kms, clock: Date.now });
  const theirAudit = createAudit({ keys: theirKeys });
  const theirSwitch = await openKillSwitch({ url: postgres.doerUrl, killed: false });
  const working = createDoer({
    database: theirs,
    keys: theirKeys,
    append: theirAudit.append,
    entryById: theirAudit.entryById,
    doer: randomUUID(),
    tools: { "repo.read": tool },
    leases: { ask: unused, finish: unused, revokeAll: unused },
    sandbox: unused,
    killed: (packet) => theirSwitch.look(whereOf(packet))?.reason ?? null,
    onKill: (packet, fn) => whenKilled(theirSwitch, whereOf(packet), ({ reason }) => fn(reason)),
    approval: approvalOf,
    monotonicMs: () => performance.now(),
    furthest: furthest(),
    onFault: thrown,
  });
  const doer: Pick<typeof working, "handle"> = {
    async handle(arrived) {
      const began = performance.now();
      const handled = await working.handle(arrived);
      note("doer", performance.now() - began);
      return handled;
    },
  };
  const socket = join(dir, "doer.sock");
  const served =
    way === "socket"
      ? await serveSocket({ socket, doer, onFault: thrown })
      : workQueue({ database: theirs, url: postgres.doerUrl, doer, atOnce: 4, onFault: thrown });
  const line = way === "socket" ? carryBySocket(socket) : null;
  const dispatch = createDispatch({
    database,
    url: postgres.appUrl,
    keys,
    ...(line === null ? {} : { carry: line.carry }),
    onError: thrown,
  });
  const deps: GatewayDeps = {
    database,
    turns: takeTurns(),
    append: audit.append,
    enqueue: unused,
    keys,
    killSwitch,
    breaker: createBreaker({ append: audit.append }),
    budgets: createBudgets({ append: audit.append }),
    screening: createScreening(),
    // Beside this: a folder for clients, so that the look whether a constitution has changed is part of the call.
    policies: createPolicies({ chosen: null, clientsDir: dir, onRefused: unused }),
    world: {
      repository: repositoryNamed,
      branch: unused,
      pull: unused,
      ticket: unused,
      sql: unused,
    },
    approvals: { crowded: unused, request: unused, standing: unused, use: unused, voidIt: unused },
    agentNow: unused,
    stillAsks,
    tracing: timed(createTracing({ sink: null }), note),
    hands: handsOf(false, () => ({
      signer: createPacketSigner({ keys, append: audit.append }),
      dispatch,
      endLeases: unused,
    })),
    pageOf: unused,
    onProblem: (_, error) => thrown(error),
  };
  const gateway = createGateway(deps);
  const entry = (n: number) =>
    database.withTenant(tenant, (tx) =>
      audit.append(tx, {
        kind: "audit.read",
        outcome: "success",
        observer: { type: "app", id: "countersign" },
        initiator: { type: "app", id: "bench" },
        target: { type: "tenant", id: tx.tenantId },
        requestId: "bench",
        body: { n },
      }),
    );
  return {
    gateway,
    who: {
      tenant: tenant.tenantId,
      agent: added.id,
      key: made(entryId(key.id)),
      name: "builder",
      requester: made(personId(randomUUID())),
      requesterName: "mona",
      tools: "all",
    },
    parts,
    async twoEntries() {
      await entry(1);
      await entry(2);
    },
    async close() {
      await gateway.close();
      await served.close();
      await working.close(0);
      await dispatch.close();
      await line?.close();
      await theirSwitch.close();
      await killSwitch.close();
      await theirs.close();
      await database.close();
    },
  };
}

/** The stages' own times, finer than a trace keeps them. */
function timed(real: Tracing, note: (name: string, ms: number) => void): Pick<Tracing, "open"> {
  return {
    open(start) {
      const trace = real.open(start);
      const stage: OpenTrace["stage"] = async (name, as, work) => {
        const began = performance.now();
        try {
          return await trace.stage(name, as, work);
        } finally {
          note(name, performance.now() - began);
        }
      };
      return { ...trace, stage };
    },
  };
}
