import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { asNumber, checkAll, stage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

const approve = (s: Stage, by = "ann"): number => acts.approve(s.world, { repo: s.repo, number: s.number, by });

/** The calls of one evaluation and its publishing, without those of the sweep that found it. */
async function evaluateOnce(s: Stage): Promise<readonly string[]> {
  s.world.journal.clear();
  await s.t.db.withTenant(s.tenant.claim, (tx) =>
    s.intake.request(tx, {
      kind: "evaluate",
      pr: { repository: { installation: s.tenant.installation, id: s.repositoryId, name: s.name }, number: s.pr },
    }),
  );
  await s.jobs();
  return s.calls().map((c) => c.route ?? "?");
}

const GRAPHQL = "POST /graphql";
const CHECK = "POST /repos/{owner}/{repo}/check-runs";
const ACTIVITY = "GET /repos/{owner}/{repo}/activity";

describe("G1: facts through the running pieces", () => {
  it("A01 an approval on the head, heard by webhook, passes in three calls: facts, people, check", async () => {
    const s = await stage({ heard: true });
    s.clock.advance(60_000);
    approve(s);
    s.world.journal.clear();
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("success");
    expect(s.calls().map((c) => c.route)).toEqual([
      GRAPHQL,
      GRAPHQL,
      "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
    ]);
    await checkAll(s);
  });

  it("G05 the review's webhook is lost: the sweep and the activity find the approval, in at most four calls", async () => {
    const s = await stage();
    approve(s);
    s.world.hook.queue.length = 0;
    expect(await evaluateOnce(s)).toEqual([GRAPHQL, ACTIVITY, GRAPHQL, CHECK]);
    expect(await s.reasons()).toEqual(["approved"]);
    await checkAll(s);
  });

  it("G05 a second evaluation of the same facts writes nothing to GitHub", async () => {
    const s = await stage();
    approve(s);
    s.world.hook.queue.length = 0;
    await evaluateOnce(s);
    expect(await evaluateOnce(s)).not.toContain(CHECK);
    expect(s.world.journal.exchanges.filter((e) => e.method === "PATCH")).toEqual([]);
  });

  it("A04 a force-push re-points the approval: the first-seen ledger remembers what it was given on", async () => {
    const s = await stage({ heard: true });
    s.world.knobs.rebind = true;
    approve(s);
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("success");
    s.clock.advance(60_000);
    const h3 = acts.forcePush(s.world, {
      repo: s.repo,
      branch: "feature",
      by: "agent[bot]",
      files: { "src/index.ts": "export const answer = 0;\n" },
      message: "Something else",
    });
    await s.settle();
    expect(await s.reasons()).toContain("review_rebound");
    expect(s.check(h3)?.conclusion).not.toBe("success");
    await checkAll(s);
  });

  it("G06 synchronize is lost: the live head decides, and the old one's success does not stay", async () => {
    const s = await stage({ heard: true });
    approve(s);
    await s.settle();
    s.clock.advance(60_000);
    const h3 = acts.push(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "x.ts": "x\n" } });
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(await s.reasons()).toContain("stale_sha");
    expect(s.check(h3)?.conclusion).not.toBe("success");
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    await checkAll(s);
  });

  it("C02 whoever had a hand in an earlier head stays a contributor after it was force-pushed away", async () => {
    const s = await stage({ heard: true });
    acts.push(s.world, { repo: s.repo, branch: "feature", by: "ann", author: "ann", files: { "a.ts": "by ann\n" } });
    await s.settle();
    s.clock.advance(60_000);
    acts.forcePush(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "b.ts": "by the bot\n" } });
    s.clock.advance(60_000);
    approve(s);
    await s.settle();
    expect(await s.reasons()).toEqual(expect.arrayContaining(["contributor"]));
    await checkAll(s);
  });
});

describe("facts that cannot be read fail closed", () => {
  const broken: readonly (readonly [string, (s: Stage) => void])[] = [
    [
      "B12 the second page of reviews is 502: error",
      (s) => {
        for (let i = 0; i < 110; i += 1) acts.remark(s.world, { repo: s.repo, number: s.number, by: "bob" });
        let page = 0;
        s.world.faults.onRequest(
          GRAPHQL,
          () => {
            page += 1;
            if (page === 1) s.world.faults.add(GRAPHQL, { kind: "status", status: 502 }, 10);
          },
          1,
        );
      },
    ],
    [
      "C17 the permissions are 403: error",
      (s) => {
        s.world.faults.onRequest(GRAPHQL, () => s.world.faults.add(GRAPHQL, { kind: "status", status: 403 }, 1), 1);
      },
    ],
    [
      "C17 the permissions are 5xx: error",
      (s) => {
        s.world.faults.onRequest(GRAPHQL, () => s.world.faults.add(GRAPHQL, { kind: "status", status: 500 }, 10), 1);
      },
    ],
    [
      "G09 GraphQL gives data and errors: error",
      (s) => {
        s.world.faults.add(GRAPHQL, {
          kind: "partial_error",
          type: "SOMETHING",
          message: "Something went wrong",
          path: ["repository", "pullRequest", "reviews"],
        });
      },
    ],
  ];
  it.each(broken)("%s", async (_, breakIt) => {
    const s = await stage();
    approve(s);
    breakIt(s);
    s.world.hook.queue.length = 0;
    await evaluateOnce(s);
    expect(await s.reasons()).toEqual(["incomplete_facts"]);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    s.world.faults.clear();
    await s.sweep();
    expect(await s.reasons(), "the next sweep decides").toEqual(["approved"]);
  });

  it("G07 a secondary limit while reading: error, the check is written when GitHub allows it, and nothing merges", async () => {
    const s = await stage();
    approve(s);
    s.world.faults.onRequest(
      GRAPHQL,
      () => s.world.faults.add(GRAPHQL, { kind: "secondary_rate_limit", status: 429, retryAfterSeconds: 1 }, 1),
      1,
    );
    s.world.hook.queue.length = 0;
    await evaluateOnce(s);
    expect(await s.reasons()).toEqual(["incomplete_facts"]);
    expect(s.check(s.h2), "GitHub said wait").toBeUndefined();
    expect(
      await s.t.adminSql("select 1 from graphile_worker._private_jobs where attempts > 0"),
      "the write waits in the queue",
    ).toHaveLength(1);
  });

  it("D13 the configuration is too large to be read: error", async () => {
    const s = await stage({ files: { ".github/merge-gate.yml": `version: 1\n${"#".repeat(600_000)}` } });
    approve(s);
    s.world.hook.queue.length = 0;
    await evaluateOnce(s);
    expect(s.check(s.h2)?.conclusion).toBe("failure");
    expect(["incomplete_facts", "config_invalid"]).toContain((await s.reasons())[0]);
  });

  it("D07 a fork whose synchronize was lost: nobody saw when its head came, so it fails", async () => {
    const s = await stage();
    acts.fork(s.world, s.repo, "out");
    acts.push(s.world, { repo: "out/app", branch: "idea", by: "out", files: { "idea.ts": "idea\n" } });
    const number = acts.openPullRequest(s.world, { repo: s.repo, by: "out", head: "out:idea" });
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number, by: "ann" });
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(await s.reasons(number)).toContain("head_time_unknown");
  });

  it("G11 our clocks ten minutes off change no verdict: the review lies in GitHub's past, whatever ours says", async () => {
    const s = await stage();
    s.clock.set("2036-01-01T00:00:00Z");
    approve(s);
    s.world.hook.queue.length = 0;
    await evaluateOnce(s);
    expect(await s.reasons()).toEqual(["approved"]);
  });
});

describe("one commit, several pull requests", () => {
  it("a second pull request with the same head into a production branch withdraws the success until it passes too", async () => {
    const s = await stage({ heard: true });
    approve(s);
    await s.settle();
    expect(s.check(s.h2)?.conclusion).toBe("success");
    acts.push(s.world, { repo: s.repo, branch: "release/1", by: "adm", from: "main", files: { "release.txt": "1\n" } });
    acts.addRuleset(s.world, { on: s.repo, include: ["refs/heads/release/*"], rules: acts.soundRules(s.appId) }, "adm");
    const second = acts.openPullRequest(s.world, {
      repo: s.repo,
      by: "agent[bot]",
      head: "feature",
      base: "release/1",
    });
    await s.settle();
    expect(await s.reasons(second)).toContain("no_approval");
    expect(await s.reasons()).toEqual(["sibling_unapproved"]);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
    await checkAll(s);
  });
});

describe("events and evaluations", () => {
  it("a hundred events about one pull request make at most two evaluations", async () => {
    const s = await stage({ heard: true });
    const before = (await s.entries("gate.verdict")).length;
    for (let i = 0; i < 100; i += 1) acts.remark(s.world, { repo: s.repo, number: s.number, by: "bob" });
    await s.settle();
    expect((await s.entries("gate.verdict")).length - before).toBeLessThanOrEqual(2);
    await checkAll(s);
  });

  it("a push to the base evaluates no pull request", async () => {
    const s = await stage({ heard: true });
    await s.sweep();
    const before = (await s.entries("gate.verdict")).length;
    acts.directPush(s.world, { repo: s.repo, branch: "main", by: "adm", files: { "other.ts": "other\n" } });
    await s.settle();
    expect((await s.entries("gate.verdict")).length).toBe(before);
  });

  it("a push to the base that changes the gate's own file evaluates its pull requests", async () => {
    const s = await stage({ heard: true });
    await s.sweep();
    const before = (await s.entries("gate.verdict")).length;
    acts.directPush(s.world, {
      repo: s.repo,
      branch: "main",
      by: "adm",
      files: { ".github/merge-gate.yml": "version: 1\nmin_approvals: 2\n" },
    });
    await s.settle();
    expect((await s.entries("gate.verdict")).length).toBeGreaterThan(before);
  });

  it("a pull request that does not exist is evaluated to nothing", async () => {
    const s = await stage();
    await s.t.db.withTenant(s.tenant.claim, (tx) =>
      s.intake.request(tx, {
        kind: "evaluate",
        pr: {
          repository: { installation: s.tenant.installation, id: s.repositoryId, name: s.name },
          number: asNumber(999),
        },
      }),
    );
    await s.jobs();
    expect(await s.entries("gate.verdict")).toEqual([]);
    expect(s.failures()).toEqual([]);
  });
});
