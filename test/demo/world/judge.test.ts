import { describe, expect, it } from "vitest";
import { acts, type Exchange, scene } from "#demo/world";
import { judgeDelivery, judgeExchange } from "../../support/github-judge.ts";

const exchange = (change: Partial<Exchange>): Exchange => ({
  method: "GET",
  route: "GET /repos/{owner}/{repo}",
  path: "/repos/acme/app",
  query: {},
  body: undefined,
  as: { kind: "nobody" },
  status: 404,
  answer: {},
  ...change,
});

describe("the judge", () => {
  it.each<[string, Partial<Exchange>, RegExp]>([
    ["a path GitHub does not have", { route: null, path: "/nowhere" }, /knows no GET \/nowhere/],
    ["a query parameter GitHub does not have", { query: { colour: "red" } }, /no query parameter colour/],
    [
      "a property GitHub does not have",
      {
        method: "POST",
        route: "POST /repos/{owner}/{repo}/check-runs",
        status: 201,
        body: { name: "x", head_sha: "y", colour: "red" },
      },
      /no property colour/,
    ],
    [
      "a value outside GitHub's words",
      {
        method: "PUT",
        route: "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge",
        status: 200,
        body: { merge_method: "fast" },
      },
      /merge_method/,
    ],
    ["an answer GitHub could not give", { status: 200, answer: { id: 1 } }, /answer 200/],
    [
      "a GraphQL field GitHub does not have",
      { method: "POST", route: "POST /graphql", body: { query: "{ viewer { colour } }" } },
      /Cannot query field "colour"/,
    ],
  ])("refuses %s", (_, change, why) => {
    expect(judgeExchange(exchange(change))).toMatch(why);
  });

  it("refuses a webhook that lacks a field, and one that GitHub does not send", () => {
    const { world } = scene();
    world.hook.queue.length = 0;
    acts.approve(world, { repo: "acme/app", number: 1, by: "ann" });
    const [sent] = world.hook.queue;
    if (sent === undefined) throw new Error("Nothing was sent.");
    expect(judgeDelivery(sent)).toBeNull();
    expect(judgeDelivery({ ...sent, raw: sent.raw.replace('"submitted_at"', '"submitted"') })).toMatch(/submitted_at/);
    expect(judgeDelivery({ ...sent, action: "applauded" })).toMatch(/GitHub sends no pull-request-review-applauded/);
  });
});
