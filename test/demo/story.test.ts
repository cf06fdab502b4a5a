import { describe, expect, it } from "vitest";
import { appKey } from "#demo/world";
import { tellStory } from "../../src/demo/story.ts";
import { judgeDelivery } from "../support/github-judge.ts";

describe("the demo's story", () => {
  it("leaves only webhooks that GitHub could have sent, none from the future", () => {
    const { world } = tellStory({ publicKey: appKey().publicKey, webhookSecret: "of-the-demo", seed: 1 });
    const sent = world.hook.queue;
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.flatMap((delivery) => judgeDelivery(delivery) ?? [])).toEqual([]);
    const reviews = [...world.repositories.values()].flatMap((repo) =>
      [...repo.pulls.values()].flatMap((pull) => pull.reviews),
    );
    expect(reviews.every((review) => review.submittedAt <= Date.now())).toBe(true);
  });
});
