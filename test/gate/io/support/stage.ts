// The running pieces around the gate: the local GitHub over HTTP, the real client, inbox, translation, ledger, jobs and
// PostgreSQL. Only time is ours: jobs run when `settle` says so, so no test sleeps.

import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Logger, runOnce } from "graphile-worker";
import pino from "pino";
import sql from "sql-template-tag";
import { afterAll, expect } from "vitest";
import { z } from "zod";
import { intentHandlers, sweepIntents } from "#audit/io";
import { createInbox, createRouter, githubHandlers, replyWorld } from "#github";
import { appId, millis, prNumber, repoName, repositoryId } from "#kernel";
import type { AppId, PrNumber, RepoName, RepositoryId } from "#kernel";
import { createGitHub } from "#platform/github";
import { enqueue } from "#platform/jobs";
import type { JobHandler } from "#platform/jobs";
import { openPool } from "#platform/postgres";
import { createIntake, gateHandlers, gateWorld, sweep } from "#gate/io";
import type { GateDeps, Intake, MergeAnswer, Step } from "#gate/io";
import { deliver, findRepository, scene, serveWorld } from "#demo/world";
import type { CheckRun, Exchange, Scene } from "#demo/world";
import { testDatabase } from "../../../support/database.ts";
import type { TestDatabase, TestTenant } from "../../../support/database.ts";
import { checkWorld } from "../../../support/world.ts";

export class Killed extends Error {}

export interface Stage extends Scene {
  readonly t: TestDatabase;
  readonly tenant: TestTenant;
  readonly deps: GateDeps;
  /** What stands beside every verdict. */
  readonly beside: string[];
  readonly intake: Intake;
  readonly repositoryId: RepositoryId;
  readonly name: RepoName;
  readonly pr: PrNumber;
  /** The process dies at this step, once: from there on nothing of the job runs. */
  killAt(step: Step | null): void;
  /** Sends what GitHub has to send and runs every job until there is none. Jobs that fail are tried `tries` times. */
  settle(tries?: number): Promise<void>;
  jobs(tries?: number): Promise<void>;
  /** Runs the waiting jobs of one task, and leaves what they ask for waiting. */
  only(task: string): Promise<void>;
  sweep(tries?: number): Promise<void>;
  /** Every intent without outcome has been open for an hour more, and nobody was asked about it in that hour. */
  ageIntents(): Promise<void>;
  merge(number?: PrNumber): Promise<MergeAnswer>;
  /** What GitHub shows of our check on a SHA. */
  check(sha: string): CheckRun | undefined;
  reasons(number?: number): Promise<readonly string[]>;
  incidents(): Promise<readonly string[]>;
  /** Kind and outcome of audit entries, oldest first. */
  entries(kind: string): Promise<readonly string[]>;
  /** Calls to GitHub's API, tokens aside. */
  calls(): readonly Exchange[];
  failures(): readonly string[];
}

const asAppId = (n: number): AppId => appId(n) ?? expect.unreachable();
export const asNumber = (n: number): PrNumber => prNumber(n) ?? expect.unreachable();

export interface StageOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly prefix?: string;
  /** The webhooks of what happened before are lost unless said otherwise. */
  readonly heard?: boolean;
}

const jobRow = z.object({ n: z.coerce.number() });

export async function stage(options: StageOptions = {}): Promise<Stage> {
  const t = await testDatabase();
  const set = scene(options.files === undefined ? {} : { files: options.files });
  const running = await serveWorld(set.world);
  const tenant = await t.tenant(options.prefix ?? "acme", set.installation);
  const github = createGitHub({
    appId: asAppId(set.appId),
    privateKey: set.privateKey,
    baseUrl: running.url,
    retryBaseMs: millis(1),
  });
  let dead: Step | null = null;
  const beside: string[] = [];
  const deps: GateDeps = {
    database: t.db,
    github,
    enqueue,
    append: t.append,
    spool: t.spool,
    sequenced: async () => true,
    beside: async () => beside,
    crash: (step) => {
      if (step !== dead) return;
      dead = null;
      throw new Killed(step);
    },
  };
  const intake = createIntake(deps);
  const router = await createRouter(pino({ level: "silent" }));
  const handlers: Readonly<Record<string, JobHandler>> = {
    ...githubHandlers({ db: t.db, enqueue, append: t.append, spool: t.spool, github, intake, router, news: null }),
    ...gateHandlers(deps),
    ...intentHandlers({
      database: t.db,
      append: t.append,
      observer: { type: "app", id: String(set.appId) },
      worlds: {
        ...gateWorld(deps, t.audit.entryById),
        "github.reply": replyWorld({ db: t.db, github, enqueue }),
      },
    }),
  };
  const inbox = createInbox({
    db: t.db,
    enqueue,
    append: t.append,
    spool: t.spool,
    appId: asAppId(set.appId),
    secrets: [set.webhookSecret],
    host: "github.com",
  });
  const server = serve({ fetch: inbox.fetch, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = z.object({ port: z.int() }).parse(server.address());
  set.world.hook.url = `http://127.0.0.1:${address.port}/api/github/webhooks`;
  const pool = openPool({ url: t.urls.app, max: 4, onError: () => {} });
  afterAll(async () => {
    await running.close();
    server.close();
    await pool.end();
  });

  const failed: string[] = [];
  /** The queue writes down what became of a job after its run is over. */
  async function released(): Promise<void> {
    for (let look = 0; look < 200; look += 1) {
      const [held] = z
        .array(jobRow)
        .parse(await t.adminSql("select count(*) as n from graphile_worker._private_jobs where locked_at is not null"));
      if (held === undefined || held.n === 0) return;
    }
  }

  async function runDue(only?: string): Promise<void> {
    await runOnce({
      pgPool: pool,
      noHandleSignals: true,
      logger: new Logger(() => () => {}),
      parsedCronItems: [],
      taskList: Object.fromEntries(
        Object.entries(handlers)
          .filter(([name]) => only === undefined || name === only)
          .map(([name, handler]) => [
            name,
            async (payload: unknown) => {
              try {
                await handler(payload, new AbortController().signal);
              } catch (error) {
                failed.push(`${name}: ${error instanceof Error ? error.message : "?"}`);
                throw error;
              }
            },
          ]),
      ),
    });
    await released();
  }

  async function jobs(tries = 1): Promise<void> {
    // Each round makes every waiting job due, whatever delay or back-off it has: time is not what is tested here.
    for (let round = 0; round < 50; round += 1) {
      await t.adminSql(
        "update graphile_worker._private_jobs set run_at = now() - interval '1 second' where attempts < $1 and locked_at is null",
        [tries],
      );
      const [due] = z
        .array(jobRow)
        .parse(
          await t.adminSql(
            "select count(*) as n from graphile_worker._private_jobs where attempts < $1 and run_at <= now()",
            [tries],
          ),
        );
      if (due === undefined || due.n === 0) return;
      await runDue();
    }
  }

  const repository = findRepository(set.world, set.repo);
  if (repository === undefined) throw new Error("the scene has no repository");
  const own = repositoryId(repository.id) ?? expect.unreachable();
  const made: Stage = {
    ...set,
    t,
    tenant,
    deps,
    beside,
    intake,
    repositoryId: own,
    name: repoName(set.repo) ?? expect.unreachable(),
    pr: asNumber(set.number),
    killAt: (step) => {
      dead = step;
    },
    jobs,
    async settle(tries = 1) {
      // Publishing makes GitHub send events about our own check: those too, until it is quiet.
      for (let round = 0; round < 10; round += 1) {
        await deliver(set.world);
        await jobs(tries);
        if (set.world.hook.queue.length === 0) return;
      }
    },
    async only(task) {
      await t.adminSql("update graphile_worker._private_jobs set run_at = now() - interval '1 second'");
      await runDue(task);
    },
    async sweep(tries = 1) {
      await sweep(deps);
      await sweepIntents({ database: t.db, enqueue });
      await made.settle(tries);
    },
    async ageIntents() {
      await t.adminSql(
        "update audit.open_intent set opened_at = opened_at - interval '1 hour', asked_at = asked_at - interval '1 hour'",
      );
    },
    merge: (number = made.pr) =>
      t.db.withTenant(tenant.claim, (tx) =>
        intake.requestMerge(tx, { repositoryId: own, number, requestedBy: { type: "operator", id: "test" } }),
      ),
    check: (sha) =>
      findRepository(set.world, set.repo)
        ?.checkRuns.filter((run) => run.appId === set.appId && run.headSha === sha)
        .at(-1),
    async reasons(number = set.number) {
      const rows = await t.adminSql(
        "select v.reasons from gate.pull_request p join gate.verdict v using (tenant_id, verdict_id) where p.number = $1",
        [number],
      );
      return z.array(z.object({ reasons: z.array(z.string()) })).parse(rows)[0]?.reasons ?? [];
    },
    async incidents() {
      return z
        .array(z.object({ kind: z.string() }))
        .parse(await t.adminSql("select kind from gate.incident where closed_at is null order by incident_id"))
        .map((row) => row.kind);
    },
    async entries(kind) {
      const rows = await t.adminSql(
        "select convert_from(leaf, 'UTF8')::json ->> 'outcome' as outcome from audit.entry where convert_from(leaf, 'UTF8')::json ->> 'kind' = $1 order by entry_id",
        [kind],
      );
      return z
        .array(z.object({ outcome: z.string() }))
        .parse(rows)
        .map((row) => row.outcome);
    },
    calls: () =>
      set.world.journal.exchanges.filter((e) => e.route !== "POST /app/installations/{installation_id}/access_tokens"),
    failures: () => failed,
  };
  if (options.heard !== true) set.world.hook.queue.length = 0;
  await register(made);
  await made.settle();
  return made;
}

/** The repository becomes known as by an `installation` delivery, and nothing else. */
async function register(s: Stage): Promise<void> {
  await s.t.adminSql(
    "insert into gate.repository (tenant_id, repository_id, installation_id, name) values ($1, $2, $3, $4)",
    [s.tenant.id, s.repositoryId, s.installation, s.repo],
  );
  await s.t.db.withTenant(s.tenant.claim, (tx) => tx.run(requester(s)));
}

const requester = (s: Stage): ReturnType<typeof sql> =>
  sql`insert into gate.requester (tenant_id, repository_id, number, user_id, login, source) values (${s.tenant.id}, ${s.repositoryId}, ${s.number}, null, 'req', 'operator')`;

/** After each integration step: the log verifies, tenants are apart, every open head has a verdict, no merge call lacks a SHA. */
export async function checkAll(s: Stage): Promise<void> {
  await checkWorld(s.t);
  expect(s.failures()).toEqual([]);
  const repo = findRepository(s.world, s.repo);
  for (const pull of repo?.pulls.values() ?? []) {
    if (pull.state === "open") expect(s.check(pull.headSha), `the head of #${pull.number} has a verdict`).toBeDefined();
  }
  for (const call of s.world.journal.of("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge"))
    expect(call.body).toMatchObject({ sha: expect.stringMatching(/^[0-9a-f]{40}$/) });
}
