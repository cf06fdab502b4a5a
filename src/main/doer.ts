// The doer, as a process: `countersign doer` runs it, and a server with a login for it starts one as its child.

import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { createAudit } from "#audit/io";
import { whenKilled, type Where } from "#controls";
import { openKillSwitch } from "#controls/io";
import { furthest } from "#doer";
import {
  approvalOf,
  consumeKafka,
  createDoer,
  createTools,
  serveHttp,
  serveSocket,
  tracesOf,
  workQueue,
  type Doer,
  type Way,
} from "#doer/io";
import type { Packet } from "#gateway";
import { carryByHttp, carryByKafka, carryBySocket, type Carry, type CarryingWay } from "#gateway/io";
import { createKeys, openRoot } from "#keys/io";
import { egressHosts } from "#leases";
import { connectLeases } from "#leases/io";
import {
  readDoerProcess,
  type DispatchConfig,
  type DoerProcessConfig,
  type Environment,
  type ServeConfig,
} from "#platform/config";
import { createLog, createScrubber, type Log } from "#platform/log";
import { createDatabase, type TenantTx } from "#platform/postgres";
import { inherited, type ChildEnvironment } from "#platform/process";
import { runInSandbox } from "#sandbox/io";
import { createScreening } from "#screening/io";
import { ownPrefix } from "#tenants/io";
import { createTickets } from "#tickets/io";
import { createTell, receivers } from "#notify/io";
import { findRepository, pullRequests } from "#gate/io";
import { enqueue } from "#platform/jobs";
import type { TenantId } from "#kernel";
import { createKms } from "./audit.ts";
import { keepChild, orphaned } from "./child.ts";
import { clientRulesOf } from "./client-rules.ts";
import type { OpenDatabase } from "./database.ts";
import { keyStoreSettings, leaseSocketOf } from "./lease-broker.ts";
import { opened, orClose, repeat, type Opened } from "./lifecycle.ts";

/** What is under way when the process is asked to end has so long. */
const GRACE_MS = 8_000;
const SWEEP_MS = 2_000;

/** Executes until asked to end. Resolves to the sentences that keep it from starting. */
export async function runDoer(
  env: Environment,
  asked: () => Promise<void>,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const config = readDoerProcess(env);
  if (config.kind === "invalid") return config.problems;
  const ofAParent = process.connected;
  const log = createLog({ level: config.logLevel, secrets: config.secrets });
  const resources = opened(log);
  await orClose(resources, () => startDoer(config, log, resources));
  const end = ofAParent ? (process.connected ? orphaned() : Promise.resolve()) : asked();
  say(`The doer takes packets by ${wayOf(config.dispatch)}.`);
  process.send?.("ready");
  await end;
  await resources.close();
  return [];
}

function wayOf(dispatch: DispatchConfig): string {
  switch (dispatch.kind) {
    case "queue":
      return "the database's queue";
    case "http":
      return `the database's queue and the socket ${dispatch.socket}`;
    case "remote":
      return dispatch.listen === null
        ? "the database's queue"
        : `the database's queue and HTTP at ${dispatch.listen.host}:${dispatch.listen.port}`;
    case "kafka":
      return `the database's queue and Kafka, topic ${dispatch.topic}`;
  }
}

async function startDoer(config: DoerProcessConfig, log: Log, resources: Opened): Promise<void> {
  const { databaseUrl: url, claimKey } = config;
  const database = createDatabase({
    url,
    claimKey,
    login: "doer",
    maxConnections: config.atOnce + 4,
    onIdleError: (error) => log.warn({ err: error }, "an idle database connection broke"),
  });
  resources.add("database pool", () => database.close());
  const kms = createKms(config.keyStore);
  await openRoot(database, kms);
  const keys = createKeys({ kms, clock: Date.now });
  const audit = createAudit({ keys, secrets: config.secrets });
  const killSwitch = await openKillSwitch({
    url,
    killed: config.killed,
    onLost: (error) => log.error({ err: error }, "the kill switch cannot be read: everything counts as killed"),
    onBack: () => log.warn("the kill switch is read again"),
  });
  resources.add("the kill switch", () => killSwitch.close());
  const leases = connectLeases(config.leaseSocket);
  resources.add("the lease broker's connection", async () => leases.close());
  const onFault = (error: unknown): void => log.error({ err: error }, "the doer met a failure; it goes on");
  const inTenant = async <T>(tenant: TenantId, work: (tx: TenantTx) => Promise<T>): Promise<T | null> => {
    const claim = await database.claimFor(tenant);
    return claim === null ? null : database.withTenant(claim, work);
  };
  const scrub = createScrubber(config.secrets);
  const screening = createScreening();
  const tell = createTell(keys, receivers);
  const tools = createTools({
    dependencies: config.dependenciesDir,
    tickets: {
      tickets: createTickets({
        append: audit.append,
        keys,
        tell,
        // Nothing ages out here.
        lastSignal: async () => ({ kind: "unknown", why: "The doer closes nothing." }),
        repository: findRepository,
        pulls: pullRequests(enqueue),
        screen: (spans) => screening.screen(spans),
        prefix: ownPrefix,
      }),
      tell,
      prefix: ownPrefix,
    },
    inTenant,
    gitHost: egressHosts(config.apiUrl).git,
    async scrub(texts) {
      const { scrubbed } = await screening.screen(texts.map((text) => ({ origin: "agent", text })));
      return texts.map((text, at) => scrub(scrubbed[at] ?? text));
    },
    traces: async (packet, asked) =>
      (await inTenant(packet.tenant, (tx) => tracesOf(keys, tx, packet, asked))) ?? { calls: [] },
    select: {
      leases,
      async rulesOf({ tenant }) {
        const prefix = await inTenant(tenant, ownPrefix);
        if (prefix === null) return "The client is not active any more.";
        const read = await clientRulesOf(config.clientsDir, prefix);
        return read.kind === "refused" ? read.problems.join(" ") : read.rules;
      },
      appendFor:
        ({ tenant }) =>
        (entry) =>
          inTenant(tenant, (tx) => audit.append(tx, entry)),
    },
  });
  const doer = createDoer({
    database,
    keys,
    append: audit.append,
    entryById: audit.entryById,
    doer: randomUUID(),
    tools,
    leases,
    sandbox: runInSandbox,
    killed: (packet) => killSwitch.look(whereOf(packet))?.reason ?? null,
    onKill: (packet, fn) => whenKilled(killSwitch, whereOf(packet), ({ reason }) => fn(reason)),
    approval: approvalOf,
    monotonicMs: () => performance.now(),
    furthest: furthest(),
    onFault,
  });
  resources.add("executions under way", () => doer.close(GRACE_MS));
  resources.add(
    "the sweep of what doers have left",
    repeat(log, "sweep of what doers have left", SWEEP_MS, async () => void (await doer.sweep())),
  );
  for (const way of await waysTo(config, { database, url, doer, atOnce: config.atOnce, onFault }))
    resources.add("a way for packets", () => way.close());
}

type Queue = Parameters<typeof workQueue>[0];

async function waysTo({ dispatch }: DoerProcessConfig, queue: Queue): Promise<readonly Way[]> {
  const { onFault, atOnce } = queue;
  const doer: Pick<Doer, "handle"> = queue.doer;
  // The queue always: what was sent by it before another way was configured still has its minute.
  switch (dispatch.kind) {
    case "queue":
      return [workQueue(queue)];
    case "http":
      return [workQueue(queue), await serveSocket({ socket: dispatch.socket, doer, onFault })];
    case "remote":
      return dispatch.listen === null
        ? [workQueue(queue)]
        : [workQueue(queue), await serveHttp({ at: dispatch.listen, doer, onFault, clockMs: Date.now })];
    case "kafka":
      return [workQueue(queue), await consumeKafka({ ...dispatch, doer, atOnce, onFault })];
  }
}

const whereOf = ({ tenant, agent, repository }: Packet): Where => ({
  tenant,
  agent,
  repository: repository?.id ?? null,
});

/** The doer that a server starts for itself. False: nothing is executed here: there is no login for it, or calls are only explained. */
export async function keepDoer(
  config: Pick<ServeConfig, "keyStore" | "clientsDir" | "logLevel" | "controls" | "leases" | "dispatch"> & {
    readonly apiUrl: string;
  },
  database: OpenDatabase,
  log: Log,
  resources: Opened,
): Promise<boolean> {
  // INVARIANT (10, X10): where calls are only explained, nothing is there that could carry one out.
  if (config.controls.explain) return false;
  if (database.doerUrl === null) {
    log.warn(
      "DOER_DATABASE_URL is missing: this server starts no doer, and what agents ask for is executed only where one runs",
    );
    return false;
  }
  const env: ChildEnvironment = {
    ...inherited("PATH", "DEPENDENCIES_DIR"),
    DOER_DATABASE_URL: database.doerUrl,
    CLAIM_KEY: database.claimKey,
    LEASE_BROKER_SOCKET: leaseSocketOf(config.leases),
    GITHUB_API_URL: config.apiUrl,
    CLIENTS_DIR: resolve(config.clientsDir),
    LOG_LEVEL: config.logLevel === "info" ? "warn" : config.logLevel,
    ...(config.controls.killed ? { COUNTERSIGN_KILL_SWITCH: "1" } : {}),
    ...dispatchSettings(config.dispatch),
    ...keyStoreSettings(config.keyStore),
  };
  resources.add(
    "the doer",
    await keepChild({ name: "The doer", args: ["doer"], env, meanwhile: "nothing is executed" }, log),
  );
  return true;
}

function dispatchSettings(dispatch: DispatchConfig): ChildEnvironment {
  switch (dispatch.kind) {
    case "queue":
      return {};
    // The one on this machine works the queue: what is sent by another server, or was before this way was configured.
    case "remote":
      return {};
    case "http":
      return { DOER_SOCKET: dispatch.socket };
    case "kafka":
      return { KAFKA_BROKERS: dispatch.brokers.join(","), KAFKA_TOPIC: dispatch.topic };
  }
}

async function carryingBy(dispatch: Exclude<DispatchConfig, { kind: "queue" }>): Promise<CarryingWay | null> {
  switch (dispatch.kind) {
    case "remote":
      return dispatch.url === null ? null : carryByHttp(dispatch.url);
    case "http":
      return carryBySocket(dispatch.socket);
    case "kafka":
      return carryByKafka(dispatch.brokers, dispatch.topic);
  }
}

/** Another way than the queue, where one is configured. */
export async function openCarry(dispatch: DispatchConfig, resources: Opened): Promise<{ readonly carry?: Carry }> {
  switch (dispatch.kind) {
    case "queue":
      return {};
    case "remote":
    case "http":
    case "kafka": {
      const way = await carryingBy(dispatch);
      if (way === null) return {};
      resources.add("the way to the doer", () => way.close());
      return { carry: way.carry };
    }
  }
}
