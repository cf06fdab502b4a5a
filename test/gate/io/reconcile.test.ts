import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import { gateHandlers } from "#gate/io";
import { asNumber, checkAll, stage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

/** A stage on which the watch has begun: what is on `main` now is not judged. */
async function watched(heard = true): Promise<Stage> {
  const s = await stage({ heard });
  await s.sweep();
  return s;
}

const lose = (s: Stage): void => {
  s.world.hook.queue.length = 0;
};

const reverts = (s: Stage): number =>
  [...(findRepository(s.world, s.repo)?.pulls.values() ?? [])].filter((p) =>
    p.headRef.startsWith(`revert-${s.number}-`),
  ).length;

describe("G4: what reached a production branch around the gate is found, with every webhook lost", () => {
  it("E11 merged by an admin without approval: an alarm and one revert pull request, which needs a human too", async () => {
    const s = await watched();
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    lose(s);
    await s.sweep();
    expect(await s.incidents()).toContain("merged_around");
    expect(reverts(s)).toBe(1);
    expect(await s.entries("gate.revert")).toEqual(["intent", "success"]);
    await s.sweep();
    expect(reverts(s), "and not once more").toBe(1);
    const revert = [...(findRepository(s.world, s.repo)?.pulls.values() ?? [])].find((p) =>
      p.headRef.startsWith("revert-"),
    );
    expect(s.check(revert?.headSha ?? "")?.conclusion).not.toBe("success");
    await checkAll(s);
  });

  it("E11 the process dies after the revert was asked for: still one revert, one outcome", async () => {
    const s = await watched();
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    s.killAt("revert:called");
    await s.settle();
    await s.jobs(3);
    await s.sweep();
    expect(reverts(s)).toBe(1);
    expect(await s.entries("gate.revert")).toEqual(["intent", "success"]);
  });

  it("E11 a watch and a sweep ask at the same moment: still one revert, one outcome", async () => {
    const s = await watched();
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    lose(s);
    s.killAt("revert:intended");
    await s.sweep();
    expect(reverts(s)).toBe(0);
    const both = Promise.withResolvers<boolean>();
    let arrived = 0;
    const handlers = gateHandlers({
      ...s.deps,
      sequenced: () => {
        arrived += 1;
        if (arrived === 2) both.resolve(true);
        return both.promise;
      },
    });
    const payload = { tenant: s.tenant.id, repository: s.repositoryId };
    await Promise.all(
      ["gate.watch", "gate.reconcile"].map(async (task) => handlers[task]?.(payload, new AbortController().signal)),
    );
    expect(arrived).toBe(2);
    expect(reverts(s)).toBe(1);
    expect(await s.entries("gate.revert")).toEqual(["intent", "success"]);
  });

  it("merged by an admin with a verified approval: judged afterwards, recorded, no alarm", async () => {
    const s = await watched();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    await s.settle();
    expect(await s.incidents()).toEqual([]);
    expect(await s.entries("gate.merge")).toEqual(["unknown"]);
    await checkAll(s);
  });

  it("E12 a direct push to main: an alarm", async () => {
    const s = await watched();
    acts.directPush(s.world, { repo: s.repo, branch: "main", by: "adm", files: { "hot.ts": "fix\n" } });
    lose(s);
    await s.sweep();
    expect(await s.incidents()).toEqual(["direct_push"]);
    await s.sweep();
    expect(await s.incidents(), "one thing is one incident").toEqual(["direct_push"]);
    await checkAll(s);
  });

  it("main is force-pushed to another history, which GitHub cannot even compare: an alarm", async () => {
    const s = await watched();
    acts.forcePush(s.world, { repo: s.repo, branch: "main", by: "adm", files: { "src/index.ts": "rewritten\n" } });
    lose(s);
    await s.sweep();
    expect(await s.incidents()).toContain("history_rewritten");
  });

  it("E13 our merge whose commit brings in another parent: an alarm", async () => {
    const s = await stage({ heard: true, files: { ".github/merge-gate.yml": "version: 1\nmerge_method: merge\n" } });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    // The merge answers well, and what is read back is a commit with the wrong second parent.
    s.world.faults.onRequest("GET /repos/{owner}/{repo}/commits/{ref}", () => {
      const repo = findRepository(s.world, s.repo);
      const pull = repo?.pulls.get(s.number);
      const commit = repo?.network.commits.get(pull?.mergeCommitSha ?? "");
      if (commit !== undefined) Object.assign(commit, { parents: [commit.parents[0], s.h1] });
    });
    await s.merge();
    await s.jobs();
    expect(await s.incidents()).toContain("merge_mismatch");
  });
});

describe("protection", () => {
  it("F04 the ruleset is deleted and the webhook lost: an alarm, and the pull request fails as unprotected", async () => {
    const s = await watched();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    acts.deleteRuleset(s.world, { on: s.repo, id: s.ruleset, by: "adm" });
    lose(s);
    await s.sweep();
    expect(await s.incidents()).toEqual(["unprotected"]);
    expect(await s.reasons()).toEqual(["unprotected"]);
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    acts.addRuleset(s.world, { on: s.repo, rules: acts.soundRules(s.appId) }, "adm");
    lose(s);
    await s.sweep();
    expect(await s.incidents()).toEqual([]);
    expect(await s.reasons()).toEqual(["approved"]);
    await checkAll(s);
  });

  it("F03 a ruleset that only evaluates is no protection", async () => {
    const s = await watched();
    acts.changeRuleset(s.world, { on: s.repo, id: s.ruleset, by: "adm", to: { enforcement: "evaluate" } });
    await s.settle();
    expect(await s.reasons()).toContain("unprotected");
    expect(await s.incidents()).toEqual(["unprotected"]);
  });
});

describe("correct with zero webhooks", () => {
  it("every head gets a verdict by the sweep alone", async () => {
    const s = await stage();
    acts.push(s.world, { repo: s.repo, branch: "second", by: "bob", from: "main", files: { "b.ts": "b\n" } });
    const second = acts.openPullRequest(s.world, { repo: s.repo, by: "bob", head: "second" });
    lose(s);
    await s.sweep();
    expect(await s.reasons(second)).toContain("no_approval");
    await checkAll(s);
  });

  it("a dismissal that was not heard takes the success back at the next sweep", async () => {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    const review = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    s.clock.advance(60_000);
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    lose(s);
    await s.sweep();
    expect(await s.reasons()).toContain("dismissed");
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
  });

  it("a delivery that failed is asked for again, once it was taken no more", async () => {
    const s = await stage({ heard: true });
    s.world.hook.faults.push({ kind: "fail", match: { event: "pull_request_review" }, times: 1 });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    await s.sweep();
    await s.sweep();
    expect(s.world.journal.count("POST /app/hook/deliveries/{delivery_id}/attempts")).toBe(1);
    expect(s.check(s.h2)?.conclusion).toBe("success");
  });
});

describe("merge groups", () => {
  async function queued(): Promise<{ readonly s: Stage; readonly sha: string }> {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    acts.addToMergeQueue(s.world, { repo: s.repo, number: s.number, by: "ann" });
    return { s, sha: findRepository(s.world, s.repo)?.groups.at(-1)?.headSha ?? "" };
  }

  it("E08 everybody in the group is approved and unmoved: success on the group's SHA", async () => {
    const { s, sha } = await queued();
    await s.settle();
    expect(s.check(sha)?.conclusion).toBe("success");
    await checkAll(s);
  });

  it("E09 the approval is dismissed while it is queued: failure on the group's SHA", async () => {
    const { s, sha } = await queued();
    const review = [...(findRepository(s.world, s.repo)?.pulls.get(s.number)?.reviews ?? [])].at(-1);
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review: review?.id ?? 0 });
    await s.settle();
    expect(["failure", "action_required"]).toContain(s.check(sha)?.conclusion);
  });

  it("E10 the group cannot be mapped to pull requests: failure, could not decide", async () => {
    const { s, sha } = await queued();
    const repo = findRepository(s.world, s.repo);
    if (repo !== undefined) repo.queue.length = 0;
    await s.settle();
    expect(s.check(sha)?.conclusion).toBe("failure");
    expect(s.check(sha)?.output.title).toMatch(/could not decide/i);
  });
});

describe("T1, T2: one tenant's job cannot reach another's ground", () => {
  it("a job, a merge request and a delivery that name another tenant's repository or installation do nothing", async () => {
    const s = await stage({ heard: true });
    const other = await s.t.tenant("globex", 777_001);
    s.world.journal.clear();
    const verdicts = (await s.entries("gate.verdict")).length;
    const repository = { installation: other.installation, id: s.repositoryId, name: s.name };
    for (const job of [
      { task: "gate.evaluate", payload: { tenant: other.id, repository: s.repositoryId, number: s.pr } },
      { task: "gate.publish", payload: { tenant: other.id, repository: s.repositoryId, sha: s.h2 } },
      { task: "gate.reconcile", payload: { tenant: other.id, repository: s.repositoryId } },
      { task: "gate.watch", payload: { tenant: other.id, repository: s.repositoryId } },
    ])
      await s.t.db.withTenant(other.claim, (tx) => s.deps.enqueue(tx, job));
    await s.jobs();
    expect(s.calls()).toEqual([]);
    expect((await s.entries("gate.verdict")).length).toBe(verdicts);
    expect(
      await s.t.db.withTenant(other.claim, (tx) =>
        s.intake.requestMerge(tx, {
          repositoryId: s.repositoryId,
          number: s.pr,
          requestedBy: { type: "human", id: "1" },
        }),
      ),
    ).toEqual({ kind: "unknown_repository" });
    await expect(
      s.t.db.withTenant(other.claim, (tx) =>
        s.intake.request(tx, {
          kind: "evaluate",
          pr: { repository: { ...repository, installation: s.tenant.installation }, number: asNumber(1) },
        }),
      ),
    ).rejects.toThrow(/does not belong to the tenant/);
    await checkAll(s);
  });
});
