import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acts, type RunningWorld, scene, type Scene, serveWorld } from "#demo/world";
import { at, clientOf, textOf } from "./client.ts";

const FACTS = readFileSync(new URL("../../../src/gate/io/queries/facts.graphql", import.meta.url), "utf8");

let given: Scene;
let running: RunningWorld;
beforeEach(async () => {
  given = scene();
  running = await serveWorld(given.world);
});
afterEach(() => running.close());

const REPO = "/repos/acme/app";

describe("tokens", () => {
  it("are long, narrowed as asked, and end when they are revoked", async () => {
    const client = await clientOf(running.url, given);
    const [repo] = given.world.repositories.values();
    const minted = await client.app("POST", `/app/installations/${given.installation}/access_tokens`, {
      permissions: { checks: "write" },
      repository_ids: [repo?.id],
    });
    expect(minted.status).toBe(201);
    expect(minted.data).toMatchObject({
      permissions: { checks: "write", metadata: "read" },
      repository_selection: "selected",
      repositories: [{ full_name: "acme/app" }],
    });
    expect(textOf(minted.data, "token")).toMatch(/^ghs_4242_[\w.-]{500,530}$/);
    const call = await client.as({ permissions: { checks: "write" } });
    expect((await call("GET", `${REPO}/pulls/1`)).status).toBe(403);
    expect((await call("DELETE", "/installation/token")).status).toBe(204);
    expect((await call("GET", REPO)).status).toBe(401);
  });

  it.each([
    ["a permission the installation lacks", { permissions: { administration: "write" } }],
    ["a repository it may not see", { repository_ids: [999_999] }],
  ])("are refused with 422 for %s", async (_, narrow) => {
    const client = await clientOf(running.url, given);
    expect((await client.app("POST", `/app/installations/${given.installation}/access_tokens`, narrow)).status).toBe(
      422,
    );
  });

  it("need the App's own key", async () => {
    const stranger = await clientOf(running.url, { ...given, privateKey: scene().privateKey });
    expect((await stranger.app("GET", "/app")).status).toBe(401);
  });
});

describe("the gate's facts query", () => {
  it("is answered whole for the baseline", async () => {
    const call = await (await clientOf(running.url, given)).as();
    acts.approve(given.world, { repo: "acme/app", number: 1, by: "ann" });
    const { data } = await call("POST", "/graphql", {
      query: FACTS,
      variables: { owner: "acme", name: "app", number: 1 },
    });
    expect(at(data, "errors")).toEqual([expect.objectContaining({ type: "NOT_FOUND", path: ["organization"] })]);
    expect(at(data, "data", "repository", "pullRequest")).toMatchObject({
      headRefOid: given.h2,
      baseRefName: "main",
      author: { __typename: "Bot", login: "agent" },
      commits: {
        totalCount: 2,
        nodes: [{ commit: { oid: given.h1, author: { user: null } } }, { commit: { oid: given.h2 } }],
      },
      reviews: {
        nodes: [
          {
            state: "APPROVED",
            submittedAt: "2026-03-02T10:05:00Z",
            author: { login: "ann" },
            commit: { oid: given.h2 },
          },
        ],
      },
    });
    expect(at(data, "data", "repository", "rulesets", "nodes", 0, "rules", "nodes", 1)).toMatchObject({
      type: "REQUIRED_STATUS_CHECKS",
      parameters: { requiredStatusChecks: [{ context: "countersign", integrationId: 4242 }] },
    });
  });
});

describe("merging", () => {
  const check = { name: "countersign", conclusion: "success", output: { title: "t", summary: "s" } };

  it("is refused without the pinned check, with another head, and done with both right", async () => {
    const call = await (await clientOf(running.url, given)).as();
    const merge = (sha: string) => call("PUT", `${REPO}/pulls/1/merge`, { sha, merge_method: "squash" });
    expect((await merge(given.h2)).status).toBe(405);
    acts.postStatus(given.world, {
      repo: "acme/app",
      sha: given.h2,
      by: "agent[bot]",
      context: "countersign",
      state: "success",
    });
    expect((await merge(given.h2)).status).toBe(405);
    expect((await call("POST", `${REPO}/check-runs`, { ...check, head_sha: given.h2 })).status).toBe(201);
    expect((await merge(given.h1)).status).toBe(409);
    expect((await merge(given.h2)).data).toMatchObject({ merged: true });
    expect(given.world.journal.of("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge")).toHaveLength(4);
  });
});
