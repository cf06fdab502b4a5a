// O3: a client that is suspended or leaves has its tickets' clocks stopped in the same commit; taken back, each has the time that it had left.

import { describe, expect, it } from "vitest";
import { offboard, reinstate, suspend } from "#tenants/io";
import { Fault } from "#kernel";
import { ticketClocks } from "../../src/main/standstill.ts";
import { HOUR, stage } from "../tickets/stage.ts";
import { claimDue } from "#tickets/io";

const s = await stage();
const { t, tenant } = s;
const by = { operator: { type: "operator", id: "root" }, requestId: "test" } as const;
const access = { ...t.operator, append: t.append, spool: t.spool, standstill: ticketClocks };
const asked = { prefix: "acme", reason: "unpaid", by };

async function inAcme<T>(fn: Parameters<typeof t.db.withTenant<T>>[1]): Promise<T> {
  const claim = await t.db.claimFor(tenant.id);
  return t.db.withTenant(claim ?? expect.unreachable("not active"), fn);
}
const leftMs = async (ticket: string): Promise<number> => {
  const [row] = await t.adminSql(
    "select extract(epoch from next_due_at - coalesce(frozen_at, now())) * 1000 as ms from tickets.ticket where ticket_id = $1",
    [ticket],
  );
  return Number(row?.["ms"]);
};
const frozen = async (): Promise<number> =>
  Number((await t.adminSql("select count(*)::int as n from tickets.ticket where frozen_at is not null"))[0]?.["n"]);
describe("O3 tickets stand still with their client", () => {
  it("suspended for a week they are not due, and taken back they have what was left, to the second", async () => {
    const waits = await s.waiting();
    const ours = await s.open();
    const before = [await leftMs(waits), await leftMs(ours)];
    expect(before[0]).toBeGreaterThan(23.9 * HOUR);
    expect(await suspend(access, asked)).toMatchObject({ kind: "suspended" });
    expect(await frozen()).toBe(2);
    await s.age(7 * 24);
    // A week past every deadline, and nothing falls due.
    expect(await t.db.withPlatform((tx) => claimDue(tx, 100))).toEqual([]);
    expect(await reinstate(access, asked)).toMatchObject({ kind: "reinstated" });
    expect(await frozen()).toBe(0);
    for (const [at, ticket] of [waits, ours].entries())
      expect(Math.abs((await leftMs(ticket)) - (before[at] ?? 0))).toBeLessThan(5_000);
    const found = await inAcme((tx) => t.audit.recent(tx, { limit: 20 }));
    expect(found.map(({ kind }) => kind).slice(0, 3)).toEqual(["ticket.thaw", "tenant.reinstate", "tenant.suspend"]);
    expect(JSON.stringify(found[2]?.body)).toContain('"tickets":2');
  });

  it("suspended with a log that takes no entries: stopped all the same, in one commit", async () => {
    const away = () => Promise.reject(new Fault("log_unavailable", "the log is away"));
    expect(await frozen()).toBe(0);
    expect(await suspend({ ...access, append: away }, asked)).toMatchObject({ kind: "suspended" });
    expect(await suspend(access, asked)).toMatchObject({ kind: "already" });
    expect(await frozen()).toBe(2);
    await reinstate(access, asked);
    expect(await frozen()).toBe(0);
  });

  it("an order to leave stops them; taken back within its five minutes they go on", async () => {
    const order = await offboard(access, { prefix: "acme", tenantId: tenant.id, reason: "leaves", by });
    expect(order).toMatchObject({ kind: "ordered" });
    expect(await frozen()).toBe(2);
    expect(await reinstate(access, asked)).toMatchObject({ kind: "reinstated" });
    expect(await frozen()).toBe(0);
  });

  it("suspended before the order: they stand still already, and the order stops nothing twice", async () => {
    await suspend(access, asked);
    const order = await offboard(access, { prefix: "acme", tenantId: tenant.id, reason: "leaves", by });
    expect(order).toMatchObject({ kind: "ordered" });
    expect(await frozen()).toBe(2);
    const [row] = await t.adminSql("select count(*)::int as n from tickets.event where kind = 'frozen'");
    const [thaws] = await t.adminSql("select count(*)::int as n from tickets.event where kind = 'thawed'");
    expect(Number(row?.["n"]) - Number(thaws?.["n"])).toBe(2);
  });
});
