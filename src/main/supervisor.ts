// The supervisor, wired: inbox, router, jobs, gate, timers, over one database and one GitHub App. `serve` and the demo
// differ only in what they hand in.

import { approvalHandlers, approvalsWorld, sweepApprovals, type TellDeps } from "#approvals/io";
import { type Audit, type Broker, intentHandlers, type StopLog, sweepIntents } from "#audit/io";
import { createBreaker } from "#controls/io";
import { createIntake, gateHandlers, gateWorld, sweep, type GateDeps, type Intake } from "#gate/io";
import type { Gateway } from "#gateway";
import { onDecided } from "#gateway/io";
import { createInbox, createRouter, githubHandlers, replyWorld } from "#github";
import type { Carry } from "#gateway/io";
import type { AppId } from "#kernel";
import { noticeWorld } from "#notify/io";
import type { ConnectedLeases } from "#leases/io";
import type { AuditConfig, Common } from "#platform/config";
import { createGitHub, installationsOf, type GitHubConnection } from "#platform/github";
import { createHttpApp, listen, type Listening } from "#platform/http";
import { enqueue, startWorkers } from "#platform/jobs";
import type { Log } from "#platform/log";
import { openTracing } from "#platform/telemetry";
import { installationWorld, ownPrefix } from "#tenants/io";
import { agentSurfaceOf } from "./agent-surface.ts";
import { tellAgentStopped } from "./agent-stopped.ts";
import { besidePulls, type Tickets } from "#tickets/io";
import type { OpenAudit } from "./audit.ts";
import { consoleOf } from "./console.ts";
import { endLeasesOnKill, openControls, type Controls } from "./controls.ts";
import type { OpenDatabase } from "./database.ts";
import { watchDisk } from "./disk.ts";
import { openGateway } from "./gateway.ts";
import { watchKeys } from "./key-watch.ts";
import { repeat, type Opened } from "./lifecycle.ts";
import { logArrival } from "./heard.ts";
import { keepLog } from "./keep-log.ts";
import { serveMerges } from "./merges.ts";
import { lookNightly, type Estate } from "./nightly.ts";
import { driveOffboardings } from "./offboarding.ts";
import { openNotify, type NotifyPlace } from "./notify.ts";
import { openPeople, type LoginConfig, type People } from "./people-pages.ts";
import { startPublisher } from "./publisher.ts";
import { startSequencer } from "./sequencer.ts";
import { openTickets } from "./tickets.ts";

/** How long a merge waits for its intent's place in the log, which takes milliseconds, before it is put off. */
const PLACE_MS = 10_000;

export interface SupervisorParts extends Pick<Common, "controls" | "telemetry" | "agentOauth" | "opaUrl"> {
  readonly app: {
    readonly appId: AppId;
    readonly privateKey: string;
    readonly webhookSecret: string;
    readonly apiUrl: string;
    /** What people sign in with; null: nobody does. */
    readonly login: LoginConfig;
  };
  readonly database: OpenDatabase;
  readonly audit: Audit;
  readonly stops: Pick<StopLog, "spoolStop">;
  readonly listenOn: { readonly host: string; readonly port: number };
  /** How often GitHub is held against the ledger: a lost delivery costs no more than this. */
  readonly sweepEveryMs: number;
  /** Signs the log's checkpoints; the only one that can. */
  readonly broker: Broker;
  /** How often every log's head is committed and signed: what a witness sees is no older than this. */
  readonly epochEveryMs: number;
  /** Witnesses, timestamps and copies; null: nobody outside is to see this log (the demo's). */
  readonly publishing: { readonly audit: AuditConfig; readonly directory: string } | null;
  /** Where what was made for clients is, besides GitHub, and where their channels are. */
  readonly estate: Pick<Estate, "clientsDir"> &
    Pick<OpenAudit, "keys" | "kms"> &
    Pick<Common, "backupDays" | "channels"> &
    Pick<NotifyPlace, "loopback">;
  /** Who ends the leases of a client that leaves; null: nothing is leased here. */
  readonly leases: ConnectedLeases | null;
  /** Another way to the doer than the database's queue. */
  readonly carry?: Carry;
  /** Where others reach this server; null: where they did. */
  readonly publicUrl: string | null;
  readonly log: Log;
  readonly resources: Opened;
}

export interface Supervisor {
  readonly at: Listening;
  readonly intake: Intake;
  readonly github: GitHubConnection;
  /** The log over HTTP: the demo has it on its own pages' address, too. */
  readonly logRoutes: ReturnType<typeof consoleOf>;
  readonly controls: Controls;
  readonly people: People;
  readonly gateway: Gateway;
  readonly tickets: Tickets;
  /** MCP and HTTP for agents, and tickets over HTTP: the demo has them on its own pages' address, too. */
  readonly agents: ReturnType<typeof agentSurfaceOf>;
}

export async function startSupervisor(parts: SupervisorParts): Promise<Supervisor> {
  const { log, resources, app } = parts;
  const { append } = parts.audit;
  const spool = parts.stops.spoolStop;
  const { database, url } = parts.database;
  const controls = await openControls({ config: parts.controls, url, append, log, resources });
  // What runs, runs in the doer, which ends its own calls' leases.
  if (parts.leases !== null) endLeasesOnKill({ ...controls, leases: parts.leases, database, running: () => [], log });
  const { acknowledge, role, diverged } = await startSequencer({
    database: parts.database,
    broker: parts.broker,
    append,
    epochEveryMs: parts.epochEveryMs,
    log,
    resources,
  });
  if (parts.publishing !== null)
    startPublisher({
      ...parts.publishing,
      sequencer: role,
      database,
      append,
      observer: { type: "app", id: String(app.appId) },
      log,
      resources,
    });
  const github = createGitHub({ appId: app.appId, privateKey: app.privateKey, baseUrl: app.apiUrl });
  const sequenced: GateDeps["sequenced"] = async (claim, entry) =>
    (await acknowledge(claim, entry, "sequenced", { timeoutMs: PLACE_MS })).kind === "acknowledged";
  const beside: GateDeps["beside"] = (tx, repository, numbers) =>
    besidePulls({ prefix: ownPrefix }, tx, repository, numbers);
  const deps: GateDeps = { database, github, enqueue, append, spool, sequenced, beside };
  const intake = createIntake(deps);
  serveMerges({ database, url, intake, log, resources });
  const router = await createRouter(log);

  const notify = await openNotify({ ...parts.estate, database, url, append, github, diverged, log, resources });
  const breaker = createBreaker({
    append,
    onTrip: tellAgentStopped({ tell: notify.tell, keys: parts.estate.keys, page: () => people.controlsPage() }),
  });
  const people = openPeople({
    database,
    append,
    spool,
    tell: notify.tell,
    keys: parts.estate.keys,
    breaker,
    github: app,
    planAgain: (claim, approval) => planAgain(claim, approval),
    onDecided: onDecided(enqueue),
  });
  const { tickets, sources, ticketRoutes } = openTickets({
    ...parts.estate,
    database,
    github,
    append,
    tell: notify.tell,
    approvals: people.approvals,
    publicUrl: parts.publicUrl,
    reached: people.url,
    diverged,
    log,
    resources,
  });
  notify.deliverFor({ tickets, approvals: people.approvals });
  const telling: TellDeps = { database, github, enqueue, append, approvals: people.approvals, pageOf: people.pageOf };

  const tracing = await openTracing(parts.telemetry, (err) => log.warn({ err }, "traces of calls are not exported"));
  resources.add("traces of calls", () => tracing.close());
  const {
    gateway,
    planAgain,
    handlers: ofCalls,
    worlds: ofActs,
  } = openGateway({
    ...parts,
    append,
    keys: parts.estate.keys,
    clientsDir: parts.estate.clientsDir,
    github,
    controls,
    breaker,
    approvals: people.approvals,
    pageOf: people.pageOf,
    tickets,
    tracing,
  });

  const workers = await startWorkers({
    url,
    handlers: {
      ...githubHandlers({ db: database, enqueue, append, spool, github, intake, router, news: sources.news }),
      ...gateHandlers(deps),
      ...approvalHandlers(telling),
      ...sources.handlers,
      ...ofCalls,
      ...intentHandlers({
        database,
        append,
        observer: { type: "app", id: String(app.appId) },
        worlds: {
          ...gateWorld(deps, parts.audit.entryById),
          "github.reply": replyWorld({ db: database, github, enqueue }),
          "approval.publish": approvalsWorld(telling),
          "notice.send": noticeWorld({ database }),
          ...ofActs,
          "tenant.installation_change": installationWorld({
            database,
            installations: installationsOf(github),
            entryById: parts.audit.entryById,
          }),
        },
      }),
    },
    onProblem: (problem) =>
      log.warn({ err: problem.error, task: problem.task, attempt: problem.attempt }, problem.kind),
  });
  resources.add("job workers", () => workers.drain());

  resources.add(
    "the sweep",
    repeat(log, "sweep", parts.sweepEveryMs, () => sweep(deps)),
  );
  resources.add(
    "the sweep of approvals",
    repeat(log, "sweep of approvals", parts.sweepEveryMs, () => sweepApprovals(telling)),
  );
  resources.add(
    "the sweep of open intents",
    repeat(log, "sweep of open intents", parts.sweepEveryMs, () => sweepIntents({ database, enqueue })),
  );

  keepLog({ database, append, observer: { type: "app", id: String(app.appId) }, log, resources });
  const host = githubHost(app.apiUrl);
  if (parts.publishing !== null) {
    watchKeys({ database, append, log }, resources);
    watchDisk(parts.publishing.directory, log, resources);
    const worm = parts.publishing.audit.wormDirectory;
    const estate = { ...parts.estate, github: { host, installations: installationsOf(github) } };
    lookNightly({ verifierUrl: parts.database.verifierUrl, worm, estate, database, append, log, resources });
  }

  await driveOffboardings({
    ...parts.estate,
    ...parts.database,
    installations: installationsOf(github),
    leases: parts.leases,
    append,
    broker: parts.broker,
    log,
    resources,
  });

  const http = createHttpApp({ log, notReady: () => database.withPlatform(async () => null) });
  http.route(
    "/",
    createInbox({
      db: database,
      enqueue,
      append,
      spool,
      appId: app.appId,
      secrets: [app.webhookSecret],
      host,
      onArrival: (arrival) => logArrival(log, arrival),
    }),
  );
  const logRoutes = consoleOf({
    database,
    audit: parts.audit,
    broker: parts.broker,
    witnesses: parts.publishing?.audit.policy ?? null,
    publicUrl: parts.publicUrl,
  });
  http.route("/", logRoutes);
  http.route("/", people.routes);
  http.route("/", sources.routes);
  http.route("/", notify.webhookRoutes);
  const agents = agentSurfaceOf({
    database,
    gateway,
    killSwitch: controls.killSwitch,
    http: { ...parts.listenOn, publicUrl: parts.publicUrl },
    oauth: parts.agentOauth,
  });
  agents.route("/", ticketRoutes);
  http.route("/", agents);
  http.get("/", (c) => c.redirect("/approvals", 303));
  const at = await listen(http, parts.listenOn);
  people.reachedAt(parts.publicUrl ?? `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`);
  // Opened last, closed first: no delivery is accepted that nobody would work on.
  resources.add("HTTP server", at.stop);
  return { at, intake, github, logRoutes, controls, people, gateway, agents, tickets };
}

/** What an API's address is the address of. */
export const githubHost = (apiUrl: string): string =>
  new URL(apiUrl).hostname === "api.github.com" ? "github.com" : new URL(apiUrl).host;
