// The clicks, on a real PostgreSQL: one after the other, and at the same moment.

import { afterEach, describe, expect, it } from "vitest";
import type { ApprovalId } from "#kernel";
import { hash, person } from "../support/people.ts";
import { EXACTLY, newApproval, onPage, proofOf, stage } from "../support/stage.ts";

const s = await stage();
afterEach(async () => {
  await s.check();
});
const ANN = person(1);
const BOB = person(2);
const CAT = person(3);
const NO = { answer: "reject", reason: "not before the holidays" } as const;

describe("asking", () => {
  it("everything that is needed to decide is there, and at rest none of it is readable (T3)", async () => {
    const id = await s.ask();
    const read = await s.inTenant((tx) => s.approvals.read(tx, id));
    expect(read).toMatchObject({ approval: id, digest: hash(1), shown: { title: "Merge pull request #7" } });
    expect(read?.standing).toMatchObject({ kind: "pending", yes: 0, of: 1 });
    const rows = await s.t.adminSql("select a::text as row from approvals.approval a where approval_id = $1", [id]);
    expect(JSON.stringify(rows)).not.toMatch(/production|Merge pull/);
    expect(Buffer.from(String(rows[0]?.["row"])).toString()).not.toContain(Buffer.from("Merge pull").toString("hex"));
    expect(await s.entries(id)).toEqual(["approval.request success"]);
  });

  it("26 the same call asked again is the same request", async () => {
    const asked = newApproval();
    const ask = () => s.inTenant((tx) => s.approvals.request(tx, asked));
    expect((await ask()).approval).toBe((await ask()).approval);
  });

  it("the same call with other arguments is another request, and the first is void: superseded", async () => {
    const asked = newApproval();
    const first = await s.inTenant((tx) => s.approvals.request(tx, asked));
    const second = await s.inTenant((tx) => s.approvals.request(tx, { ...asked, digest: hash(2) }));
    expect(second.approval).not.toBe(first.approval);
    expect(await s.standing(first.approval)).toMatchObject({ kind: "void", why: "superseded" });
    expect(s.decided).toContain(first.approval);
  });

  it("the queue has what waits, the next to expire first, and nothing else", async () => {
    const late = await s.ask({ minutes: 600 });
    const soon = await s.ask({ minutes: 5 });
    const done = await s.ask({ minutes: 5 });
    await s.decide(done, ANN, NO);
    const queue = (await s.inTenant((tx) => s.approvals.queue(tx))).map(({ approval }) => approval);
    expect(queue).not.toContain(done);
    expect(queue.indexOf(soon)).toBeLessThan(queue.indexOf(late));
    expect(queue).toContain(late);
  });

  it.each([0, 6, 1.5])("a quorum of %s people is asked of nobody", async (quorum) => {
    await expect(s.ask({ quorum })).rejects.toThrow(/1 to 5 people/);
  });
});

describe("answering", () => {
  it("a yes: recorded once with person, channel and session, and whoever waits is woken", async () => {
    const id = await s.ask();
    expect(await s.decide(id, ANN)).toMatchObject({
      kind: "recorded",
      standing: { kind: "approved", digest: hash(1) },
    });
    expect(await s.standing(id)).toMatchObject({ kind: "approved", by: [{ person: ANN, channel: "page" }] });
    expect(s.decided.filter((each) => each === id)).toHaveLength(1);
    const [entry] = await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 1 }));
    expect(entry).toMatchObject({
      kind: "approval.decide",
      outcome: "success",
      body: { payload: { person: ANN, channel: "page", session: "s-1", answer: "approve", digest: hash(1) } },
    });
  });

  it("a double click is one answer and one entry", async () => {
    const id = await s.ask();
    await s.decide(id, ANN);
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "already", standing: { kind: "approved" } });
    expect(await s.entries(id)).toEqual(["approval.request success", "approval.decide success"]);
  });

  it("a double click at the same moment, ten times: one answer", async () => {
    const id = await s.ask();
    const all = await Promise.all(Array.from({ length: 10 }, () => s.decide(id, ANN)));
    expect(all.map(({ kind }) => kind).toSorted()).toEqual([...Array.from({ length: 9 }, () => "already"), "recorded"]);
    expect(s.decided.filter((each) => each === id)).toHaveLength(1);
    expect(await s.entries(id)).toHaveLength(2);
  });

  it("two at the same moment, one yes and one no: one of them decides, the other one is told", async () => {
    for (let i = 0; i < 8; i += 1) {
      const id = await s.ask();
      const [yes, no] = await Promise.all([s.decide(id, ANN), s.decide(id, BOB, NO)]);
      expect([yes.kind, no.kind].toSorted()).toEqual(["ended", "recorded"]);
      expect((await s.standing(id))?.kind).toBe(yes.kind === "recorded" ? "approved" : "rejected");
      expect(s.decided.filter((each) => each === id)).toHaveLength(1);
    }
  });

  it("a quorum of two: one person twice is not two, two people at the same moment are", async () => {
    const id = await s.ask({ quorum: 2 });
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "recorded", standing: { kind: "pending", yes: 1, of: 2 } });
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "already", standing: { kind: "pending", yes: 1 } });
    expect(s.decided).not.toContain(id);
    const both = await s.ask({ quorum: 2 });
    await Promise.all([s.decide(both, ANN), s.decide(both, BOB)]);
    expect(await s.standing(both)).toMatchObject({ kind: "approved", by: [{}, {}] });
    expect(s.decided.filter((each) => each === both)).toHaveLength(1);
  });

  it("a yes that is taken back while others are asked ends it", async () => {
    const id = await s.ask({ quorum: 2 });
    await s.decide(id, ANN);
    expect(await s.decide(id, ANN, NO)).toMatchObject({ kind: "recorded", standing: { kind: "rejected" } });
    expect(await s.standing(id)).toMatchObject({ kind: "rejected", by: "login-1", reason: NO.reason });
  });

  it("who said yes and lost the role before the second yes is not counted", async () => {
    const id = await s.ask({ quorum: 2 });
    await s.decide(id, CAT);
    s.roles.set(CAT, ["viewer"]);
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "recorded", standing: { kind: "pending", yes: 1, of: 2 } });
    expect(await s.decide(id, BOB)).toMatchObject({ standing: { kind: "approved" } });
    s.roles.set(CAT, ["approver"]);
  });

  it("high risk: a passkey over exactly this answer, and the same proof never twice", async () => {
    const id = await s.ask({ risk: "high" });
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "refused", refusal: "step_up_missing" });
    const other = proofOf({ person: ANN, approval: id, digest: hash(2), answer: "approve" });
    expect(await s.decide(id, ANN, { stepUp: other })).toMatchObject({ refusal: "step_up_refused" });
    const bobs = proofOf({ person: BOB, approval: id, digest: hash(1), answer: "approve" });
    expect(await s.decide(id, ANN, { stepUp: bobs })).toMatchObject({ refusal: "step_up_refused" });
    const right = proofOf({ person: ANN, approval: id, digest: hash(1), answer: "approve" });
    expect(await s.decide(id, ANN, { stepUp: right })).toMatchObject({ kind: "recorded" });
  });

  it("a request that there is not, or that is another client's, is unknown", async () => {
    const globex = await s.t.tenant("globex", 2);
    const id = await s.ask();
    const decision = { approval: id, digest: hash(1), answer: "approve", by: onPage(ANN), stepUp: null } as const;
    const there = await s.t.db.withTenant(globex.claim, (tx) =>
      s.approvals.decide(tx, { ...decision, reason: "", link: null, propose: false }),
    );
    expect(there).toEqual({ kind: "unknown" });
    expect(await s.t.db.withTenant(globex.claim, (tx) => s.approvals.read(tx, id))).toBeNull();
  });
});

describe("executing", () => {
  const approved = async (): Promise<ApprovalId> => {
    const id = await s.ask();
    await s.decide(id, ANN);
    return id;
  };

  it("13 a yes is used once, however many ask at the same moment", async () => {
    const id = await approved();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY))),
    );
    expect(all.map(({ kind }) => kind).toSorted()).toEqual([
      "used_before",
      "used_before",
      "used_before",
      "used_before",
      "used_before",
      "yes",
    ]);
  });

  it.each([
    ["arguments_changed", { digest: hash(2) }],
    ["rules_changed", { policySet: hash(6) }],
    ["head_moved", { headSha: null }],
  ] as const)("14 %s since the yes: it is void, for good", async (why, changed) => {
    const id = await approved();
    expect(await s.standing(id, { ...EXACTLY, ...changed })).toMatchObject({ kind: "void", why });
    expect(await s.standing(id, EXACTLY)).toMatchObject({ kind: "void", why });
    expect(await s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY))).toMatchObject({ kind: "no" });
    expect(await s.entries(id)).toContain("approval.void success");
  });

  it("15 who said yes is asked for the role again when it is executed; a role that comes back revives nothing", async () => {
    const id = await approved();
    s.roles.set(ANN, ["viewer"]);
    expect(await s.standing(id, EXACTLY)).toMatchObject({ kind: "void", why: "approver_changed" });
    s.roles.set(ANN, ["approver"]);
    expect(await s.standing(id, EXACTLY)).toMatchObject({ kind: "void", why: "approver_changed" });
  });

  it("15 the agent that became the approver's own after the yes: void", async () => {
    const id = await approved();
    s.owner.is = ANN;
    expect(await s.standing(id, EXACTLY)).toMatchObject({ kind: "void", why: "approver_changed" });
    s.owner.is = null;
  });

  it("a yes that lay for a quarter of an hour is void: the world has moved on", async () => {
    const id = await approved();
    await s.ageByWall(id, 15 * 60_000);
    expect(await s.standing(id, EXACTLY)).toMatchObject({ kind: "void", why: "not_used" });
  });

  it("what was used stays what it was, and is good for nothing else", async () => {
    const id = await approved();
    await s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY));
    await s.ageByWall(id, 60 * 60_000);
    expect(await s.standing(id)).toMatchObject({ kind: "approved" });
    expect(await s.standing(id, { ...EXACTLY, digest: hash(2) })).toMatchObject({ kind: "void" });
    expect(await s.inTenant((tx) => s.approvals.voidIt(tx, id, "stopped"))).toBe(false);
  });

  it("14 what is made void between the yes and the execution is not executed", async () => {
    const id = await approved();
    expect(await s.inTenant((tx) => s.approvals.voidIt(tx, id, "head_moved"))).toBe(true);
    expect(await s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY))).toMatchObject({
      kind: "no",
      standing: { kind: "void" },
    });
    expect(await s.inTenant((tx) => s.approvals.voidIt(tx, id, "head_moved"))).toBe(false);
  });
});
