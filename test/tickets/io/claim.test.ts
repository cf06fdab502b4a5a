import { describe, expect, it } from "vitest";
import { instantOfMillis, type Instant } from "#kernel";
import { nextOf, STAGES } from "#tickets";
import { claimClock, claimDue, type Due } from "#tickets/io";
import { testDatabase } from "../../support/database.ts";
import { dueTickets } from "../due-tickets.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const claim = (most = 200): Promise<readonly Due[]> => t.db.withPlatform((tx) => claimDue(tx, most));
const forget = (): Promise<unknown> => t.adminSql("truncate tickets.notice, tickets.ticket cascade");
const notices = () =>
  t.adminSql("select kind, turn, count(*)::int as n from tickets.notice group by 1, 2 order by 1, 2");

const moment = (value: unknown): Instant => {
  if (!(value instanceof Date)) throw new Error("no instant");
  return instantOfMillis(value.getTime());
};

describe("S1 claiming what is due", () => {
  it.each([
    ["on time", 24, "nudge_24h"],
    ["days late", 500, "nudge_24h"],
    ["the second one, on time", 72, "nudge_72h"],
    ["the second one, late", 800, "nudge_72h"],
  ] as const)("%s: the timer goes where the pure rule says", async (_, askedHoursAgo, action) => {
    await forget();
    await dueTickets(t, acme, { count: 1, askedHoursAgo, action });
    expect(await claim()).toMatchObject([{ tenant: acme.id, action, epoch: 1 }]);
    const [row] = await t.adminSql(
      "select t.*, n.claimed_at from tickets.ticket t join tickets.notice n using (tenant_id, ticket_id)",
    );
    const startedAt = moment(row?.["wait_started"]);
    const wait = { epoch: 1, startedAt, askedAt: startedAt, nudgedAt: null, warnedAt: null, deadline: null };
    const due = row?.["next_due_at"];
    expect({ action: row?.["next_action"], at: due === null ? null : moment(due) }).toEqual(
      nextOf(wait, action, moment(row?.["claimed_at"])),
    );
    expect(await claim(), "nothing is due a second time").toEqual([]);
  });

  it("after an outage of weeks a ticket has one notice in a pass, and the next a day later", async () => {
    await forget();
    await dueTickets(t, acme, { count: 3, askedHoursAgo: 1000 });
    for (let pass = 0; pass < 5; pass++) await claim();
    expect(await notices()).toEqual([{ kind: "nudge_24h", turn: 1, n: 3 }]);
    await t.adminSql("update tickets.ticket set next_due_at = now() - interval '1 second'");
    await claim();
    expect(await notices()).toEqual([
      { kind: "nudge_24h", turn: 1, n: 3 },
      { kind: "nudge_72h", turn: 1, n: 3 },
    ]);
    const left = await t.adminSql("select from tickets.ticket where next_due_at is not null");
    expect(left, "closing waits for the warning's receipt").toEqual([]);
  });

  it("T3 four workers at once: each ticket is claimed once, and told once", async () => {
    await forget();
    await dueTickets(t, acme, { count: 900, askedHoursAgo: 30 });
    await dueTickets(t, globex, { count: 900, askedHoursAgo: 30 });
    const all: Due[] = [];
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        for (let mine = await claim(50); mine.length > 0; mine = await claim(50)) all.push(...mine);
      }),
    );
    expect(new Set(all.map(({ ticket }) => ticket)).size).toBe(1800);
    expect(all).toHaveLength(1800);
    expect(await notices()).toEqual([{ kind: "nudge_24h", turn: 1, n: 1800 }]);
  });

  it("T1 a worker that dies before its commit has claimed nothing", async () => {
    await forget();
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 30 });
    await expect(
      t.db.withPlatform(async (tx) => {
        await claimDue(tx, 10);
        throw new Error("killed");
      }),
    ).rejects.toThrow("killed");
    expect(await notices()).toEqual([]);
    expect(await claim()).toHaveLength(1);
  });

  it("a client on its way out: its timers stand still", async () => {
    await forget();
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 30 });
    await t.adminSql("update tickets.ticket set frozen_at = now()");
    expect(await claim()).toEqual([]);
  });

  it("the owner is told once a day that our own time is over", async () => {
    await forget();
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 30, action: "page" });
    await claim();
    await t.adminSql("update tickets.ticket set next_due_at = now() - interval '1 second'");
    await claim();
    expect(await notices()).toEqual([
      { kind: "page", turn: 1, n: 1 },
      { kind: "page", turn: 2, n: 1 },
    ]);
    const [row] = await t.adminSql("select extract(epoch from next_due_at - now()) * 1000 as ms from tickets.ticket");
    expect(Number(row?.["ms"])).toBeGreaterThan(STAGES.breath - 60_000);
  });
});

describe("S1 fail closed: the table itself", () => {
  it.each([
    [
      "closes nothing for silence without a warning that was delivered",
      "update tickets.ticket set state = 'closed', wait_started = null, warned_at = null, next_action = null, next_due_at = null, closed_at = now(), close_reason = 'aged_out'",
    ],
    ["has no ticket without an owner", "update tickets.ticket set owner = null"],
    ["has no open ticket without a next act", "update tickets.ticket set next_action = null, next_due_at = null"],
    [
      "has no owner of another client",
      `update tickets.ticket set owner = (select person_id from identity.person where tenant_id = '${globex.id}')`,
    ],
  ])("%s", async (_, statement) => {
    await forget();
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 30 });
    await dueTickets(t, globex, { count: 1, askedHoursAgo: 30 });
    await expect(t.adminSql(`${statement} where tenant_id = '${acme.id}'`)).rejects.toThrow(/violates/);
  });
});

describe("T6, T7 the clock is looked at with every pass", () => {
  const look = (passedMs: number | null) => t.db.withPlatform((tx) => claimClock(tx, passedMs));
  const believe = () => t.adminSql("update tickets.heartbeat set doubted_at = null, why = null, seen_at = now()");

  it.each([
    ["T7 two hours back", "seen_at = now() + interval '2 hours'", null],
    ["T6 seven days ahead of what has passed", "seen_at = now() - interval '7 days'", 1_000],
  ])("%s: nudges go on, nothing is closed, until a person has looked", async (_, change, passed) => {
    await forget();
    await believe();
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 30 });
    await dueTickets(t, acme, { count: 1, askedHoursAgo: 200, action: "close" });
    await t.adminSql(`update tickets.heartbeat set ${change}`);
    expect(await look(passed)).toBe(false);
    expect((await claim()).map(({ action }) => action)).toEqual(["nudge_24h"]);
    expect(await look(1), "and it is not believed by itself again").toBe(false);
    await believe();
    expect((await claim()).map(({ action }) => action)).toEqual(["close"]);
  });

  it("a server that was away for a week doubts nothing: nobody watched the clock meanwhile", async () => {
    await believe();
    await t.adminSql("update tickets.heartbeat set seen_at = now() - interval '7 days'");
    expect(await look(null)).toBe(true);
    expect(await look(1_000)).toBe(true);
  });
});
