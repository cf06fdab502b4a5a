// Somebody has the App's key and acts with it on GitHub, around the log: case 39. Each such act is an incident within one sweep.

import { z } from "zod";
import { describe, expect, it } from "vitest";
import { acts, findRepository } from "#demo/world";
import { stage, type Stage } from "../gate/io/support/stage.ts";

const answer = z.object({ repository: z.object({ pullRequest: z.object({ id: z.string() }) }) });

const place = (s: Stage): { owner: string; repo: string } => {
  const [owner = "", repo = ""] = s.repo.split("/");
  return { owner, repo };
};

/** The world's clock is the scene's, the database's is real: what was written counts as written before anything of the scene. */
const longAgo = (s: Stage): Promise<unknown> =>
  s.t.adminSql("update gate.check_run set published_at = '2001-01-01T00:00:00Z'");

async function watched(): Promise<Stage> {
  const s = await stage({ heard: true });
  await s.sweep();
  return s;
}

describe("A1 case 39: an act of our App that the log does not know is an incident", () => {
  it("a merge, also one that the rules would have passed", async () => {
    const s = await watched();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    const client = s.deps.github.installation(s.tenant.installation, s.repositoryId, "merge");
    await client.rest("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
      ...place(s),
      pull_number: s.number,
      sha: s.h2,
    });
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(await s.incidents()).toEqual(["unlogged"]);
    await s.sweep();
    expect(await s.incidents(), "one thing is one incident").toEqual(["unlogged"]);
    expect(await s.entries("gate.incident")).toEqual(["unknown"]);
  });

  it("a revert in our name of what was merged in order; the revert that answers a merge around the gate is ours, and logged", async () => {
    const s = await watched();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    await s.merge();
    await s.settle();
    const client = s.deps.github.installation(s.tenant.installation, s.repositoryId, "merge");
    const found = await client.graphql(
      "query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) { pullRequest(number: $number) { id } } }",
      { owner: place(s).owner, name: place(s).repo, number: s.number },
    );
    const { id } = answer.parse(found.data).repository.pullRequest;
    await client.graphql(
      'mutation($id: ID!) { revertPullRequest(input: { pullRequestId: $id, title: "free" }) { revertPullRequest { number } } }',
      { id },
    );
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(await s.incidents()).toEqual(["unlogged"]);
    const other = await watched();
    acts.mergeAsAdmin(other.world, { repo: other.repo, number: other.number, by: "adm" });
    await other.settle();
    await other.sweep();
    expect(await other.incidents()).toEqual(["merged_around"]);
  });

  it("a success on a check run, told by GitHub's event; the check says the verdict again", async () => {
    const s = await watched();
    expect(s.check(s.h2)?.conclusion).toBe("action_required");
    await longAgo(s);
    const client = s.deps.github.installation(s.tenant.installation, s.repositoryId, "report");
    await client.rest("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
      ...place(s),
      check_run_id: s.check(s.h2)?.id,
      status: "completed",
      conclusion: "success",
    });
    await s.settle();
    expect(await s.incidents()).toEqual(["unlogged"]);
    expect(s.check(s.h2)?.conclusion).toBe("action_required");
  });

  it("a success whose event was lost: found at the next evaluation", async () => {
    const s = await watched();
    await longAgo(s);
    const client = s.deps.github.installation(s.tenant.installation, s.repositoryId, "report");
    await client.rest("PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", {
      ...place(s),
      check_run_id: s.check(s.h2)?.id,
      status: "completed",
      conclusion: "success",
    });
    s.world.hook.queue.length = 0;
    s.clock.advance(60_000);
    acts.requestChanges(s.world, { repo: s.repo, number: s.number, by: "bob" });
    s.world.hook.queue.length = 0;
    await s.sweep();
    expect(await s.incidents()).toEqual(["unlogged"]);
    expect(s.check(s.h2)?.conclusion).not.toBe("success");
  });

  it("what the App does by itself is no incident: publishing, turning red, merging", async () => {
    const s = await watched();
    s.clock.advance(60_000);
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    acts.comment(s.world, { repo: s.repo, number: s.number, by: "ann", body: "/countersign hold" });
    await s.settle();
    acts.comment(s.world, { repo: s.repo, number: s.number, by: "ann", body: "/countersign unhold" });
    await s.settle();
    await s.merge();
    await s.settle();
    await s.sweep();
    await s.sweep();
    expect(findRepository(s.world, s.repo)?.pulls.get(s.number)?.merged).toBe(true);
    expect(await s.incidents()).toEqual([]);
  });
});
