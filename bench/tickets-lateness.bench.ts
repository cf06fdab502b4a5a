// How late a reminder is: from the instant that a ticket's act is due until the provider has it in hand, through the claim, the words, the
// outbox, the intent in the log and the carrier. Both loops run as a server has them. The provider is a double that takes
// everything at once: what a real one adds is its own. Real PostgreSQL with its defaults.
//
// `--smoke`: a few, and no budget that another load on the machine could break.

import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { installationId, repoName, type TicketId } from "#kernel";
import { createKeys } from "#keys/io";
import { createDelivery, NOTICE_CHANNEL } from "#notify/io";
import type { Parcel, Sent } from "#notify";
import { createDatabase, listenOn, migrate, type TenantClaim } from "#platform/postgres";
import { isOfTickets } from "#tickets";
import { createPass, createTickets, type Actor } from "#tickets/io";
import { heardOf } from "../test/tickets/heard.ts";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, percentile, rounded } from "./support/numbers.ts";
import { benchTickets } from "./support/tickets.ts";

const BUDGET = { p99Ms: 5_000 } as const;
const CLIENTS = smoke ? 2 : 20;
/** All clients together. Each stays below one notice a second, from which on its own pace at GitHub decides. */
const PER_SECOND = smoke ? 2 : 10;
const SECONDS = smoke ? 3 : 60;
const TICKETS = PER_SECOND * SECONDS;
/** The timers' own pause (src/main/tickets.ts); what they tell knocks at the outbox. */
const EVERY_MS = 1_000;
const GRACE_MS = 60_000;

const by: Actor = { party: { type: "operator", id: "mona" }, name: "Mona", requestId: "bench", channel: "cli" };

await bench("tickets-lateness", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(join(dir, "log"), postgres);
  const keys = createKeys({ kms, clock: Date.now });
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const claims = await onboarded(CLIENTS, { ...postgres, append: audit.append }, database);
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query(`insert into identity.person (tenant_id, github_user, login, roles)
    select id, 1, 'mona', '{admin}' from platform.tenant where slot > 0`);

  const name = repoName("acme/shop");
  const place = installationId(1);
  const deps = benchTickets(audit.append, keys, async (_, id) =>
    name === null || place === null ? null : { id, name, installation: place },
  );
  const tickets = createTickets(deps);
  for (let n = 0; n < TICKETS; n += 1) await waiting(n, claims[n % CLIENTS]);

  async function waiting(n: number, claim: TenantClaim | undefined): Promise<void> {
    if (claim === undefined) throw new Error("there is no client");
    await database.withTenant(claim, async (tx) => {
      const { ticket } = await tickets.hear(tx, heardOf({ conversation: `github:7#${n + 1}` }));
      const asked = ticket === null ? null : await tickets.act(tx, ticket, { kind: "ask" }, by, "Which export?");
      if (asked?.kind !== "done") throw new Error("a ticket of the benchmark waits for nobody");
    });
  }

  // The questions themselves are out already.
  await admin.query("delete from notify.notice");
  await admin.query(
    `with numbered as (select tenant_id, ticket_id, now() + interval '3 seconds' + row_number() over (order by ticket_id) * $1::float8 * interval '1 second' as due
        from tickets.ticket where state = 'waiting_client')
      update tickets.ticket t set wait_started = n.due - interval '24 hours', asked_at = n.due - interval '24 hours', next_due_at = n.due
      from numbered n where n.tenant_id = t.tenant_id and n.ticket_id = t.ticket_id`,
    [1 / PER_SECOND],
  );
  const { rows } = await admin.query<{ ticket_id: string; due: number }>(
    "select ticket_id, extract(epoch from next_due_at)::float8 * 1000 as due from tickets.ticket where next_action = 'nudge_24h'",
  );
  const due = new Map(rows.map((row) => [row.ticket_id, row.due]));
  await admin.query("vacuum analyze tickets.ticket");
  await admin.end();
  if (due.size !== TICKETS) throw new Error(`${due.size} of ${TICKETS} tickets are due`);

  const late = new Map<TicketId, number>();
  const take = async ({ about }: Parcel): Promise<Sent> => {
    const at = Date.now();
    if (about.kind === "ticket" && about.notice === "nudge_24h" && !late.has(about.ticket))
      late.set(about.ticket, at - (due.get(about.ticket) ?? Number.NaN));
    return { kind: "taken", receipt: { comment: 1 } };
  };
  const failed: unknown[] = [];
  const pass = createPass({
    ...deps,
    database,
    monotonicMs: () => performance.now(),
    onTrouble: (error) => failed.push(error),
  });
  const { keep } = createDelivery({
    database,
    append: audit.append,
    keys,
    carriers: { github: take, slack: take, mail: take, webhook: take },
    stands: (tx, about) => (isOfTickets(about) ? tickets.wanted(tx, about) : Promise.resolve(true)),
    onDelivered: async (tx, about, at) => {
      if (isOfTickets(about)) await tickets.delivered(tx, about, at);
    },
    onLost: async (_, __, why) => void failed.push(why),
    onProblem: (_, error) => failed.push(error),
  });
  const until = Date.now() + SECONDS * 1_000 + GRACE_MS;
  const going = (): boolean => late.size < TICKETS && Date.now() < until;
  const listener = listenOn({
    url: postgres.appUrl,
    channel: NOTICE_CHANNEL,
    onError: (error) => failed.push(error),
  });
  const end = keep(() => listener.next());
  while (going()) {
    await pass();
    await pause(EVERY_MS);
  }
  await end();
  await listener.close();
  await database.close();

  const all = [...late.values()];
  const figures = {
    p50Ms: rounded(median(all)),
    p99Ms: rounded(percentile(all, 0.99)),
    mostMs: rounded(Math.max(...all)),
  };
  console.log(`${late.size} of ${TICKETS} reminders of ${CLIENTS} clients, ${PER_SECOND} a second`);
  console.log(
    `late by ${figures.p50Ms} ms at the median, ${figures.p99Ms} ms at p99 (goal ${BUDGET.p99Ms}), ${figures.mostMs} ms at most`,
  );
  publish({
    tickets: TICKETS,
    delivered: late.size,
    ratio: late.size / TICKETS,
    clients: CLIENTS,
    perSecond: PER_SECOND,
    ...figures,
    goals: BUDGET,
  });
  if (failed.length > 0) console.error(failed[0]);
  if (late.size < TICKETS || failed.length > 0) overBudget("reminders that were not delivered");
  if (!smoke && figures.p99Ms > BUDGET.p99Ms) overBudget("lateness at p99");
}
