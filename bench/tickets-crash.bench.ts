// Servers killed (kill -9) at every step between a ticket's timer and the receipt of its notice, thousands of times, two of them at once:
// claim, compose, claim of the notice, intent, call, receipt; over GitHub, Slack, SMTP and Resend. Counts, so that the machine does not matter:
// notices told twice or never, tickets closed before their warning was delivered, intents without one outcome. `--smoke`: 12 kills.
// `--kills=N` for another number than 2000.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createEmulator } from "emulate";
import pg from "pg";
import { SMTPServer } from "smtp-server";
import { z } from "zod";
import { account, acts, findRepository, scene, serveWorld } from "#demo/world";
import { installationId, repoName, type TenantId, type TicketId } from "#kernel";
import { createKeys } from "#keys/io";
import { createDatabase, migrate } from "#platform/postgres";
import type { Channel } from "#tickets";
import { createTickets } from "#tickets/io";
import { freePort } from "../test/support/free-port.ts";
import { heardOf } from "../test/tickets/heard.ts";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { benchTickets } from "./support/tickets.ts";

const asked = Number(process.argv.find((each) => each.startsWith("--kills="))?.slice(8) ?? 2_000);
const KILLS = smoke ? 12 : asked;
const AT_ONCE = 2;
const PER_PROVIDER = smoke ? 1 : 8;
const STEPS = [
  "tickets claimed",
  "tickets composed",
  "notify claimed",
  "notify intended",
  "notify sent",
  "notify received",
] as const;
/** The second client has its mail sent by Resend, the first one everything else. */
const PROVIDERS = ["github", "slack", "smtp", "resend"] as const;
type Provider = (typeof PROVIDERS)[number];
const CHANNEL: Readonly<Record<Provider, Channel>> = { github: "github", slack: "slack", smtp: "mail", resend: "mail" };
const VICTIM = new URL("./support/tickets-victim.ts", import.meta.url).pathname;
const EVERY_INSTANT = {
  "tickets.ticket": ["opened_at", "wait_started", "asked_at", "nudged_at", "warned_at", "deadline", "next_due_at"],
  "tickets.event": ["at"],
  "tickets.notice": ["claimed_at", "held_until", "delivered_at", "composed_at"],
  "tickets.message": ["sent_at", "heard_at"],
  "tickets.conversation": ["spoken_at"],
};

await bench("tickets-crash", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const keys = createKeys({ kms, clock: Date.now });
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const [first, second] = await onboarded(2, { ...postgres, append: audit.append }, database);
  const tenantOf = (of: Provider): TenantId => (of === "resend" ? (second ?? fail()) : (first ?? fail())).tenantId;
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  // Where the run breaks off, the server ends before this connection.
  admin.on("error", () => {});
  await admin.connect();
  await admin.query(`insert into identity.person (tenant_id, github_user, login, roles)
    select id, 1, 'mona', '{admin}' from platform.tenant where slot > 0`);
  const outside = await providers();
  const tickets = createTickets(benchTickets(audit.append, keys, async (_, id) => ({ id, ...outside.repository })));

  let made = 0;
  async function waiting(provider: Provider): Promise<TicketId> {
    made += 1;
    const channel = CHANNEL[provider];
    const conversation = await outside.conversation(provider, made);
    const fresh = (await database.claimFor(tenantOf(provider))) ?? fail();
    return database.withTenant(fresh, async (tx) => {
      const { ticket } = await tickets.hear(
        tx,
        heardOf({
          channel,
          conversation,
          message: `bench:${made}`,
          from: { name: "Carla", address: `carla${made}@client.example`, id: String(made) },
          title: `The export is empty ${made}`,
        }),
      );
      const mona = { party: { type: "operator", id: "mona" }, name: "Mona", requestId: "bench", channel: "cli" } as const; // prettier-ignore
      const done = await tickets.act(tx, ticket ?? fail(), { kind: "ask" }, mona, "Which export?");
      if (done.kind !== "done") fail();
      return ticket ?? fail();
    });
  }
  const age = async (hours: number): Promise<void> => {
    for (const [table, columns] of Object.entries(EVERY_INSTANT))
      await admin.query(
        `update ${table} set ${columns.map((column) => `${column} = ${column} - make_interval(secs => $1)`).join(", ")}`,
        [hours * 3_600],
      );
  };
  /** Holds and turns of who died are over, as when their time has passed: nobody lives now who has them. */
  const holdsEnd = async (): Promise<void> => {
    await admin.query("update notify.pace set free_at = '-infinity'");
    await admin.query(`update notify.notice set not_before = now(), turn_at = now(), held_until = null
      where delivered_at is null and dropped_at is null and lost_at is null`);
    await admin.query("update tickets.notice set held_until = null where delivered_at is null and dropped_at is null");
    await admin.query(
      "update tickets.ticket set next_due_at = now() where next_action = 'close' and next_due_at < now() + interval '5 minutes'",
    );
  };
  const open = async (): Promise<number> =>
    Number(
      (
        await admin.query<{
          n: string;
        }>(`select (select count(*) from notify.notice where delivered_at is null and dropped_at is null and lost_at is null)
        + (select count(*) from tickets.ticket where next_due_at <= now()) as n`)
      ).rows[0]?.n,
    );

  const orders = { url: postgres.appUrl, claimKey: postgres.claimKey, keysDir: join(dir, "keys"), resendTenant: tenantOf("resend"), ...outside.orders }; // prettier-ignore
  const died = new Map<string, number>();
  let runs = 0;
  let kills = 0;
  let ready = Array.from({ length: AT_ONCE }, () => boot(join(dir, "compiled")));
  /** Two servers at once, of which each is killed at a step of its own, unless it does not come so far. */
  async function round(deadly: boolean): Promise<void> {
    await holdsEnd();
    const now = ready;
    ready = Array.from({ length: AT_ONCE }, () => boot(join(dir, "compiled")));
    await Promise.all(
      now.map(async (child) => {
        const step = STEPS[runs % STEPS.length] ?? fail();
        runs += 1;
        const nth = step.startsWith("notify") && step !== "notify claimed" ? 1 + (Math.floor(runs / 6) % 4) : 1;
        const ended = once(child, "exit");
        child.stdin?.end(JSON.stringify({ ...orders, step: deadly ? step : "none", nth }));
        const [code, signal] = z.tuple([z.number().nullable(), z.string().nullable()]).parse(await ended);
        if (signal === "SIGKILL") {
          kills += 1;
          died.set(step, (died.get(step) ?? 0) + 1);
        } else if (code !== 3) overBudget(`a server ended with ${code}`);
      }),
    );
  }
  let early = 0;
  const began = performance.now();
  while (kills < KILLS) {
    for (const provider of PROVIDERS) for (let n = 0; n < PER_PROVIDER; n += 1) await waiting(provider);
    // The question, the nudge, the warning, and the end.
    for (const hours of [0, 24.1, 48.1, 97]) {
      await age(hours);
      while ((await open()) > 0) await round(kills < KILLS);
      const { rows } = await admin.query<{ n: number }>(
        "select count(*)::int as n from tickets.ticket where state = 'closed' and (warned_at is null or warned_at > closed_at)",
      );
      early += rows[0]?.n ?? 0;
    }
    console.log(`${made} tickets: ${kills} kills in ${Math.round((performance.now() - began) / 1_000)} s`);
  }
  for (const child of ready) child.kill("SIGKILL");

  const count = async (text: string): Promise<number> =>
    Number((await admin.query<{ n: string }>(text)).rows[0]?.n ?? Number.NaN);
  const toldBy = (of: Provider): Promise<number> =>
    count(
      `select count(*) as n from notify.notice where delivered_at is not null and channel = '${CHANNEL[of]}' and tenant_id = '${tenantOf(of)}'`,
    );
  const told = { github: await toldBy("github"), slack: await toldBy("slack"), smtp: await toldBy("smtp"), resend: await toldBy("resend") }; // prettier-ignore
  const undelivered = await count("select count(*) as n from notify.notice where delivered_at is null");
  const unclosed = await count(
    "select count(*) as n from tickets.ticket where close_reason is distinct from 'aged_out'",
  );
  const outcomes = await admin.query<{ outcome: string; n: string }>(
    `select e.outcome, count(*) as n from (select convert_from(leaf, 'utf8')::jsonb ->> 'kind' as kind,
      convert_from(leaf, 'utf8')::jsonb ->> 'outcome' as outcome from audit.entry) e where e.kind = 'notice.send' group by e.outcome`,
  );
  const entries = Object.fromEntries(outcomes.rows.map(({ outcome, n }) => [outcome, Number(n)]));
  const seen = await outside.seen();
  await outside.close();
  await Promise.all([admin.end(), database.close()]);

  const twice = { github: seen.github - told.github, slack: seen.slack - told.slack, smtp: seen.smtp - told.smtp, resend: seen.resend - told.resend }; // prettier-ignore
  console.log(
    `kills        ${kills} of ${runs} servers, ${AT_ONCE} at once: ${JSON.stringify(Object.fromEntries(died))}`,
  );
  console.log(`told         ${JSON.stringify(told)}; told twice ${JSON.stringify(twice)} (budget 0)`);
  console.log(`mail         ${seen.copies} copies of mails with the same Message-ID: SMTP has no key for idempotence`);
  console.log(`tickets      ${made}; closed before their warning ${early}, not closed ${unclosed} (budget 0)`);
  if (Object.values(twice).some((n) => n !== 0)) overBudget("a notice was told twice, or never");
  if (undelivered + unclosed + early > 0) overBudget("undelivered notices, open tickets or early closes");
  if (entries["intent"] !== entries["success"]) overBudget("an intent has not one outcome");
  publish({ kills, servers: runs, atOnce: AT_ONCE, died: Object.fromEntries(died), tickets: made, told, twice, mailCopiesOfOneMessageId: seen.copies, closedBeforeTheirWarning: early, notClosed: unclosed, undelivered, entries, budget: { twice: 0, closedBeforeTheirWarning: 0, notClosed: 0, undelivered: 0 } }); // prettier-ignore
}

/** Loaded, and waiting for its orders. Most of its time is Node's reading of our files, which it keeps from one to the next. */
function boot(cache: string): ChildProcess {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  return spawn(process.execPath, [VICTIM], { stdio: ["pipe", "inherit", "inherit"], env });
}

/** The local GitHub, a Slack emulator, and a real SMTP server; `seen`: different notices that each has. */
async function providers() {
  const set = scene();
  const world = await serveWorld(set.world);
  const repository = findRepository(set.world, set.repo) ?? fail();
  const slack = await createEmulator({
    service: "slack",
    port: await freePort(),
    seed: { slack: { team: { name: "bench", domain: "bench" }, channels: [{ name: "support" }] } },
  });
  const ask = async (method: string, body: object): Promise<unknown> =>
    (
      await fetch(`${slack.url}/api/${method}`, {
        method: "POST",
        headers: { authorization: "Bearer xoxb-bench", "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json();
  const list = z.object({ channels: z.array(z.object({ id: z.string(), name: z.string() })) });
  const channel = list.parse(await ask("conversations.list", {})).channels.find(({ name }) => name === "support")?.id ?? fail(); // prettier-ignore
  const resend = await createEmulator({
    service: "resend",
    port: await freePort(),
    seed: { resend: { domains: [{ name: "bench.example" }] } },
  });
  const threads: string[] = [];
  const mails: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push(/^message-id:\s*(\S+)/im.exec(Buffer.concat(chunks).toString("utf8"))?.[1] ?? "none");
        done();
      });
    },
  });
  // Of a client that was killed.
  smtp.on("error", () => {});
  const port = await freePort();
  await new Promise<void>((resolve) => smtp.listen(port, "127.0.0.1", () => resolve()));
  const replies = z.object({ messages: z.array(z.object({ ts: z.string() })) });
  return {
    repository: { name: repoName(set.repo) ?? fail(), installation: installationId(set.installation) ?? fail() },
    orders: {
      github: { api: world.url, appId: set.appId, privateKey: set.privateKey, repository: set.repo, installation: set.installation }, // prettier-ignore
      slackUrl: `${slack.url}/api/`,
      smtpUrl: `smtp://127.0.0.1:${port}`,
      resendUrl: resend.url,
    },
    async conversation(of: Provider, n: number): Promise<string> {
      switch (of) {
        case "github":
          return `github:${repository.id}#${acts.addIssue(set.world, repository, { by: account(set.world, "adm"), appId: null, title: `Export ${n}`, body: "", labels: [] }).number}`;
        case "slack": {
          const { ts } = z.object({ ts: z.string() }).parse(await ask("chat.postMessage", { channel, text: `Export ${n}` })); // prettier-ignore
          threads.push(ts);
          return `slack:TBENCH/${channel}/${ts}`;
        }
        case "smtp":
        case "resend":
          return `mail:<${n}@client.example>`;
      }
    },
    async seen() {
      let inThreads = 0;
      for (const ts of threads)
        inThreads += replies.parse(await ask("conversations.replies", { channel, ts, limit: 1_000 })).messages.length - 1; // prettier-ignore
      const marks = repository.comments.filter(({ body }) => body.includes("notice:"));
      const sent = await fetch(`${resend.url}/emails`, { headers: { authorization: "Bearer re_bench" } });
      const byResend = z.object({ data: z.array(z.unknown()) }).parse(await sent.json()).data.length;
      return { github: marks.length, slack: inThreads, smtp: new Set(mails).size, resend: byResend, copies: mails.length - new Set(mails).size }; // prettier-ignore
    },
    async close(): Promise<void> {
      await Promise.all([
        slack.close(),
        resend.close(),
        world.close(),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

function fail(): never {
  throw new Error("the world of the benchmark is not as it should be");
}
