// Timers of tickets: how many that are due one worker claims in a second, what asking costs when nothing is due among a million open ones,
// and how long a million that fell due in an outage take. Real PostgreSQL with its defaults. `--smoke`: two thousand, and no budget that
// another load on the machine could break.

import { join } from "node:path";
import pg from "pg";
import { createDatabase, migrate, type Database } from "#platform/postgres";
import { claimDue } from "#tickets/io";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { onboarded, openBenchLog } from "./support/log.ts";
import { median, rounded } from "./support/numbers.ts";

const BUDGET = { claimedPerSecond: 20_000, idleMs: 1, overdueSeconds: 60 } as const;
const TICKETS = smoke ? 2_000 : 1_000_000;
/** Of one claim, as the server asks. */
const AT_ONCE = 200;
const IN_BULK = 5_000;

await bench("tickets", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit } = await openBenchLog(join(dir, "log"), postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  await onboarded(10, { ...postgres, append: audit.append }, database);
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await fill(admin);

  const idle: number[] = [];
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    await database.withPlatform((tx) => claimDue(tx, AT_ONCE));
    idle.push(performance.now() - began);
  }
  const bare: number[] = [];
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    await database.withPlatform(async () => null);
    bare.push(performance.now() - began);
  }
  const idleMs = median(idle) - median(bare);

  await admin.query("update tickets.ticket set next_due_at = now() - interval '1 day'");
  await admin.query("analyze tickets.ticket");
  await admin.query("checkpoint");
  const some = Math.min(TICKETS, 100_000);
  const perSecond = some / (await claimed(database, AT_ONCE, some));
  const rest = TICKETS - some;
  const seconds = rest === 0 ? 0 : (await claimed(database, IN_BULK, rest)) + some / perSecond;
  await admin.end();
  await database.close();

  console.log(`${TICKETS} open tickets of 10 clients`);
  console.log(
    `one worker, ${AT_ONCE} at a time: ${Math.round(perSecond)} claimed a second (goal ${BUDGET.claimedPerSecond})`,
  );
  console.log(`nothing due: ${idleMs.toFixed(2)} ms over an empty transaction (goal ${BUDGET.idleMs})`);
  if (rest > 0) console.log(`all overdue: ${seconds.toFixed(1)} s (goal ${BUDGET.overdueSeconds})`);
  publish({
    tickets: TICKETS,
    claimedPerSecond: Math.round(perSecond),
    idleMs: rounded(idleMs),
    overdueSeconds: rounded(seconds),
    goals: BUDGET,
  });
  if (smoke) return;
  if (perSecond < BUDGET.claimedPerSecond) overBudget("claims a second");
  if (idleMs > BUDGET.idleMs) overBudget("an idle look");
  if (seconds > BUDGET.overdueSeconds) overBudget("a million overdue");
}

/** Seconds until so many are claimed. */
async function claimed(database: Database, most: number, count: number): Promise<number> {
  const began = performance.now();
  for (let done = 0; done < count;) {
    const due = await database.withPlatform((tx) => claimDue(tx, Math.min(most, count - done)));
    if (due.length === 0) throw new Error(`only ${done} of ${count} were due`);
    done += due.length;
  }
  return (performance.now() - began) / 1_000;
}

/** Waiting since an hour, of ten clients: the next act is a day away. */
async function fill(admin: pg.Client): Promise<void> {
  await admin.query(`insert into identity.person (tenant_id, github_user, login, roles)
    select id, 1, 'mona', '{admin}' from platform.tenant where slot > 0`);
  await admin.query(
    `insert into tickets.calendar (tenant_id, version, hours, target_ms) select id, 1, '{}', 1 from platform.tenant where slot > 0`,
  );
  await admin.query(
    `insert into tickets.ticket (tenant_id, number, state, owner, title, calendar, epoch, wait_started, next_action, next_due_at)
      select p.tenant_id, n, 'waiting_client', p.person_id, decode(repeat('00', 60), 'hex'), 1, 1, now() - interval '1 hour', 'nudge_24h', now() + interval '23 hours'
      from identity.person p, generate_series(1, $1::int / 10) n`,
    [TICKETS],
  );
  await admin.query("vacuum analyze tickets.ticket");
}
