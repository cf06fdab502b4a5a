import { describe, expect, it } from "vitest";
import { acts } from "#demo/world";
import { attack } from "../../support/attack.ts";
import { stage } from "./support/stage.ts";

const EVIDENCE = [
  "head_seen",
  "push_seen",
  "review_seen",
  "base_seen",
  "contribution",
  "requester",
  "step_up",
  "stop",
  "service_account",
  "verdict",
];

describe("A2: evidence is only ever added, whoever speaks as the app", () => {
  it("UPDATE, DELETE and TRUNCATE of every evidence table are refused by the database", async () => {
    const s = await stage();
    const app = await s.t.appClient();
    for (const table of EVIDENCE) {
      for (const text of [
        `update gate.${table} set tenant_id = tenant_id`,
        `delete from gate.${table}`,
        `truncate gate.${table}`,
      ]) {
        expect(await attack(app, s.tenant.claim.text, text), text).toMatchObject({ refused: "42501" });
      }
    }
    expect(
      await attack(
        app,
        s.tenant.claim.text,
        "insert into gate.review_seen (tenant_id, repository_id, number, review_id, sha, base_ref, at, recorded_at) values (app.tid(), 1, 1, 1, 'x', 'main', now(), now())",
      ),
      "no own recorded_at",
    ).toMatchObject({ refused: "42501" });
  });

  it("A04 what a review was first seen on stays, whatever a later event says", async () => {
    const s = await stage();
    const review = acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    await s.settle();
    const before = await s.t.adminSql("select sha from gate.review_seen where review_id = $1", [review]);
    expect(before).toEqual([{ sha: s.h2 }]);
    s.world.knobs.rebind = true;
    acts.forcePush(s.world, { repo: s.repo, branch: "feature", by: "agent[bot]", files: { "n.ts": "n\n" } });
    acts.editReview(s.world, { repo: s.repo, number: s.number, by: "adm", review, body: "edited" });
    await s.settle();
    expect(await s.t.adminSql("select sha from gate.review_seen where review_id = $1", [review])).toEqual(before);
  });
});
