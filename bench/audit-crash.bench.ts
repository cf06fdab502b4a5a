// PostgreSQL killed (kill -9, the postmaster and every process of it) under appends, again and again: group commit and one
// transaction for each entry, side by side. Counts, so that the machine does not matter: acknowledged entries that are not there,
// acknowledged bodies that do not open, entries without a place, places given twice, and the whole log's verification at the end.
// Real PostgreSQL with its defaults (fsync on). `--smoke`: 2 kills instead of 50.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry } from "#audit";
import { createGroupCommit, databaseSource, openBroker, runSequencer, type SequencerAlarm } from "#audit/io";
import type { EntryId } from "#kernel";
import { createKeys } from "#keys/io";
import { createDatabase, createRoleDatabase, migrate, openPool, type TenantClaim } from "#platform/postgres";
import { NOTHING_PINNED, parseVkey, sha256, verify } from "#verifier";
import { bench, smoke, type Bench } from "./support/bench.ts";
import { benchEntry, onboarded, openBenchLog } from "./support/log.ts";

const KILLS = smoke ? 2 : 50;
const TENANTS = 3;
const WRITERS = { groupCommit: 12, perTransaction: 4 };
/** Under load for so long before each kill: never at the same place of a batch. */
const UNDER_LOAD_MS = { least: 150, most: 600 };
const PATIENCE_MS = 120_000;

interface Acknowledged {
  readonly claim: TenantClaim;
  readonly id: EntryId;
}

await bench("audit-crash", run);

async function run({ dir, postgres, overBudget, publish }: Bench): Promise<void> {
  await migrate(postgres);
  const { audit, kms } = await openBenchLog(dir, postgres);
  const database = createDatabase({ url: postgres.appUrl, claimKey: postgres.claimKey });
  const claims = await onboarded(TENANTS, { ...postgres, append: audit.append }, database);
  const keys = createKeys({ kms, clock: Date.now });
  const append = createGroupCommit({ database, keys, clock: Date.now });
  const role = createRoleDatabase({ url: postgres.sequencerUrl, role: "sequencer" });
  const { broker, close } = openBroker(join(dir, "broker"), "bench.example");
  const alarms: SequencerAlarm[] = [];
  const sequencer = runSequencer({
    database: role,
    signer: broker,
    build: "bench",
    now: Date.now,
    epochEveryMs: 1_000,
    onAlarm: (alarm) => alarms.push(alarm),
  });

  const acknowledged: Acknowledged[] = [];
  const away = { refused: 0, stop: false };
  let n = 0;
  const writer = async (write: (claim: TenantClaim, entry: NewEntry) => Promise<EntryId>): Promise<void> => {
    while (!away.stop) {
      const claim = claims[(n += 1) % claims.length] ?? fail();
      try {
        acknowledged.push({ claim, id: await write(claim, benchEntry(n, "x".repeat(n % 1_024))) });
      } catch {
        // Not acknowledged, and so nothing that has to be there.
        away.refused += 1;
        await pause(20);
      }
    }
  };
  const alone = (claim: TenantClaim, said: NewEntry): Promise<EntryId> =>
    database.withTenant(claim, (tx) => audit.append(tx, said));
  const writers = [
    ...Array.from({ length: WRITERS.groupCommit }, () => writer(append)),
    ...Array.from({ length: WRITERS.perTransaction }, () => writer(alone)),
  ];

  let killed = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = acknowledged.length;
    await until(() => Promise.resolve(acknowledged.length > before + 20), "entries are acknowledged again");
    await pause(UNDER_LOAD_MS.least + Math.random() * (UNDER_LOAD_MS.most - UNDER_LOAD_MS.least));
    // Whoever runs it starts it again.
    killed += await killServer(postgres.adminUrl);
    if (kill % 10 === 0) console.log(`${kill} kills: ${acknowledged.length} acknowledged, ${away.refused} refused`);
  }
  await until(() => Promise.resolve(acknowledged.length > 0), "an entry is acknowledged after the last kill");
  away.stop = true;
  await Promise.all(writers);

  await until(() => placed(), "every entry has its place");
  const epochs = await newestEpoch();
  await until(async () => (await newestEpoch()) > epochs + 1, "an epoch of all of them is signed");
  await sequencer.stop();

  const found = await counts(acknowledged);
  const opened = await bodiesThatOpen(acknowledged);
  const identity = await broker.identity();
  const auditor = createRoleDatabase({ url: postgres.auditorUrl, role: "auditor" });
  const key = parseVkey(sha256, identity.vkey);
  const report = await verify(
    databaseSource({ database: auditor, bodies: true }),
    { ...NOTHING_PINNED, key: key ?? fail() },
    { sha256, subtle: crypto.subtle, now: Date.now(), tenants: null, bodies: true, full: true },
  );
  await Promise.all([auditor.close(), role.close(), database.close()]);
  close();

  const lost = { entries: acknowledged.length - found.there, bodies: acknowledged.length - opened };
  console.log(
    `kills            ${KILLS}, of ${killed} processes; ${acknowledged.length} acknowledged, ${away.refused} refused`,
  );
  console.log(`lost             ${lost.entries} acknowledged entries, ${lost.bodies} of their bodies (budget 0)`);
  console.log(`places           ${found.entries} entries, ${found.gaps} gaps, ${found.doubles} doubles (budget 0)`);
  console.log(`verification     ${report.state}`);
  if (lost.entries !== 0 || lost.bodies !== 0) overBudget("acknowledged entries are lost");
  if (found.gaps !== 0 || found.doubles !== 0 || found.unplaced !== 0) overBudget("gaps or doubles in a log");
  if (report.state !== "verified") overBudget(`the log's verification: ${JSON.stringify(report.verdicts)}`);
  for (const alarm of alarms) if (alarm.kind === "diverged" || alarm.kind === "clock") overBudget(alarm.message);
  publish({
    kills: KILLS,
    processes: killed,
    acknowledged: acknowledged.length,
    refused: away.refused,
    lost,
    ...found,
    verification: report.state,
    budget: { lost: 0, gaps: 0, doubles: 0, verification: "verified" },
  });

  async function placed(): Promise<boolean> {
    const { unplaced } = await counts([]);
    return unplaced === 0;
  }

  /** As the superuser, past row-level security: what is there, whoever asks. */
  async function counts(of: readonly Acknowledged[]) {
    const pool = openPool({ url: postgres.adminUrl, max: 1, onError: () => {} });
    const shape = z.object({
      there: z.number(), entries: z.number(), unplaced: z.number(), gaps: z.number(), doubles: z.number(),
    }); // prettier-ignore
    const { rows } = await pool.query(
      `select (select count(*)::int from unnest($1::uuid[], $2::uuid[]) as a(tenant_id, entry_id) join audit.entry using (tenant_id, entry_id)) as there,
        (select count(*)::int from audit.entry) as entries,
        (select count(*)::int from audit.entry e where not exists (select from audit.leaf l where (l.tenant_id, l.entry_id) = (e.tenant_id, e.entry_id))) as unplaced,
        (select coalesce(sum(abs(h.size - l.n) + abs(l.top + 1 - l.n)), 0)::int from audit.head h
          join (select tenant_id, count(*) as n, max(idx) as top from audit.leaf group by 1) l using (tenant_id)) as gaps,
        (select count(*)::int - count(distinct (tenant_id, entry_id))::int from audit.leaf) as doubles`,
      [of.map(({ claim }) => claim.tenantId), of.map(({ id }) => id)],
    );
    await pool.end();
    return shape.parse(rows[0]);
  }

  async function newestEpoch(): Promise<number> {
    const row = z.object({ epoch: z.int() });
    return (
      await role.transaction((tx) => tx.one(sql`select coalesce(max(epoch), 0) as epoch from audit.checkpoint`, row))
    ).epoch;
  }

  async function bodiesThatOpen(of: readonly Acknowledged[]): Promise<number> {
    let open = 0;
    for (const claim of claims) {
      const ids = of.filter((each) => each.claim === claim).map(({ id }) => id);
      for (let at = 0; at < ids.length; at += 200) {
        const read = await database.withTenant(claim, (tx) => audit.entriesById(tx, ids.slice(at, at + 200), false));
        open += read.filter(({ op }) => op.kind === "open").length;
      }
    }
    return open;
  }
}

/** None of them gets to say a last word to the others. Gives how many they were. */
async function killServer(adminUrl: string): Promise<number> {
  const pool = openPool({ url: adminUrl, max: 1, onError: () => {} });
  const { rows } = await pool.query("select current_setting('data_directory') as directory");
  const { directory } = z.object({ directory: z.string() }).parse(rows[0]);
  const postmaster = Number(readFileSync(join(directory, "postmaster.pid"), "utf8").split("\n")[0]);
  const listed = spawnSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" }).stdout;
  const pids = listed
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]) => (pid !== undefined && parent === postmaster ? [pid] : []));
  for (const pid of [postmaster, ...pids]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It was a backend that had ended by itself.
    }
  }
  await pool.end().catch(() => {});
  await until(() => Promise.resolve(!alive(postmaster)), "the postmaster is gone");
  return pids.length + 1;
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(is: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await is().catch(() => false))) {
    if (performance.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1_000} s in vain until ${what}.`);
    await pause(20);
  }
}

function fail(): never {
  throw new Error("the benchmark's own constants are wrong");
}
