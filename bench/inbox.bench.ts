// Webhooks at 50 a second on one node: acknowledged with p99 <= 200 ms, none lost; and 100 events on one pull request
// cause at most 2 evaluations. Real HTTP, real PostgreSQL with its defaults (fsync on), real jobs. `--smoke`: 10 s instead of 60.

import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import sql from "sql-template-tag";
import { z } from "zod";
import { createIntake } from "#gate/io";
import { createInbox, createRouter, githubHandlers } from "#github";
import { appId, Fault, installationId } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import { createHttpApp, listen, WEBHOOK_PATH } from "#platform/http";
import { enqueue, type JobHandler, startWorkers } from "#platform/jobs";
import { createDatabase, migrate } from "#platform/postgres";
import { bindInstallation, onboard } from "#tenants/io";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { openBenchLog } from "./support/log.ts";
import { median, percentile, rounded } from "./support/numbers.ts";
import { paced } from "./support/paced.ts";

const BUDGET = { p99Ms: 200, evaluationsPerPull: 2 };
const PER_SECOND = 50;
const BURST = 100;
const seconds = smoke ? 10 : 60;
const SECRET = "only for this benchmark, made of many words";

await bench("inbox", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  const app = appId(4242);
  const installation = installationId(101);
  if (app === null || installation === null) throw new Error("constants");
  await migrate(postgres);
  const { append } = (await openBenchLog(dir, postgres)).audit;
  const spool = (): Promise<never> => Promise.reject(new Fault("log_unavailable", "the log is up"));
  const access = { adminUrl: postgres.adminUrl, claimKey: postgres.claimKey, append };
  const by = { operator: { type: "operator", id: "bench" }, requestId: "bench" } as const;
  const tenant = await onboard(access, { prefix: "acme", by });
  if (tenant.kind !== "onboarded") throw new Error(tenant.why);
  await bindInstallation(access, { tenant: tenant.tenantId, installation, by });

  const db = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const log = pino({ level: "silent" });
  const lost = (): Promise<never> => Promise.reject(new Fault("invariant_broken", "nothing here may call GitHub"));
  const client: GitHubClient = { rest: lost, graphql: lost };
  const github: GitHub = { appId: app, app: () => client, installation: () => client, named: async () => null };
  const intake = createIntake({ database: db, github, enqueue, append, spool, sequenced: async () => true });
  const evaluations = new Map<number, number>();
  const evaluated = z.object({ number: z.number() });
  const evaluate: JobHandler = async (payload) => {
    const { number } = evaluated.parse(payload);
    evaluations.set(number, (evaluations.get(number) ?? 0) + 1);
    await pause(200);
  };
  const nothing: JobHandler = async () => {};
  const handlers = githubHandlers({
    db,
    enqueue,
    append,
    spool,
    github,
    intake,
    router: await createRouter(log),
    news: null,
  });
  const workers = await startWorkers({
    url: postgres.appUrl,
    handlers: { ...handlers, "gate.evaluate": evaluate, "gate.reconcile": nothing, "gate.watch": nothing },
  });
  const http = createHttpApp({ log, notReady: async () => null });
  http.route("/", createInbox({ db, enqueue, append, spool, appId: app, secrets: [SECRET], host: "github.com" }));
  const at = await listen(http, { host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${at.port}${WEBHOOK_PATH}`;

  await Promise.all(Array.from({ length: 20 }, (_, n) => deliver(url, 900 + n)));

  const times = await paced(PER_SECOND, seconds, (n, due) => deliver(url, 100 + (n % 40), due));
  const refused = times.filter((ms) => ms === null).length;
  const answered = times.filter((ms) => ms !== null);
  const [p50, p99] = [percentile(answered, 0.5), percentile(answered, 0.99)];

  const burst = await Promise.all(Array.from({ length: BURST }, () => deliver(url, 7)));
  const sent = 20 + times.length + burst.length;
  const stored = await settled();
  const evaluationsOfBurst = evaluations.get(7) ?? 0;

  console.log(
    `deliveries       ${sent} sent at ${PER_SECOND}/s for ${seconds} s and ${BURST} at once, ${stored.all} stored, ${stored.waiting} still waiting, ${refused} refused`,
  );
  console.log(`acknowledged     p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (budget ${BUDGET.p99Ms})`);
  console.log(
    `evaluations      ${evaluationsOfBurst} for ${BURST} events on one pull request (budget ${BUDGET.evaluationsPerPull})`,
  );
  if (refused > 0 || burst.includes(null) || stored.all !== sent || stored.waiting !== 0)
    overBudget("deliveries were lost");
  // Ten seconds are too few for a 99th percentile: one stall of the machine would decide it.
  if (!smoke && !(p99 <= BUDGET.p99Ms)) overBudget("time to acknowledge");
  if (evaluationsOfBurst === 0 || evaluationsOfBurst > BUDGET.evaluationsPerPull)
    overBudget("evaluations for one pull request");
  if (!smoke) await report();

  await at.stop();
  await workers.drain();
  await db.close();

  /** Beside an empty transaction of a tenant, which any acknowledgement must wait for several times: that ratio outlives the machine. */
  async function report(): Promise<void> {
    const claim = installation === null ? null : await db.claimForInstallation(installation);
    if (claim === null) throw new Error("the tenant is gone");
    const empty: number[] = [];
    for (let n = 0; n < 300; n += 1) {
      const began = performance.now();
      await db.withTenant(claim, (tx) => tx.one(sql`select 1 as one`, z.object({ one: z.number() })));
      empty.push(performance.now() - began);
    }
    const reference = median(empty);
    publish({
      deliveries: { sent, stored: stored.all, refused, perSecond: PER_SECOND, seconds, burst: BURST },
      acknowledged: { p50_ms: rounded(p50), p99_ms: rounded(p99) },
      reference: { what: "p50 of an empty tenant transaction", p50_ms: rounded(reference) },
      ratios: { p50: rounded(p50 / reference), p99: rounded(p99 / reference) },
      evaluationsOfBurst,
      budget: BUDGET,
    });
  }

  async function settled(): Promise<{ all: number; waiting: number }> {
    const row = z.object({ all: z.number(), waiting: z.number(), jobs: z.number() });
    for (let tries = 0; ; tries += 1) {
      const claim = installation === null ? null : await db.claimForInstallation(installation);
      if (claim === null) throw new Error("the tenant is gone");
      const now = await db.withTenant(claim, (tx) =>
        tx.one(
          sql`select count(*)::int as "all", (count(*) filter (where done_at is null))::int as waiting,
            (select count(*)::int from graphile_worker.jobs) as jobs from inbox.delivery`,
          row,
        ),
      );
      if (now.jobs === 0 || tries > 600) return now;
      await pause(100);
    }
  }
}

/** Milliseconds from when it was due to the acknowledgement; null: refused. */
async function deliver(url: string, number: number, due = performance.now()): Promise<number | null> {
  const body = JSON.stringify(synchronized(number));
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": "pull_request",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`,
    },
  });
  await response.arrayBuffer();
  return response.status === 202 ? performance.now() - due : null;
}

/** As large as GitHub's own: about 25 kB. */
function synchronized(number: number): object {
  const sha = (): string => randomUUID().replaceAll("-", "").padEnd(40, "0");
  return {
    action: "synchronize",
    number,
    before: sha(),
    repository: { id: 5, full_name: "acme/app", description: "x".repeat(24_000) },
    sender: { id: 7, login: "ann", type: "User" },
    installation: { id: 101 },
    pull_request: {
      number,
      head: { sha: sha() },
      base: { ref: "main" },
      created_at: "2026-09-01T09:00:00Z",
      updated_at: "2026-09-01T10:00:00Z",
    },
  };
}
