import { describe, expect, it } from "vitest";
import { removePerson } from "#identity/io";
import { handOver, orphans, setDesk, setHours, showDesk } from "#tickets/io";
import { OFFICE_HOURS } from "../../../src/tickets/office.ts";
import { HOUR, MONA, stage } from "../stage.ts";

const s = await stage();
const set = (calendar: unknown, targetMs = 8 * HOUR) =>
  s.inTenant((tx) => setHours(s.deps, tx, { calendar, targetMs }, MONA));
const nextDays = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => new Date(Date.now() + n * 24 * HOUR).toISOString().slice(0, 10));
const newest = async () => (await s.inTenant((tx) => s.t.audit.recent(tx, { limit: 1 })))[0];

describe("the label that makes an issue a ticket", () => {
  it("is ours until the client's people say another one, and the entry shows both", async () => {
    const show = async () => (await s.inTenant((tx) => showDesk(s.deps, tx))).label;
    const say = (label: string) => s.inTenant((tx) => setDesk(s.deps, tx, { label }, MONA));
    expect(await show()).toBe("countersign");
    expect(await say(" Needs support ")).toMatchObject({ kind: "set", desk: { label: "Needs support" } });
    expect((await newest())?.body).toMatchObject({
      payload: { before: { label: "countersign" }, after: { label: "Needs support" } },
    });
    for (const wrong of ["", "  ", "x".repeat(51), "two\nlines"])
      expect(await say(wrong)).toMatchObject({ kind: "refused" });
    expect(await show()).toBe("Needs support");
  });
});

describe("hours of work", () => {
  it("T19 new hours are a new version: deadlines move, and the entry shows both", async () => {
    const ours = await s.open();
    const theirs = await s.waiting();
    await s.inTenant((tx) => s.tickets.act(tx, ours, { kind: "start" }, MONA, null));
    const [before, wait] = [await s.row(ours), await s.row(theirs)];
    expect(await set(OFFICE_HOURS, 2 * HOUR)).toMatchObject({ kind: "set", version: 2, moved: 1 });
    const after = await s.row(ours);
    expect(after["calendar"]).toBe(2);
    expect(Number(after["next_due_at"])).toBeLessThan(Number(before["next_due_at"]));
    expect((await s.row(theirs))["next_due_at"], "a client's wait is of elapsed hours").toEqual(wait["next_due_at"]);
    expect((await newest())?.body).toMatchObject({
      payload: {
        version: 2,
        before: 1,
        targetMs: 2 * HOUR,
        targetBeforeMs: 8 * HOUR,
        moved: [{ number: before["number"], breach: "as before" }],
      },
    });
    const rows = await s.t.adminSql("select version from tickets.calendar order by version");
    expect(
      rows.map(({ version }) => version),
      "the old one stays",
    ).toEqual([1, 2]);
    expect(await set(OFFICE_HOURS, 2 * HOUR)).toMatchObject({ kind: "unchanged" });
  });

  it.each([
    ["no hours at all", { zone: "UTC", week: {} }, HOUR],
    ["a zone that is none", { zone: "Nowhere/City", week: { monday: [{ from: "09:00", to: "17:00" }] } }, HOUR],
    ["no time to work in", OFFICE_HOURS, 0],
    ["holidays on every day of the next year", { ...OFFICE_HOURS, holidays: nextDays(400) }, HOUR],
    [
      "a minute a week, and a target of a day of work",
      { zone: "UTC", week: { monday: [{ from: "09:00", to: "09:01" }] } },
      8 * HOUR,
    ],
  ])("T20 refused when it is saved, and nothing is changed: %s", async (_, calendar, target) => {
    expect(await set(calendar, target)).toMatchObject({ kind: "refused" });
    const [row] = await s.t.adminSql("select max(version) as version from tickets.calendar");
    expect(row?.["version"]).toBe(2);
  });

  it("T21 a holiday for days that are over takes no breach away without saying so", async () => {
    const ticket = await s.open();
    await s.age(14 * 24);
    const number = (await s.row(ticket))["number"];
    const days = Array.from({ length: 20 }, (_, n) => new Date(Date.now() - n * 24 * HOUR).toISOString().slice(0, 10));
    expect(await set({ ...OFFICE_HOURS, holidays: days }, 2 * HOUR)).toMatchObject({ kind: "set" });
    const moved = expect.arrayContaining([expect.objectContaining({ number, breach: "removed" })]);
    expect((await newest())?.body).toMatchObject({ payload: { moved } });
  });
});

describe("the desk", () => {
  it("says whose new tickets are and where owners are paged; the place is sealed", async () => {
    const done = await s.inTenant((tx) =>
      setDesk(s.deps, tx, { owner: s.people.hubot, pages: ["mail:ops@acme.test"], quiet: true }, MONA),
    );
    expect(done).toMatchObject({ kind: "set", desk: { defaultOwner: { login: "hubot" }, quiet: true } });
    expect((await s.row(await s.open()))["owner"]).toBe(s.people.hubot);
    const [row] = await s.t.adminSql("select encode(pages, 'escape') as text from tickets.desk");
    expect(row?.["text"]).not.toContain("ops@");
    const wrong = await s.inTenant((tx) => setDesk(s.deps, tx, { pages: ["ops@acme.test"] }, MONA));
    expect(wrong).toMatchObject({ kind: "refused" });
  });

  it("quiet hours move a notice later, never earlier", async () => {
    const monday = [{ from: "09:00", to: "09:01" }];
    expect(await set({ zone: "UTC", week: { monday } }, 60_000)).toMatchObject({ kind: "set" });
    const ticket = await s.waiting();
    await s.age(24);
    await s.pass();
    const out = s.told.findLast(({ about }) => about.kind === "ticket" && about.ticket === ticket);
    expect(out?.notBefore).toBeGreaterThan(Date.now());
    expect(new Date(out?.notBefore ?? 0).toISOString()).toMatch(/T09:00:00/);
  });
});

describe("T15 an owner who leaves", () => {
  it("owns nothing in the same transaction, nor is anybody's default: everything is another person's, and the entry says whose", async () => {
    const ticket = await s.open();
    expect((await s.row(ticket))["owner"]).toBe(s.people.hubot);
    const access = { ...s.t.operator, append: s.t.append, spool: s.t.spool, handOver };
    const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
    expect(await removePerson(access, { tenant: s.tenant.id, person: s.people.hubot, by })).toMatchObject({
      kind: "removed",
    });
    const left = await s.t.adminSql("select count(*)::int as n from tickets.ticket where owner = $1 or owner is null", [
      s.people.hubot,
    ]);
    expect(left).toEqual([{ n: 0 }]);
    expect((await s.row(ticket))["owner"]).toBe(s.people.mona);
    expect((await s.inTenant((tx) => showDesk(s.deps, tx))).defaultOwner.login).toBe("mona");
    expect(await newest()).toMatchObject({
      kind: "person.remove",
      body: { payload: { handed: { to: s.people.mona } } },
    });
  });

  it("T15 who leaves as the last one keeps what nobody can take; whoever is named for the desk then has it", async () => {
    const ticket = await s.open();
    const access = { ...s.t.operator, append: s.t.append, spool: s.t.spool, handOver };
    const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
    expect(await s.inTenant(orphans)).toEqual([]);
    await removePerson(access, { tenant: s.tenant.id, person: s.people.mona, by });
    expect(await s.inTenant(orphans)).toContainEqual({ ticket, number: expect.any(Number), owner: s.people.mona });
    await s.t.adminSql("update identity.person set removed_at = null, roles = '{operator}' where person_id = $1", [
      s.people.hubot,
    ]);
    await s.inTenant((tx) => setDesk(s.deps, tx, { owner: s.people.hubot }, MONA));
    expect(await s.inTenant(orphans)).toEqual([]);
    expect((await s.row(ticket))["owner"]).toBe(s.people.hubot);
    expect(await s.entries()).toContain("ticket.own");
  });
});
