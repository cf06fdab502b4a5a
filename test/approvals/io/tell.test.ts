// What a pull request is told, with the local GitHub over HTTP and the real client.

import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { approvalHandlers, approvalsWorld, sweepApprovals, type TellDeps } from "#approvals/io";
import { reconcileIntents } from "#audit/io";
import { acts, findRepository, scene, serveWorld } from "#demo/world";
import { appId, commitSha, millis, prNumber, repoName, repositoryId, type ApprovalId } from "#kernel";
import { createGitHub } from "#platform/github";
import type { Job } from "#platform/jobs";
import { person } from "../support/people.ts";
import { SHOWN, stage } from "../support/stage.ts";

const there = <T>(value: T | null | undefined): T => value ?? expect.unreachable();
const set = scene();
const running = await serveWorld(set.world);
const s = await stage("acme", set.installation);
const github = createGitHub({
  appId: there(appId(set.appId)),
  privateKey: set.privateKey,
  baseUrl: running.url,
  retryBaseMs: millis(1),
});
afterAll(() => running.close());

const repo = there(findRepository(set.world, set.repo));
let head = there(commitSha(set.h2));
let dies: string | null = null;
class Killed extends Error {}
const deps: TellDeps = {
  database: s.t.db,
  github,
  append: s.t.append,
  enqueue: async (_, job) => void s.jobs.push(job),
  approvals: s.approvals,
  pageOf: (approval) => `https://countersign.example/approvals/${approval}`,
  crash: (step) => {
    if (step !== dies) return;
    dies = null;
    throw new Killed(step);
  },
};
const handlers = approvalHandlers(deps);

const ask = (more: Parameters<typeof s.ask>[0] = {}): Promise<ApprovalId> =>
  s.ask({
    headSha: head,
    deliver: {
      repository: {
        id: there(repositoryId(repo.id)),
        name: there(repoName(set.repo)),
        installation: s.tenant.installation,
      },
      number: there(prNumber(set.number)),
      sha: head,
    },
    ...more,
  });

/** Every job that was asked for, each once, as the queue would. */
async function work(): Promise<void> {
  while (s.jobs.length > 0) {
    const all = new Map<string, Job>(s.jobs.splice(0).map((job) => [job.key ?? JSON.stringify(job), job]));
    for (const job of all.values()) {
      // What waits for its time is not due yet.
      if (job.runAt === undefined) await there(handlers[job.task])(job.payload, new AbortController().signal);
    }
  }
}

const runs = (sha: string) =>
  repo.checkRuns.filter((run) => run.headSha === sha && run.name === "Countersign approvals");
const comments = () => repo.comments.filter(({ body }) => body.includes("countersign:approvals"));
const publishes = async (): Promise<readonly string[]> =>
  (await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 100, kinds: ["approval.publish"] })))
    .map(({ outcome }) => outcome)
    .toReversed();

beforeEach(async () => {
  s.jobs.length = 0;
  // What earlier tests asked is answered, so that each begins with nothing that waits.
  await s.inTenant(async (tx) => {
    for (const { approval } of await s.approvals.queue(tx)) await s.approvals.voidIt(tx, approval, "superseded");
  });
  await work();
});

describe("one check run on the head and one comment", () => {
  it("say whose move it is, until when, why and where; the answer is told in the same place", async () => {
    const id = await ask();
    await work();
    expect(runs(head)).toHaveLength(1);
    expect(runs(head)[0]).toMatchObject({ conclusion: "action_required", appId: set.appId });
    expect(comments()).toHaveLength(1);
    const text = there(comments()[0]).body;
    expect(text).toContain("1 call of an agent waits for a person");
    expect(text).toContain("human.irreversible@1");
    expect(text).toContain(`https://countersign.example/approvals/${id}`);
    await s.decide(id, person(1));
    await work();
    expect(comments()).toHaveLength(1);
    expect(there(comments()[0]).body).toMatch(/approved/);
    expect(runs(head)).toHaveLength(1);
    expect(runs(head)[0]).toMatchObject({ conclusion: "success" });
    await s.check();
  });

  it("hold nothing that the repository's readers may not see, and no secret that an agent put into a title", async () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    await ask({ shown: { ...SHOWN, title: `Merge ${token} for @everybody`, observed: ["the customer is furious"] } });
    await work();
    const text = `${there(comments()[0]).body}${JSON.stringify(runs(head))}`;
    expect(text).not.toContain(token);
    expect(text).not.toContain("furious");
    expect(text).not.toContain("It goes to production");
    expect(text).not.toMatch(/@everybody/);
    expect(text).not.toContain("diff is large");
  });

  it("the same state again is not written again", async () => {
    await ask();
    await work();
    const before = await publishes();
    await sweepApprovals(deps);
    await work();
    expect(await publishes()).toEqual(before);
  });

  it("16 what nobody decided in time is told as that, and as nobody's no", async () => {
    const id = await ask();
    await s.ageByWall(id, 61 * 60_000);
    await sweepApprovals(deps);
    await work();
    expect(await s.standing(id)).toMatchObject({ kind: "expired" });
    expect(there(comments()[0]).body).toContain("denied: nobody decided in time");
    expect(await s.entries(id)).toEqual(["approval.request success", "approval.expire success"]);
  });
});

describe("no write is lost, and none is made twice", () => {
  it.each(["tell:intended", "tell:checked", "tell:commented"])("the process dies at %s", async (step) => {
    await ask();
    const before = { runs: runs(head).length, comments: comments().length };
    dies = step;
    await expect(work()).rejects.toThrow(Killed);
    await sweepApprovals(deps);
    await work();
    expect(runs(head).length).toBe(Math.max(1, before.runs));
    expect(comments().length).toBe(Math.max(1, before.comments));
    expect(runs(head)[0]).toMatchObject({ conclusion: "action_required" });
    expect((await publishes()).slice(-2)).toEqual(["intent", "success"]);
    await s.check();
  });

  it("the job is lost after its intent: the log's reconciler asks for it again", async () => {
    await ask();
    dies = "tell:commented";
    await expect(work()).rejects.toThrow(Killed);
    s.jobs.length = 0;
    await s.t.adminSql("update audit.open_intent set opened_at = opened_at - interval '1 hour'");
    const claim = there(await s.t.db.claimFor(s.tenant.id));
    const observer = { type: "app", id: "1" } as const;
    await reconcileIntents(
      { database: s.t.db, append: s.t.append, observer, worlds: { "approval.publish": approvalsWorld(deps) } },
      claim,
    );
    expect(s.jobs.map(({ task }) => task)).toEqual(["approvals.tell"]);
    await work();
    expect((await publishes()).at(-1)).toBe("success");
    expect(comments()).toHaveLength(1);
  });

  it("GitHub is away: the job fails, and the next look writes it", async () => {
    await ask();
    set.world.faults.add("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", { kind: "status", status: 503 });
    await work().catch(() => {});
    await sweepApprovals(deps);
    await work();
    expect(runs(head)[0]).toMatchObject({ conclusion: "action_required" });
  });

  it("our comment is deleted: the next change writes another one; one with our marker by somebody else stays theirs", async () => {
    const id = await ask();
    await work();
    const mine = there(comments()[0]);
    const text = mine.body;
    const copied = acts.comment(set.world, { repo: set.repo, number: set.number, by: "bob", body: text });
    repo.comments.splice(repo.comments.indexOf(mine), 1);
    await s.decide(id, person(1));
    await work();
    expect(comments()).toHaveLength(2);
    expect(there(comments().find((each) => each.id === copied)).body).toBe(text);
    repo.comments.splice(0, repo.comments.length, ...repo.comments.filter((each) => each.id !== copied));
  });
});

describe("14 a commit that is the head no more", () => {
  it("what was asked about it is void, waiting or approved; the old head's check run says that it was left", async () => {
    const waiting = await ask();
    const yes = await ask();
    await s.decide(yes, person(1));
    await work();
    const old = head;
    head = there(
      commitSha(
        acts.push(set.world, { repo: set.repo, branch: "feature", by: "agent[bot]", files: { "n.ts": "n\n" } }),
      ),
    );
    await sweepApprovals(deps);
    await work();
    expect(await s.standing(waiting)).toMatchObject({ kind: "void", why: "head_moved" });
    expect(await s.standing(yes)).toMatchObject({ kind: "void", why: "head_moved" });
    expect(runs(old)[0]).toMatchObject({ conclusion: "neutral" });
    await s.check();
  });

  it("a pull request that is closed: what waits on it is void", async () => {
    const id = await ask();
    await work();
    acts.closePullRequest(set.world, { repo: set.repo, number: set.number, by: "agent[bot]" });
    await sweepApprovals(deps);
    await work();
    expect(await s.standing(id)).toMatchObject({ kind: "void", why: "pull_request_closed" });
  });
});
