// The person on whose behalf an agent acts says yes to what it asks.

import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "#identity";
import type { AgentId } from "#kernel";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let cleo: Person;
let claude: AgentId;
beforeAll(async () => {
  cleo = await s.person(s.acme, "cleo", ["approver", "admin"]);
  claude = await s.agent(s.acme, "claude", cleo);
});

describe("invariant 15: requester is never approver", () => {
  it.each<[string, boolean]>([
    ["named in the request", true],
    ["known as the agent's owner alone", false],
  ])("%s, whatever other roles they have, over the page and the API", async (_how, named) => {
    const { approval, digest } = await s.ask(s.acme, claude, { requester: named ? cleo.person : null });
    const who = await s.signIn("cleo");
    const csrf = await s.csrf(who);
    expect((await who.post(`/approvals/${approval}`, { csrf, digest, answer: "approve" })).status).toBe(403);
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin", "x-csrf-token": csrf };
    expect((await who.json(`/api/approvals/${approval}`, { digest, answer: "approve" }, headers)).status).toBe(403);
    const standing = await s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.standing(tx, approval));
    expect(standing).toMatchObject({ kind: "pending", yes: 0 });
  });
});
