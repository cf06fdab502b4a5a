// Whoever may write to a repository can make things hard to read: so many commits that GitHub times out, an account that is
// hidden, a pull request that is gone. What cannot be read must neither keep a pass alive nor hide something else.

import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { checkAll, stage, type Stage } from "../gate/io/support/stage.ts";

const GRAPHQL = "POST /graphql";
const PULL = "GET /repos/{owner}/{repo}/pulls/{pull_number}";

async function approved(): Promise<{ readonly s: Stage; readonly review: number }> {
  const s = await stage({ heard: true });
  await s.sweep();
  s.clock.advance(60_000);
  const review = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  expect(s.check(s.h2)?.conclusion).toBe("success");
  s.clock.advance(60_000);
  return { s, review };
}

describe("G07: a pass that cannot be decided again does not stay", () => {
  it.each([
    ["times out", { kind: "status", status: 502 }, 3],
    ["is refused", { kind: "status", status: 403 }, 1],
    [
      "answers nothing that can be read",
      { kind: "partial_error", type: "SERVICE", message: "x", path: ["repository"] },
      1,
    ],
  ] as const)("the pull request %s while its approval is dismissed: the success goes", async (_, fault, times) => {
    const { s, review } = await approved();
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    s.world.faults.add(GRAPHQL, fault, times);
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    await s.settle(3);
    await s.sweep();
    expect(await s.reasons()).toContain("dismissed");
    expect(await s.entries("gate.verdict")).toContain("unknown");
  });

  it("nothing had changed: the next try passes again, and one entry says why it was taken back", async () => {
    const { s } = await approved();
    acts.remark(s.world, { repo: s.repo, number: s.number, by: "bob" });
    s.world.faults.add(GRAPHQL, { kind: "status", status: 502 }, 6);
    await s.settle(3);
    expect((await s.entries("gate.verdict")).filter((outcome) => outcome === "unknown")).toHaveLength(1);
    expect(await s.reasons()).toEqual(["approved"]);
    expect(s.check(s.h2)?.conclusion).toBe("success");
  });
});

describe("G4: what cannot be read in one place hides nothing elsewhere", () => {
  it("E12 a merge whose pull request GitHub hides does not keep a direct push from being found", async () => {
    const { s } = await approved();
    await s.merge();
    s.killAt("merge:calling");
    await s.jobs();
    await s.t.adminSql("delete from graphile_worker._private_jobs where attempts > 0");
    await s.ageIntents();
    acts.directPush(s.world, { repo: s.repo, branch: "main", by: "adm", files: { "hot.ts": "fix\n" } });
    s.world.hook.queue.length = 0;
    s.world.faults.add(PULL, { kind: "status", status: 404 }, 50);
    await s.sweep();
    expect(await s.incidents()).toContain("direct_push");
    s.world.faults.clear();
    await s.ageIntents();
    await s.sweep(3);
    expect((await s.entries("gate.merge")).filter((outcome) => outcome !== "intent")).toEqual(["not_performed"]);
  });

  it("the application's own log of deliveries cannot be read: every repository is swept all the same", async () => {
    const { s, review } = await approved();
    acts.dismissReview(s.world, { repo: s.repo, number: s.number, by: "adm", review });
    s.world.hook.queue.length = 0;
    s.world.faults.add("GET /app/hook/deliveries", { kind: "status", status: 500 }, 9);
    await expect(s.sweep()).rejects.toThrow(/GitHub did not answer/);
    await s.settle();
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    await checkAll(s);
  });
});
