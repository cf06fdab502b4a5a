// A merge group's commit carries a success of its own. It is a commit like any other: it can be pushed to a branch, made the
// head of a pull request, and it outlives the queue.

import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import { stage, type Stage } from "../gate/io/support/stage.ts";

async function queued(): Promise<{ readonly s: Stage; readonly sha: string; readonly review: number }> {
  const s = await stage({ heard: true });
  s.clock.advance(60_000);
  const review = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  acts.addToMergeQueue(s.world, { repo: s.repo, number: s.number, by: "ann" });
  const sha = findRepository(s.world, s.repo)?.groups.at(-1)?.headSha ?? "";
  await s.settle();
  expect(s.check(sha)?.conclusion).toBe("success");
  s.clock.advance(60_000);
  return { s, sha, review };
}

function openWith(s: Stage, sha: string): number {
  acts.push(s.world, { repo: s.repo, branch: "borrowed", by: "agent[bot]", from: sha, files: { "late.ts": "x\n" } });
  const repo = findRepository(s.world, s.repo);
  repo?.branches.set("borrowed", sha);
  return acts.openPullRequest(s.world, { repo: s.repo, by: "agent[bot]", head: "borrowed" });
}

describe("G1: a merge group's success is the group's alone", () => {
  it("a pull request whose head is the group's commit needs an approval of its own", async () => {
    const { s, sha } = await queued();
    const number = openWith(s, sha);
    await s.settle();
    expect(await s.reasons(number)).toContain("no_approval");
    expect(s.check(sha)?.conclusion).not.toBe("success");
  });

  it("E09 an approval that is dismissed after the group succeeded takes the group's success back", async () => {
    const { s, sha, review } = await queued();
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    await s.settle();
    expect(s.check(sha)?.conclusion).not.toBe("success");
  });

  it("E09 the same with the delivery lost, by the next sweep", async () => {
    const { s, sha, review } = await queued();
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(s.check(sha)?.conclusion).not.toBe("success");
  });

  it("a group that was thrown away leaves no success behind", async () => {
    const { s, sha } = await queued();
    acts.removeFromMergeQueue(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    expect(s.check(sha)?.conclusion).not.toBe("success");
  });

  it("a group that was merged keeps what it was allowed", async () => {
    const { s, sha } = await queued();
    await s.sweep();
    expect(acts.advanceQueue(s.world, { repo: s.repo, by: "ann" })).toEqual([s.number]);
    await s.settle();
    expect(s.check(sha)?.conclusion).toBe("success");
    expect(await s.incidents()).toEqual([]);
  });

  it("G4 queued by us, dismissed, taken out, and then merged around the gate: an alarm, not ours", async () => {
    const s = await stage({ heard: true });
    await s.sweep();
    s.clock.advance(60_000);
    const review = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    // Somebody else's, so that there is a queue.
    acts.push(s.world, { repo: s.repo, branch: "other", by: "bob", from: "main", files: { "other.ts": "x\n" } });
    const other = acts.openPullRequest(s.world, { repo: s.repo, by: "bob", head: "other" });
    acts.addToMergeQueue(s.world, { repo: s.repo, number: other, by: "bob" });
    await s.settle();
    await s.merge();
    await s.settle();
    expect(await s.entries("gate.merge")).toEqual(["intent", "success"]);
    acts.removeFromMergeQueue(s.world, { repo: s.repo, number: s.number, by: "adm" });
    s.clock.advance(60_000);
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    s.clock.advance(60_000);
    acts.mergeAsAdmin(s.world, { repo: s.repo, number: s.number, by: "adm" });
    await s.sweep();
    expect(await s.incidents()).toEqual(["merged_around"]);
  });
});
