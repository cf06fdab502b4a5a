import { describe, expect, it } from "vitest";
import { demoScene, manualClock, pull, repository } from "#demo/world";
import { judgeDelivery } from "../../support/github-judge.ts";

const scene = demoScene({
  webhookSecret: "of-the-demo",
  now: manualClock("2026-03-02T12:00:00Z"),
  baseUrl: "http://127.0.0.1:4000",
});

describe("the demo's scene", () => {
  it("has two tenants, each with its installation and repositories", () => {
    expect(scene.tenants.map((tenant) => [tenant.organisation, tenant.repositories])).toEqual([
      ["acme", ["acme/payments"]],
      ["globex", ["globex/webshop"]],
    ]);
    expect(new Set(scene.tenants.map((tenant) => tenant.installation)).size).toBe(2);
  });

  it("shows every kind of verdict", () => {
    expect(new Set(scene.cases.map((one) => one.expects))).toEqual(
      new Set([
        "approved",
        "no_approval",
        "stale_sha",
        "changes_requested",
        "draft",
        "contributor",
        "not_human",
        "missing_team",
        "review_rebound",
        "merged_around",
        "insufficient_approvals",
        "config_invalid",
        "native_automerge",
        "dismissed",
      ]),
    );
  });

  it("has no review or push from the future, and a past in order", () => {
    const end = Date.parse("2026-03-02T12:00:00Z");
    for (const { repo, number } of scene.cases) {
      const found = pull(repository(scene.world, repo), number);
      for (const review of found.reviews) expect(review.submittedAt).toBeLessThan(end);
      expect(found.createdAt).toBeLessThanOrEqual(found.updatedAt);
      expect(found.updatedAt).toBeLessThan(end);
    }
  });

  it("queues payloads that GitHub could have sent, with links to the world itself", () => {
    expect(scene.world.hook.queue.length).toBeGreaterThan(50);
    for (const delivery of scene.world.hook.queue) {
      expect(judgeDelivery(delivery)).toBeNull();
      expect(delivery.raw).not.toContain("https://api.github.com");
    }
  });
});
