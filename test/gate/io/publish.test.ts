import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import type { Step } from "#gate/io";
import { checkAll, stage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

const POST = "POST /repos/{owner}/{repo}/check-runs";
const ours = (s: Stage, sha: string): number =>
  findRepository(s.world, s.repo)?.checkRuns.filter((run) => run.appId === s.appId && run.headSha === sha).length ?? 0;

async function approvedUnpublished(): Promise<Stage> {
  const s = await stage();
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  s.world.hook.queue.length = 0;
  await s.t.db.withTenant(s.tenant.claim, (tx) =>
    s.intake.request(tx, {
      kind: "evaluate",
      pr: { repository: { installation: s.tenant.installation, id: s.repositoryId, name: s.name }, number: s.pr },
    }),
  );
  return s;
}

describe("publishing: one check run per commit, no write lost", () => {
  const steps: readonly Step[] = ["publish:intended", "publish:written"];

  it.each(steps)("the process dies at %s: one check run, one outcome, the right conclusion", async (step) => {
    const s = await approvedUnpublished();
    s.killAt(step);
    await s.jobs();
    await s.jobs(2);
    expect(ours(s, s.h2)).toBe(1);
    expect(s.check(s.h2)?.conclusion).toBe("success");
    expect(await s.entries("gate.publish")).toEqual(["intent", "success"]);
  });

  it.each(steps)("the process dies at %s and the job is lost: GitHub is asked what became of it", async (step) => {
    const s = await approvedUnpublished();
    s.killAt(step);
    await s.jobs();
    await s.t.adminSql("delete from graphile_worker._private_jobs where attempts > 0");
    await s.ageIntents();
    await s.sweep();
    expect(ours(s, s.h2)).toBe(1);
    expect(s.check(s.h2)?.conclusion).toBe("success");
    expect(await s.entries("gate.publish")).toEqual(
      step === "publish:written" ? ["intent", "recovered"] : ["intent", "not_performed", "intent", "success"],
    );
  });

  it("a secondary rate limit on the write loses nothing: the job waits and writes", async () => {
    const s = await approvedUnpublished();
    s.world.faults.add(POST, { kind: "status", status: 503 });
    await s.jobs();
    expect(s.check(s.h2)).toBeUndefined();
    await s.jobs(3);
    expect(s.check(s.h2)?.conclusion).toBe("success");
    expect(await s.entries("gate.publish")).toEqual(["intent", "success"]);
  });

  it("the answer of the write is lost: our check run is found by app id, and there is still one", async () => {
    const s = await approvedUnpublished();
    s.world.faults.add(POST, { kind: "drop_answer" });
    await s.jobs();
    await s.jobs(3);
    expect(ours(s, s.h2)).toBe(1);
    expect(s.check(s.h2)?.conclusion).toBe("success");
  });

  it("G06 the head moves between verdict and publishing of a retried job: the old SHA gets no success", async () => {
    const s = await approvedUnpublished();
    s.killAt("publish:intended");
    await s.jobs();
    const h3 = acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "z.ts": "z\n" } });
    s.world.hook.queue.length = 0;
    await s.jobs(3);
    await s.jobs(3);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    expect(s.check(h3)?.conclusion).not.toBe("success");
    expect(await s.entries("gate.publish")).toContain("not_performed");
  });

  it("F02 another app's check run and a status with our name: fail, an alarm, and ours is still found", async () => {
    const s = await stage({ heard: true });
    acts.postCheckRun(s.world, { repo: s.repo, sha: s.h2, app: 15_368, name: "countersign", conclusion: "success" });
    acts.postStatus(s.world, { repo: s.repo, sha: s.h2, by: "ann", context: "countersign", state: "success" });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "bob" });
    await s.settle();
    expect(await s.reasons()).toContain("check_spoofed");
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    expect(await s.incidents()).toContain("check_spoofed");
    expect(ours(s, s.h2)).toBe(1);
    await checkAll(s);
  });

  it("F02 among 150 checks of other apps: every page is read, a pass is a pass, and a forged one on the last page is found", async () => {
    const s = await stage({ heard: true });
    for (let i = 0; i < 150; i += 1)
      acts.postCheckRun(s.world, { repo: s.repo, sha: s.h2, app: 15_368, name: `job ${i}`, conclusion: "success" });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("success");
    acts.postStatus(s.world, { repo: s.repo, sha: s.h2, by: "bob", context: "countersign", state: "success" });
    await s.settle();
    expect(await s.reasons()).toContain("check_spoofed");
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    expect(ours(s, s.h2)).toBe(1);
    await checkAll(s);
  });

  it("closing a pull request takes its success back: the commit is not approved for another one", async () => {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("success");
    acts.closePullRequest(s.world, { repo: s.repo, number: s.number, by: "agent[bot]" });
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("failure");
  });

  it("F07 no conclusion that GitHub takes for satisfied but success is ever written", async () => {
    const s = await stage({ heard: true });
    const written = s.world.journal.exchanges.filter((e) => /check-runs/.test(e.route ?? "") && e.method !== "GET");
    expect(written.length).toBeGreaterThan(0);
    for (const e of written)
      expect(["success", "failure", "action_required"]).toContain(
        Object.entries(e.body ?? {}).find(([key]) => key === "conclusion")?.[1],
      );
  });
});
