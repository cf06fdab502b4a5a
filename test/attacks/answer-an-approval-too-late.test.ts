// The attacker has a yes that comes after its time: the wall clock was set back, another machine asked, the server was started again.

import { afterEach, describe, expect, it } from "vitest";
import { person } from "../approvals/support/people.ts";
import { EXACTLY, newApproval, onPage, stage } from "../approvals/support/stage.ts";

const s = await stage();
const ANN = person(1);
const HOUR = 60 * 60_000;
afterEach(async () => {
  await s.check();
});

describe("N8 16 an answer after its time", () => {
  it("is none: the request is denied as a timeout, once, and never as somebody's no", async () => {
    const id = await s.ask();
    await s.ageByWall(id, HOUR);
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "ended", standing: { kind: "expired" } });
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "ended", standing: { kind: "expired" } });
    expect(await s.entries(id)).toEqual(["approval.request success", "approval.expire success"]);
    expect(s.decided.filter((each) => each === id)).toHaveLength(1);
    const [entry] = await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 1, kinds: ["approval.expire"] }));
    expect(JSON.stringify(entry?.body)).toMatch(/nobody decided in time/);
    expect(JSON.stringify(entry?.body)).not.toMatch(/reject|denied by/);
  });

  it("by five people at the same moment as the sweep: it expires once", async () => {
    const id = await s.ask({ quorum: 2 });
    await s.ageByWall(id, HOUR);
    await Promise.all([
      ...[1, 2, 3].map((n) => s.decide(id, person(n))),
      s.inTenant((tx) => s.approvals.expireDue(tx)),
      s.standing(id),
    ]);
    expect(await s.standing(id)).toMatchObject({ kind: "expired" });
    expect((await s.entries(id)).filter((each) => each.startsWith("approval.expire"))).toHaveLength(1);
  });

  it("30 with the wall clock set back: the machine's monotonic clock counts", async () => {
    const id = await s.ask();
    s.clock.ms += HOUR;
    expect(await s.decide(id, ANN)).toMatchObject({ kind: "ended", standing: { kind: "expired" } });
  });

  it("30 to before it was asked, after the machine was started again: nothing says how much is left, so that nothing is", async () => {
    const id = await s.ask();
    await s.ageByWall(id, -2 * HOUR);
    const elsewhere = s.elsewhere();
    const late = await s.inTenant((tx) =>
      elsewhere.decide(tx, {
        approval: id,
        digest: EXACTLY.digest,
        answer: "approve",
        by: onPage(ANN),
        stepUp: null,
        reason: "",
        link: null,
        propose: false,
      }),
    );
    expect(late).toMatchObject({ kind: "ended", standing: { kind: "expired" } });
  });

  it("30 on another machine, whose clock is set back while it waits: it counts from when it saw the request first", async () => {
    const id = await s.ask();
    const elsewhere = s.elsewhere();
    expect((await s.inTenant((tx) => elsewhere.standing(tx, id)))?.kind).toBe("pending");
    s.clock.ms += HOUR;
    expect((await s.inTenant((tx) => elsewhere.standing(tx, id)))?.kind).toBe("expired");
  });

  it("a yes in time, executed after a quarter of an hour by the monotonic clock alone: void", async () => {
    const id = await s.ask({ minutes: 1 });
    await s.decide(id, ANN);
    s.clock.ms += 17 * 60_000;
    expect(await s.inTenant((tx) => s.approvals.use(tx, id, EXACTLY))).toMatchObject({
      kind: "no",
      standing: { kind: "void" },
    });
  });

  it("a call that asks again gets a new request, and not the time of the old one", async () => {
    const asked = newApproval();
    const first = await s.inTenant((tx) => s.approvals.request(tx, asked));
    await s.ageByWall(first.approval, HOUR);
    const second = await s.inTenant((tx) => s.approvals.request(tx, asked));
    expect(second.approval).not.toBe(first.approval);
    expect(await s.standing(first.approval)).toMatchObject({ kind: "expired" });
    expect(await s.standing(second.approval)).toMatchObject({ kind: "pending" });
  });
});
