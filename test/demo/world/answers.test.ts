import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acts, type RunningWorld, ROUTES, scene, type Scene, serveWorld } from "#demo/world";
import { attachJudge, type Judge } from "../../support/github-judge.ts";
import { at, clientOf, textOf } from "./client.ts";

let given: Scene;
let running: RunningWorld;
let judge: Judge;
beforeEach(async () => {
  given = scene({ files: { ".github/merge-gate.yml": "version: 1\n" } });
  running = await serveWorld(given.world);
  judge = attachJudge(given.world);
});
afterEach(() => running.close());

const R = "/repos/acme/app";

describe("every route", () => {
  it("answers as GitHub's reference says", async () => {
    const { world, h1, h2, ruleset, installation } = given;
    const client = await clientOf(running.url, given);
    const call = await client.as();
    const pull = { repo: "acme/app", number: 1 } as const;
    acts.approve(world, { ...pull, by: "ann" });
    acts.removeUser(world, "bob");
    acts.requestReview(world, { ...pull, by: "adm", from: "acme/pay" });
    acts.addLabel(world, { ...pull, by: "ann", label: "risky" });
    acts.armAutoMerge(world, { ...pull, by: "ann" });
    acts.directPush(world, { repo: "acme/app", branch: "main", by: "adm", files: { "ops.txt": "x" } });
    world.manifests.set("code", {});
    await running.deliver();

    await client.app("GET", "/app");
    await client.app("GET", "/app/installations");
    await client.app("GET", `/app/installations/${installation}`);
    await client.app("GET", "/orgs/acme/installation");
    await client.app("GET", `${R}/installation`);
    await client.app("GET", "/app/hook/config");
    await client.app("PATCH", "/app/hook/config", { url: "http://127.0.0.1:9/hook" });
    const log = await client.app("GET", "/app/hook/deliveries?per_page=5");
    const delivery = textOf(log.data, 0, "id");
    await client.app("GET", `/app/hook/deliveries/${delivery}`);
    expect((await client.app("POST", `/app/hook/deliveries/${delivery}/attempts`)).status).toBe(202);

    const [repo] = world.repositories.values();
    await client.app("POST", `/app/installations/${installation}/access_tokens`, {
      repository_ids: [repo?.id],
      permissions: { contents: "read" },
    });
    await call("GET", "/installation/repositories");
    await call("GET", "/rate_limit");
    await call("GET", "/meta");
    await call("GET", R);
    await call("GET", `${R}/collaborators/ann/permission`);
    await call("GET", `${R}/activity?ref=feature&per_page=1`);
    await call("GET", `${R}/rulesets?includes_parents=true`);
    await call("GET", `${R}/rulesets/rule-suites?rule_suite_result=bypass&time_period=day`);
    await call("GET", `${R}/rulesets/${ruleset}`);
    await call("GET", `${R}/rules/branches/main`);
    await call("GET", `${R}/contents/.github/merge-gate.yml?ref=main`);
    // As `git hash-object` names the text of src/index.ts.
    await call("GET", `${R}/git/blobs/3372803c0a78f0402c0f4dd92202b9724b5c6874`);
    await call("GET", `${R}/pulls?state=all&base=main&sort=updated&per_page=1`);
    await call("GET", `${R}/pulls/1`);
    await call("GET", `${R}/pulls/1/reviews`);
    await call("GET", `${R}/pulls/1/commits`);
    await call("GET", `${R}/pulls/1/files`);
    await call("GET", `${R}/commits?sha=main&per_page=1`);
    await call("GET", `${R}/commits/${h2}`);
    await call("GET", `${R}/commits/${h2}/pulls`);
    await call("GET", `${R}/compare/main...feature`);
    await call("GET", `${R}/branches`);
    await call("GET", `${R}/branches/main`);

    const output = {
      title: "Waiting",
      summary: "For a human.",
      annotations: [{ path: "a", start_line: 1, end_line: 1, annotation_level: "notice", message: "m" }],
    };
    const made = await call("POST", `${R}/check-runs`, {
      name: "countersign",
      head_sha: h2,
      status: "in_progress",
      output,
    });
    const run = textOf(made.data, "id");
    await call("PATCH", `${R}/check-runs/${run}`, {
      status: "completed",
      conclusion: "success",
      completed_at: "2026-03-02T10:06:00Z",
      external_id: "digest",
    });
    await call("GET", `${R}/check-runs/${run}`);
    await call("GET", `${R}/check-runs/${run}/annotations`);
    const runs = await call("GET", `${R}/commits/${h2}/check-runs?app_id=4242&check_name=countersign`);
    expect(runs.data).toMatchObject({ total_count: 1, check_runs: [{ conclusion: "success", app: { id: 4242 } }] });
    const step = { name: "npm test", conclusion: "failure" } as const;
    const job = acts.endJob(world, { repo: "acme/app", sha: h2, name: "tests", conclusion: "failure", job: { steps: [step], log: "not ok\n" } }); // prettier-ignore
    expect((await call("GET", `${R}/actions/jobs/${job}`)).data).toMatchObject({ steps: [{ ...step, number: 1 }] });
    const logs = await call("GET", `${R}/actions/jobs/${job}/logs`);
    const stored = logs.headers.get("location") ?? "";
    expect([logs.status, new URL(stored).origin === new URL(running.url).origin]).toEqual([302, false]);
    expect(await (await fetch(stored)).text()).toBe("not ok\n");
    expect((await fetch(stored, { headers: { authorization: "Bearer x" } })).status).toBe(400);
    expect((await fetch(stored.replace(/.\?/, "?"))).status).toBe(403);
    const comment = await call("POST", `${R}/issues/1/comments`, { body: "explained" });
    await call("PATCH", `${R}/issues/comments/${textOf(comment.data, "id")}`, { body: "explained again" });
    await call("GET", `${R}/issues/1/comments`);
    await call("POST", `${R}/issues`, { title: "Merged around the gate", body: "See #1.", labels: ["incident"] });
    expect((await call("PUT", `${R}/pulls/1/merge`, { sha: h1 })).status).toBe(409);
    const merged = await call("PUT", `${R}/pulls/1/merge`, { sha: h2, merge_method: "merge" });
    expect(world.repositories.get(repo?.id ?? 0)?.network.commits.get(textOf(merged.data, "sha"))?.parents[1]).toBe(h2);
    await call("GET", `${R}/pulls/1`);
    const mainTip = textOf((await call("GET", `${R}/git/ref/heads/main`)).data, "object", "sha");
    const onto = textOf((await call("GET", `${R}/git/commits/${mainTip}`)).data, "tree", "sha");
    await call("GET", `${R}/git/trees/${onto}?recursive=1`);
    const newBlob = textOf((await call("POST", `${R}/git/blobs`, { content: "new", encoding: "utf-8" })).data, "sha");
    const entries = [{ path: "new.txt", mode: "100644", type: "blob", sha: newBlob }];
    const newTree = textOf((await call("POST", `${R}/git/trees`, { base_tree: onto, tree: entries })).data, "sha");
    const draft = { message: "New", tree: newTree, parents: [mainTip] };
    const newest = textOf((await call("POST", `${R}/git/commits`, draft)).data, "sha");
    await call("POST", `${R}/git/refs`, { ref: "refs/heads/topic/new", sha: mainTip });
    await call("PATCH", `${R}/git/refs/heads/topic/new`, { sha: newest, force: false });
    expect((await call("POST", `${R}/pulls`, { title: "New", head: "topic/new", base: "main", draft: true })).status).toBe(201); // prettier-ignore
    await call("DELETE", "/installation/token");
    const own = `/app/installations/${installation}`;
    expect((await client.app("PUT", `${own}/suspended`)).status).toBe(204);
    expect(at((await client.app("GET", own)).data, "suspended_by", "type")).toBe("Bot");
    expect((await client.app("DELETE", `${own}/suspended`)).status).toBe(204);
    expect(at((await client.app("GET", own)).data, "suspended_at")).toBeNull();
    expect((await client.app("DELETE", own)).status).toBe(204);
    await client.app("POST", "/app-manifests/code/conversions");

    judge.assertClean();
    const called = new Set(world.journal.exchanges.map((exchange) => exchange.route));
    expect(ROUTES.map((route) => route.name).filter((route) => !called.has(route))).toEqual([]);
    expect(
      world.journal.exchanges.filter((exchange) => exchange.status >= 400).map((exchange) => exchange.route),
    ).toEqual(["PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge"]);
  });

  it("pages with Link, keeps ETags, and works under GitHub Enterprise's paths", async () => {
    const call = await (await clientOf(running.url, given)).as();
    const first = await call("GET", `${R}/pulls/1/commits?per_page=1`);
    expect(first.headers.get("link")).toContain(`page=2>; rel="next"`);
    const etag = first.headers.get("etag") ?? "";
    expect((await call("GET", `${R}/pulls/1/commits?per_page=1`, undefined, { "if-none-match": etag })).status).toBe(
      304,
    );
    expect((await call("GET", `/api/v3${R}`)).data).toMatchObject({ full_name: "acme/app" });
    expect((await call("POST", "/api/graphql", { query: '{ user(login: "ann") { login } }' })).data).toEqual({
      data: { user: { login: "ann" } },
    });
  });
});

describe("GraphQL", () => {
  it("says NOT_FOUND beside the data for one alias of many", async () => {
    const call = await (await clientOf(running.url, given)).as();
    const query = `{
      repository(owner: "acme", name: "app") {
        ann: collaborators(login: "ann", first: 1) { edges { permission node { databaseId } } }
        out: collaborators(login: "out", affiliation: OUTSIDE, first: 1) { edges { permission } }
        gone: collaborators(login: "nobody", first: 1) { edges { permission } }
      }
      known: user(login: "ann") { databaseId }
      unknown: user(login: "nobody") { databaseId }
      organization(login: "acme") { team(slug: "pay") { members(query: "b", first: 10) { nodes { login } } } }
    }`;
    const { data, status } = await call("POST", "/graphql", { query });
    expect(status).toBe(200);
    expect(at(data, "data", "repository")).toMatchObject({
      ann: { edges: [{ permission: "WRITE" }] },
      out: { edges: [{ permission: "WRITE" }] },
      gone: { edges: [] },
    });
    expect(at(data, "data", "unknown")).toBeNull();
    expect(at(data, "errors")).toEqual([expect.objectContaining({ type: "NOT_FOUND", path: ["unknown"] })]);
    expect(at(data, "data", "organization", "team", "members", "nodes")).toEqual([]);
    judge.assertClean();
  });

  it("reverts a merged pull request as the App, and queues only the expected head", async () => {
    const call = await (await clientOf(running.url, given)).as();
    const number = acts.openPullRequest(given.world, {
      repo: "acme/app",
      by: "ann",
      head: (acts.push(given.world, { repo: "acme/app", branch: "two", by: "ann", files: { two: "2" } }), "two"),
    });
    const idOf = async (n: number): Promise<string> =>
      textOf(
        (
          await call("POST", "/graphql", {
            query: `{ repository(owner: "acme", name: "app") { pullRequest(number: ${n}) { id } } }`,
          })
        ).data,
        "data",
        "repository",
        "pullRequest",
        "id",
      );
    const enqueue = async (oid: string) =>
      call("POST", "/graphql", {
        query:
          "mutation Enqueue($id: ID!, $oid: GitObjectID!) { enqueuePullRequest(input: {pullRequestId: $id, expectedHeadOid: $oid}) { mergeQueueEntry { id } } }",
        variables: { id: await idOf(number), oid },
      });
    expect(at((await enqueue(given.h1)).data, "errors", 0, "type")).toBe("UNPROCESSABLE");
    const head = acts.push(given.world, { repo: "acme/app", branch: "two", by: "ann" });
    expect(at((await enqueue(head)).data, "errors")).toBeUndefined();

    acts.mergeAsAdmin(given.world, { repo: "acme/app", number: 1, by: "adm" });
    const reverted = await call("POST", "/graphql", {
      query:
        "mutation Revert($id: ID!) { revertPullRequest(input: {pullRequestId: $id}) { revertPullRequest { number author { __typename login } title } } }",
      variables: { id: await idOf(1) },
    });
    expect(at(reverted.data, "data", "revertPullRequest", "revertPullRequest")).toMatchObject({
      author: { __typename: "Bot", login: "countersign" },
      title: 'Revert "Correct the answer"',
    });
    judge.assertClean();
  });
});

it("the manifest's conversion hands out a key that works, once", async () => {
  given.world.manifests.set("code", {});
  const client = await clientOf(running.url, given);
  const made = await client.app("POST", "/app-manifests/code/conversions");
  const anew = await clientOf(running.url, { ...given, privateKey: textOf(made.data, "pem") });
  expect((await anew.app("GET", "/app")).data).toMatchObject({ id: given.appId, slug: "countersign" });
  expect((await anew.app("POST", "/app-manifests/code/conversions")).status).toBe(404);
  judge.assertClean();
});

describe("permissions", () => {
  it.each([
    ["read the pull request", "GET", `${R}/pulls/1`, { pull_requests: "read" }],
    ["write a check", "POST", `${R}/check-runs`, { checks: "write" }],
    ["merge", "PUT", `${R}/pulls/1/merge`, { contents: "write" }],
    ["read rule suites", "GET", `${R}/rulesets/rule-suites`, { administration: "read" }],
  ])("to %s must stand in the token", async (_, method, path, permissions) => {
    const client = await clientOf(running.url, given);
    const without = await client.as({ permissions: { issues: "read" } });
    const refused = await without(method, path, method === "GET" ? undefined : {});
    expect(refused.status).toBe(403);
    expect(at(refused.data, "message")).toBe("Resource not accessible by integration");
    const allowed = await client.as({ permissions });
    expect((await allowed(method, path, method === "GET" ? undefined : {})).status).not.toBe(403);
  });

  it("of another organisation's repository: it does not exist", async () => {
    acts.addOrganisation(given.world, "globex");
    acts.addRepository(given.world, { name: "globex/shop", by: "adm" });
    const call = await (await clientOf(running.url, given)).as();
    expect((await call("GET", "/repos/globex/shop")).status).toBe(404);
  });
});

it("a SHA is the hash of its content", () => {
  const shas = [scene(), scene()].map(({ h2 }) => h2);
  expect(new Set(shas).size).toBe(1);
  expect(createHash("sha1").update("").digest("hex")).toHaveLength(shas[0]?.length ?? 0);
});
