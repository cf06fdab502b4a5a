import { describe, expect, it } from "vitest";
import { reinstate, suspend } from "#tenants/io";
import { person } from "../support/people.ts";
import { EXACTLY, stage } from "../support/stage.ts";

const s = await stage();
const asked = {
  prefix: "acme",
  reason: "a drill",
  by: { operator: { type: "operator", id: "olga" }, requestId: "r" },
} as const;

describe("a client that is suspended", () => {
  it("what waits is frozen with it, and void when it is back: nobody says yes to what was asked before", async () => {
    const waiting = await s.ask();
    const approved = await s.ask();
    await s.decide(approved, person(1));
    expect(await suspend({ ...s.t.operator, spool: s.t.spool }, asked)).toMatchObject({ kind: "suspended" });
    expect(await s.t.db.claimFor(s.tenant.id)).toBeNull();
    await expect(s.t.db.withTenant(s.tenant.claim, (tx) => s.approvals.queue(tx))).rejects.toThrow(/suspended/);
    expect(await reinstate(s.t.operator, asked)).toMatchObject({ kind: "reinstated" });
    expect(await s.inTenant((tx) => s.approvals.queue(tx))).toEqual([]);
    expect(await s.decide(waiting, person(1))).toMatchObject({
      kind: "ended",
      standing: { kind: "void", why: "client_suspended" },
    });
    expect(await s.inTenant((tx) => s.approvals.use(tx, approved, EXACTLY))).toMatchObject({
      kind: "no",
      standing: { kind: "void", why: "client_suspended" },
    });
    expect(await s.entries(waiting)).toEqual(["approval.request success", "approval.void success"]);
    await s.check();
  });

  it("the look that follows finds what nobody touched", async () => {
    const id = await s.ask();
    await suspend({ ...s.t.operator, spool: s.t.spool }, asked);
    await reinstate(s.t.operator, asked);
    expect(await s.inTenant((tx) => s.approvals.expireDue(tx))).toBe(1);
    expect(await s.standing(id)).toMatchObject({ kind: "void", why: "client_suspended" });
    expect(s.decided).toContain(id);
  });
});
