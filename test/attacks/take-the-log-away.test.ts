// The log takes no entries, in each way that can happen. Nothing that grants, merges, reverts or speaks is asked of GitHub; what stops
// still stops, and its entries wait in the spool (audit.md 2.5; cases 34, 36).

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createStopLog } from "#audit/io";
import { acts, findRepository } from "#demo/world";
import { checkWorld } from "../support/world.ts";
import { stage, type Stage } from "../gate/io/support/stage.ts";

const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";

/** How the log is taken away, and how it comes back. */
const WAYS: readonly (readonly [name: string, take: string, giveBack: string])[] = [
  [
    "the app's right to write entries is revoked",
    "revoke insert (leaf) on audit.entry from countersign_app",
    "grant insert (leaf) on audit.entry to countersign_app",
  ],
  [
    "case 36: the disk is full",
    `create function public.full_disk() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
     grant execute on function public.full_disk() to public;
     create trigger full_disk before insert on audit.body for each row execute function public.full_disk()`,
    "drop trigger full_disk on audit.body; drop function public.full_disk()",
  ],
  [
    "case 34: commits would not be durable",
    "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$",
    "do $$ begin execute format('alter database %I reset synchronous_commit', current_database()); end $$",
  ],
];

/** As the superuser, with the break-glass setting of the tests. */
async function admin(s: Stage, text: string): Promise<void> {
  for (const statement of text.split(/;\s*\n|; (?=drop)/)) await s.t.adminSql(statement);
}
/** Every pooled connection is new: the database's settings count from the next login on. */
async function reconnect(s: Stage): Promise<void> {
  await s.t.adminSql(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name = 'countersign' and query not ilike '%graphile%'",
  );
  for (let met = 0; met < 3;) {
    met = await s.t.db.withPlatform(async () => met + 1).catch(() => 0);
  }
}

const writes = (s: Stage): readonly string[] =>
  s.calls().flatMap((call) => (call.method === "GET" || call.route === "POST /graphql" ? [] : [call.route ?? "?"]));

async function approved(): Promise<Stage> {
  const s = await stage({ heard: true });
  s.clock.advance(60_000);
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  expect(s.check(s.h2)?.conclusion).toBe("success");
  s.world.journal.clear();
  return s;
}

describe.each(WAYS)("A1, G08: %s", (_, take, giveBack) => {
  it("no merge is called; when the log is back it happens, once", async () => {
    const s = await approved();
    await s.merge();
    await admin(s, take);
    await reconnect(s);
    await s.settle();
    expect(writes(s)).toEqual([]);
    await admin(s, giveBack);
    await reconnect(s);
    await s.settle(5);
    expect(s.world.journal.of(MERGE).map((call) => call.status)).toEqual([200]);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
  });

  it("an approval is heard and turns nothing green; when the log is back it does", async () => {
    const s = await stage({ heard: true });
    s.world.journal.clear();
    await admin(s, take);
    await reconnect(s);
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(writes(s)).toEqual([]);
    expect(s.check(s.h2)?.conclusion).toBe("action_required");
    await admin(s, giveBack);
    await reconnect(s);
    await s.settle(5);
    expect(s.check(s.h2)?.conclusion).toBe("success");
  });

  it("a hold holds and turns the check red, and its entries wait in the spool; taking it back has to wait for the log", async () => {
    const s = await approved();
    await admin(s, take);
    await reconnect(s);
    acts.comment(s.world, { repo: s.repo, number: s.number, by: "ann", body: "/countersign hold not yet" });
    await s.settle(3);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    expect(s.t.spooled.map(({ entry }) => `${entry.kind} ${entry.outcome}`)).toEqual(
      expect.arrayContaining(["gate.command success", "gate.publish intent", "gate.publish success"]),
    );
    const published = s.t.spooled.filter(({ entry }) => entry.kind === "gate.publish");
    expect(
      published.map(({ entry }) => entry.outcome),
      "however often the job is tried",
    ).toEqual(["intent", "success"]);
    expect(published[1]?.entry.intent, "the outcome names its intent").toBe(published[0]?.id);
    acts.comment(s.world, { repo: s.repo, number: s.number, by: "ann", body: "/countersign unhold" });
    await s.settle(3);
    expect(await s.t.adminSql("select act from gate.stop order by stop_id")).toEqual([{ act: "hold" }]);
    expect(writes(s).filter((route) => route.includes("comments"))).toEqual([]);
    await admin(s, giveBack);
    await reconnect(s);
    await s.settle(9);
    await s.sweep(9);
    expect(await s.t.adminSql("select act from gate.stop order by stop_id")).toEqual([
      { act: "hold" },
      { act: "release" },
    ]);
    expect(s.check(s.h2)?.conclusion).toBe("success");
  });

  it("a veto that GitHub tells of turns the check red", async () => {
    const s = await approved();
    await admin(s, take);
    await reconnect(s);
    s.clock.advance(60_000);
    acts.requestChanges(s.world, { repo: s.repo, number: s.number, by: "bob" });
    await s.settle(3);
    expect(["failure", "action_required"]).toContain(s.check(s.h2)?.conclusion);
    await admin(s, giveBack);
    await reconnect(s);
    await s.settle(9);
    expect(["failure", "action_required"]).toContain(s.check(s.h2)?.conclusion);
  });
});

describe("A1: the spool", () => {
  it("what stopped while the log was away is in the log afterwards, intent before outcome, and nothing stays open", async () => {
    const s = await approved();
    const directory = mkdtempSync(join(tmpdir(), "countersign-spool-"));
    const { db: database, append, kms } = s.t;
    const stops = createStopLog({ directory, kms, database, append, clock: Date.now });
    Object.assign(s.deps, { spool: stops.spoolStop });
    const [[, take, giveBack] = ["", "", ""]] = WAYS;
    await admin(s, take);
    s.clock.advance(60_000);
    acts.requestChanges(s.world, { repo: s.repo, number: s.number, by: "bob" });
    await s.settle(3);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    expect(await s.entries("gate.publish")).not.toContain("refused");
    const before = (await s.entries("gate.publish")).length;
    await admin(s, giveBack);
    expect(await stops.drain()).toEqual({ entered: 2, kept: 0, damaged: 0 });
    expect((await s.entries("gate.publish")).length).toBe(before + 2);
    await s.settle(9);
    expect(await s.t.adminSql("select kind from audit.open_intent")).toEqual([]);
    await checkWorld(s.t);
    rmSync(directory, { recursive: true });
  });
});

describe("A1: the sequencer stands still", () => {
  it("no merge is called, with a plain reason; when it runs again the merge is decided anew and happens", async () => {
    const s = await approved();
    let sequencing = false;
    Object.assign(s.deps, { sequenced: async () => sequencing });
    await s.merge();
    await s.jobs();
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(s.failures().join()).toMatch(/The merge waits: the audit log has not given its intent a place yet/);
    expect(await s.entries("gate.merge")).toEqual(["intent"]);
    sequencing = true;
    await s.jobs(3);
    expect(s.world.journal.count(MERGE)).toBe(1);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
  });

  it("no revert is opened; when it runs again it is", async () => {
    const s = await stage({ heard: true });
    await s.sweep();
    let sequencing = false;
    Object.assign(s.deps, { sequenced: async () => sequencing });
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    await s.settle();
    const reverts = (): number =>
      [...(findRepository(s.world, s.repo)?.pulls.values() ?? [])].filter((p) => p.headRef.startsWith("revert-"))
        .length;
    expect(reverts()).toBe(0);
    expect(await s.entries("gate.revert")).toEqual(["intent"]);
    sequencing = true;
    await s.sweep(3);
    expect(reverts()).toBe(1);
    expect(await s.entries("gate.revert")).toEqual(["intent", "success"]);
  });

  it("a merge that waited for too long is closed as not performed: it has to be asked for again", async () => {
    const s = await approved();
    Object.assign(s.deps, { sequenced: async () => false });
    await s.merge();
    await s.jobs();
    await s.ageIntents();
    await s.sweep();
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(await s.entries("gate.merge")).toEqual(["intent", "not_performed"]);
    await checkWorld(s.t);
  });
});
