// An approver of one client reads, answers or stops what is another client's, by its id.

import { beforeAll, describe, expect, it } from "vitest";
import type { AgentId } from "#kernel";
import { ORIGIN, peopleStage } from "../support/people-stage.ts";

const s = await peopleStage();
let claude: AgentId;
beforeAll(async () => {
  await s.person(s.globex, "eve", ["approver", "operator", "admin"]);
  claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["viewer"]));
});

describe("T2: an approver of another client", () => {
  it("sees no request, gets nothing by its id, and answers nothing", async () => {
    const { approval, digest } = await s.ask(s.acme, claude);
    const eve = await s.signIn("eve");
    const csrf = await s.csrf(eve);
    const headers = { origin: ORIGIN, "sec-fetch-site": "same-origin", "x-csrf-token": csrf };
    expect(await (await eve.get("/approvals")).text()).not.toContain(approval);
    expect((await eve.get(`/approvals/${approval}`)).status).toBe(404);
    expect((await eve.get(`/api/approvals/${approval}`)).status).toBe(404);
    expect((await eve.post(`/approvals/${approval}`, { csrf, digest, answer: "approve" })).status).toBe(404);
    expect((await eve.json(`/api/approvals/${approval}`, { digest, answer: "approve" }, headers)).status).toBe(404);
    expect((await eve.json(`/api/approvals/${approval}/step-up`, { answer: "approve" }, headers)).status).toBe(404);
    const standing = await s.t.db.withTenant(s.acme.claim, (tx) => s.approvals.standing(tx, approval));
    expect(standing).toMatchObject({ kind: "pending", yes: 0 });
  });

  it("a stop of theirs is of their own client, whatever agent they name", async () => {
    const eve = await s.signIn("eve");
    const fields = { csrf: await s.csrf(eve), scope: `agent:${claude}`, reason: "to hurt acme" };
    await eve.post("/controls/stop", fields);
    const rows = await s.t.adminSql("select tenant_id from controls.kill");
    expect(rows.map((row) => row["tenant_id"])).toEqual([s.globex.id]);
  });
});
