import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import type { Step } from "#gate/io";
import { checkAll, stage } from "./support/stage.ts";
import type { Stage, StageOptions } from "./support/stage.ts";

const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";

async function approved(options: StageOptions = {}): Promise<Stage> {
  const s = await stage({ heard: true, ...options });
  s.clock.advance(60_000);
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  expect(s.check(s.h2)?.conclusion).toBe("success");
  s.world.journal.clear();
  return s;
}

const merged = (s: Stage): boolean => findRepository(s.world, s.repo)?.pulls.get(s.number)?.merged ?? false;
const outcomes = async (s: Stage): Promise<readonly string[]> =>
  (await s.entries("gate.merge")).filter((o) => o !== "intent");

describe("G2: the executor", () => {
  it.each(["merge", "squash", "rebase"])(
    "merges the decided head by %s in at most eight calls: intent, call with sha, read back, outcome",
    async (method) => {
      const s = await approved({ files: { ".github/merge-gate.yml": `version: 1\nmerge_method: ${method}\n` } });
      await s.merge();
      let calls = 0;
      s.world.journal.listeners.push((e) => {
        if (e.route === MERGE) calls = s.calls().length;
      });
      await s.jobs();
      expect(merged(s)).toBe(true);
      expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
      // Until the merge call, and the two that read back.
      expect(calls + 2).toBeLessThanOrEqual(8);
      await s.settle();
      await s.sweep();
      expect(await s.incidents()).toEqual([]);
      await checkAll(s);
    },
  );

  it("E01 the head moves after the decision: GitHub answers 409, nothing is merged", async () => {
    const s = await approved();
    s.world.faults.onRequest(
      MERGE,
      () =>
        void acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "late.ts": "late\n" } }),
    );
    await s.merge();
    await s.settle();
    expect(merged(s)).toBe(false);
    expect(await s.entries("gate.merge")).toEqual(["intent", "refused"]);
    expect(await s.reasons()).toContain("stale_sha");
    await checkAll(s);
  });

  it("E03 the base was modified twice: it is decided again each time, then merged once", async () => {
    const s = await approved();
    s.world.knobs.baseModified = 2;
    await s.merge();
    await s.settle();
    expect(s.world.journal.of(MERGE).map((e) => e.status)).toEqual([405, 405, 200]);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
    await checkAll(s);
  });

  it("E03 the base keeps moving: after three tries it is refused", async () => {
    const s = await approved();
    s.world.knobs.baseModified = 9;
    await s.merge();
    await s.settle();
    expect(s.world.journal.of(MERGE)).toHaveLength(3);
    expect(merged(s)).toBe(false);
    expect(await s.entries("gate.merge")).toEqual(["intent", "refused"]);
  });

  it("E05 the command comes twice: one merge, one outcome", async () => {
    const s = await approved();
    const [first, second] = [await s.merge(), await s.merge()];
    await s.settle();
    expect([first.kind, second.kind, (await s.merge()).kind]).toEqual(["requested", "under_way", "merged_already"]);
    await s.settle();
    expect(s.world.journal.count(MERGE)).toBe(1);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
    await checkAll(s);
  });

  it("without an approval it is refused without a call", async () => {
    const s = await stage({ heard: true });
    await s.merge();
    await s.settle();
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(await s.entries("gate.merge")).toEqual(["intent", "refused"]);
  });

  it("an approval that was dismissed a moment ago, unheard, does not merge: the facts are fresh", async () => {
    const s = await approved();
    acts.requestChanges(s.world, { repo: s.repo, number: s.number, by: "bob" });
    s.world.hook.queue.length = 0;
    await s.merge();
    await s.jobs();
    expect(merged(s)).toBe(false);
    expect(await outcomes(s)).toEqual(["refused"]);
  });

  it("the answer of the merge call is lost: GitHub is asked, and it is a success", async () => {
    const s = await approved();
    s.world.faults.add(MERGE, { kind: "drop_answer" });
    await s.merge();
    await s.settle();
    expect(merged(s)).toBe(true);
    expect(s.world.journal.count(MERGE)).toBe(1);
    expect(await outcomes(s)).toEqual(["success"]);
    await checkAll(s);
  });

  it("G08 the audit log refuses the intent: no merge call is made", async () => {
    const s = await approved();
    await s.merge();
    await s.t.adminSql("revoke insert (leaf) on audit.entry from countersign_app");
    await s.jobs();
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(merged(s)).toBe(false);
    await s.t.adminSql("grant insert (leaf) on audit.entry to countersign_app");
    await s.jobs(3);
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
  });

  it("the audit log refuses the outcome: the merge is recovered, not repeated", async () => {
    const s = await approved();
    s.world.faults.onRequest(
      "GET /repos/{owner}/{repo}/commits/{ref}",
      async () => void (await s.t.adminSql("revoke insert (leaf) on audit.entry from countersign_app")),
    );
    await s.merge();
    await s.jobs();
    expect(merged(s)).toBe(true);
    expect(await s.entries("gate.merge")).toEqual(["intent"]);
    await s.t.adminSql("grant insert (leaf) on audit.entry to countersign_app");
    await s.jobs(3);
    expect(s.world.journal.count(MERGE)).toBe(1);
    expect(await outcomes(s)).toEqual(["recovered"]);
  });
});

describe("the process dies in the middle of a merge: at most one merge, exactly one outcome", () => {
  const steps: readonly Step[] = [
    "merge:intended",
    "merge:decided",
    "merge:calling",
    "merge:called",
    "merge:read_back",
  ];

  it.each(steps)("at %s, and the job is run again", async (step) => {
    const s = await approved();
    await s.merge();
    s.killAt(step);
    await s.jobs();
    await s.jobs(2);
    expect(merged(s)).toBe(true);
    expect(s.world.journal.of(MERGE).filter((e) => e.status === 200)).toHaveLength(1);
    expect(await s.entries("gate.merge"), s.failures().join("; ")).toHaveLength(2);
    expect(["success", "recovered"]).toContain((await outcomes(s))[0]);
  });

  it.each(steps)("at %s, and the job is lost: the reconciler asks GitHub and closes the intent", async (step) => {
    const s = await approved();
    await s.merge();
    s.killAt(step);
    await s.jobs();
    await s.t.adminSql("delete from graphile_worker._private_jobs where attempts > 0");
    await s.ageIntents();
    await s.sweep();
    const happened = step === "merge:called" || step === "merge:read_back";
    expect(merged(s)).toBe(happened);
    expect(await outcomes(s)).toEqual([happened ? "recovered" : "not_performed"]);
    expect(s.world.journal.count(MERGE)).toBe(happened ? 1 : 0);
  });

  it("meanwhile somebody else merged: the intent is closed as not performed", async () => {
    const s = await approved();
    await s.merge();
    s.killAt("merge:calling");
    await s.jobs();
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    await s.jobs(2);
    expect(s.world.journal.count(MERGE)).toBe(0);
    expect(await outcomes(s)).toContain("not_performed");
  });
});
