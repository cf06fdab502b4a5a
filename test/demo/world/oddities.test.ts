import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acts, expireTokens, pull, repository, type RunningWorld, scene, type Scene, serveWorld } from "#demo/world";
import { at, clientOf, type Reply } from "./client.ts";

let given: Scene;
let running: RunningWorld;
let call: (method: string, path: string, body?: unknown) => Promise<Reply>;
beforeEach(async () => {
  given = scene();
  running = await serveWorld(given.world);
  call = await (await clientOf(running.url, given)).as();
});
afterEach(() => running.close());

const R = "/repos/acme/app";
const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";
const PULL = { repo: "acme/app", number: 1 } as const;
const merge = (sha: string, method = "squash"): Promise<Reply> =>
  call("PUT", `${R}/pulls/1/merge`, { sha, merge_method: method });
const pass = (sha: string): Promise<Reply> =>
  call("POST", `${R}/check-runs`, { name: "countersign", head_sha: sha, conclusion: "success" });

describe("GitHub's oddities", () => {
  it("A04 a force-push re-points an approval to the new head, and nothing else", async () => {
    given.world.knobs.rebind = true;
    acts.approve(given.world, { ...PULL, by: "ann" });
    acts.remark(given.world, { ...PULL, by: "bob" });
    const head = acts.amend(given.world, {
      repo: "acme/app",
      branch: "feature",
      by: "agent[bot]",
      message: "Same tree",
    });
    const { data } = await call("GET", `${R}/pulls/1/reviews`);
    expect(data).toMatchObject([
      { state: "APPROVED", commit_id: head, submitted_at: "2026-03-02T10:05:00Z" },
      { state: "COMMENTED", commit_id: given.h2 },
    ]);
  });

  it("E01 a push between the last read and the merge is answered 409", async () => {
    await pass(given.h2);
    given.world.faults.onRequest(
      MERGE,
      () =>
        void acts.push(given.world, { repo: "acme/app", branch: "feature", by: "agent[bot]", files: { late: "x" } }),
    );
    expect((await merge(given.h2)).status).toBe(409);
    expect(pull(repository(given.world, "acme/app"), 1).merged).toBe(false);
  });

  it("E03 the base was modified, so often as told", async () => {
    await pass(given.h2);
    given.world.knobs.baseModified = 2;
    expect([(await merge(given.h2)).status, (await merge(given.h2)).status, (await merge(given.h2)).status]).toEqual([
      405, 405, 200,
    ]);
  });

  it("F02 neither a status of the same name nor another App's check satisfies the pinned one", async () => {
    acts.postStatus(given.world, {
      repo: "acme/app",
      sha: given.h2,
      by: "agent[bot]",
      context: "countersign",
      state: "success",
    });
    acts.postCheckRun(given.world, {
      repo: "acme/app",
      sha: given.h2,
      app: 15_368,
      name: "countersign",
      conclusion: "success",
    });
    const refused = await merge(given.h2);
    expect(refused.status).toBe(405);
    expect(at(refused.data, "message")).toContain('Required status check "countersign" is expected.');
  });

  it("D07 a public fork's activity can be read, until it is hidden", async () => {
    acts.addRepository(given.world, { name: "acme/open", by: "adm", private: false });
    acts.fork(given.world, "acme/open", "out");
    expect((await call("GET", "/repos/out/open/activity")).status).toBe(200);
    given.world.knobs.forkActivityHidden = true;
    expect((await call("GET", "/repos/out/open/activity")).status).toBe(404);
  });

  it.each([
    ["merge", 2],
    ["squash", 1],
    ["rebase", 1],
  ])("a %s leaves a tip with %i parents", async (method, parents) => {
    await pass(given.h2);
    const { data } = await merge(given.h2, method);
    const repo = repository(given.world, "acme/app");
    expect(repo.network.commits.get(String(at(data, "sha")))?.parents).toHaveLength(parents);
    expect(repo.branches.get("main")).toBe(at(data, "sha"));
    expect(repo.activity.at(-1)).toMatchObject({ type: "pr_merge", ref: "refs/heads/main" });
  });
});

describe("the merge queue", () => {
  it("E08 merges a group once its own SHA has the pinned check, and not before", async () => {
    acts.addToMergeQueue(given.world, { ...PULL, by: "ann" });
    const [group] = repository(given.world, "acme/app").groups;
    await pass(given.h2);
    expect(acts.advanceQueue(given.world, { repo: "acme/app", by: "ann" })).toEqual([]);
    await pass(group?.headSha ?? "");
    expect(acts.advanceQueue(given.world, { repo: "acme/app", by: "ann" })).toEqual([1]);
    expect(repository(given.world, "acme/app").branches.get("main")).toBe(group?.headSha);
    expect(repository(given.world, "acme/app").groups).toEqual([]);
  });
});

describe("faults", () => {
  it.each([
    [
      "a primary rate limit",
      { kind: "primary_rate_limit", resetInSeconds: 60 } as const,
      403,
      "x-ratelimit-remaining",
      "0",
    ],
    [
      "a secondary rate limit",
      { kind: "secondary_rate_limit", status: 429, retryAfterSeconds: 7 } as const,
      429,
      "retry-after",
      "7",
    ],
  ])("%s is answered as GitHub does, once", async (_, fault, status, header, value) => {
    given.world.faults.add("GET /repos/{owner}/{repo}", fault);
    const refused = await call("GET", R);
    expect([refused.status, refused.headers.get(header)]).toEqual([status, value]);
    expect((await call("GET", R)).status).toBe(200);
  });

  it("G09 an error beside GraphQL data", async () => {
    given.world.faults.add("POST /graphql", {
      kind: "partial_error",
      type: "SERVICE_UNAVAILABLE",
      message: "Something went wrong.",
      path: ["user"],
    });
    expect((await call("POST", "/graphql", { query: '{ user(login: "ann") { login } }' })).data).toMatchObject({
      data: { user: { login: "ann" } },
      errors: [{ type: "SERVICE_UNAVAILABLE" }],
    });
  });

  it("a list that lost its end, a token that expired, a merge whose answer never came", async () => {
    given.world.faults.add("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", { kind: "truncate" });
    expect((await call("GET", `${R}/pulls/1/commits`)).data).toHaveLength(1);
    await pass(given.h2);
    given.world.faults.add(MERGE, { kind: "drop_answer" });
    expect((await merge(given.h2)).status).toBe(502);
    expect(pull(repository(given.world, "acme/app"), 1).merged).toBe(true);
    expireTokens(given.world);
    expect((await call("GET", R)).status).toBe(401);
  });

  it("the journal holds each merge call with its sha and what the token allowed", async () => {
    await merge(given.h2);
    expect(given.world.journal.of(MERGE)).toMatchObject([
      { body: { sha: given.h2 }, as: { kind: "installation", permissions: { contents: "write" } }, status: 405 },
    ]);
  });
});
