import { describe, expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import { checkWorld } from "../../support/world.ts";
import { heardOf } from "../heard.ts";
import { HOUR, MONA, stage } from "../stage.ts";

const s = await stage();
const now = () => instantOfMillis(Date.now());
const state = async (ticket: Parameters<typeof s.row>[0]) => String((await s.row(ticket))["state"]);

describe("S1 a ticket's first moment", () => {
  it("has a number, an owner and its next act", async () => {
    const ticket = await s.open();
    const row = await s.row(ticket);
    expect(row).toMatchObject({ number: 1, state: "new", owner: s.people.mona, next_action: "page" });
    expect(row["next_due_at"]).toBeInstanceOf(Date);
    expect(await s.entries()).toEqual(["ticket.desk", "calendar.set", "ticket.open"]);
    const whole = await s.inTenant((tx) => s.tickets.read(tx, 1));
    expect(whole).toMatchObject({
      name: "ACME-1",
      title: "The export is empty",
      owner: { login: "mona" },
      customer: { name: "Carla" },
    });
    expect(whole?.said).toMatchObject([{ text: "Since yesterday the export has no rows.", sender: "client_person" }]);
  });

  it("what was written lies in no table as it was written", async () => {
    await s.open({
      title: "UNIQUE-TITLE",
      text: "UNIQUE-TEXT",
      from: { name: "UNIQUE-NAME", address: "u@x.test", id: "9" },
    });
    for (const table of ["ticket", "message", "conversation", "desk"]) {
      const rows = await s.t.adminSql(`select t::text as text from tickets.${table} t`);
      expect(rows.map(({ text }) => text).join()).not.toMatch(/UNIQUE|u@x\.test/);
      const hex = Buffer.from("UNIQUE").toString("hex");
      expect(rows.map(({ text }) => text).join()).not.toContain(hex);
    }
  });

  it("the same message is heard once, ever, also twice at the same moment", async () => {
    const heard = heardOf({ conversation: "github:7#900", message: "github:issue:900" });
    const both = await Promise.all([1, 2].map(() => s.inTenant((tx) => s.tickets.hear(tx, heard))));
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["known", "opened"]);
    expect(new Set(both.map(({ ticket }) => ticket)).size).toBe(1);
  });

  it("a machine that answers by itself, and what we sent, open nothing", async () => {
    for (const sender of ["auto_reply", "ourselves"] as const)
      expect(await s.hear({ conversation: `github:7#90${sender}`, sender })).toMatchObject({ kind: "nothing" });
    expect(await s.hear({ conversation: "github:7#901", opens: false })).toMatchObject({ kind: "nothing" });
  });
});

describe("S1 one ticket, whatever the channel", () => {
  it("T9 a reply by mail while a GitHub issue is the source: the same ticket resumes", async () => {
    const from = { name: "Carla", address: "carla@client.test", id: "carla" };
    const { ticket, number } = await s.hear({
      channel: "mail",
      conversation: "mail:<first@client.test>",
      message: "mail:<first@client.test>",
      from,
    });
    if (ticket === null) throw new Error("not opened");
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "Which export?"));
    expect(await state(ticket)).toBe("waiting_client");
    expect(
      await s.hear({ conversation: "github:7#55", number, opens: false, message: "github:comment:555" }),
    ).toMatchObject({
      kind: "landed",
      ticket,
    });
    expect(await state(ticket)).toBe("in_progress");
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "And which day?"));
    const last = s.told.findLast(({ to }) => to.kind !== "webhooks");
    expect(last?.to, "who spoke last on GitHub is asked there").toMatchObject({ kind: "github", number: 55 });
    expect(
      await s.hear({
        channel: "mail",
        conversation: "mail:<third@client.test>",
        answers: ["mail:<first@client.test>"],
        from,
        message: "mail:<third@client.test>",
      }),
    ).toMatchObject({ kind: "landed", ticket });
    expect(await state(ticket)).toBe("in_progress");
  });

  it("a stranger who knows a number is not on the ticket, and nothing is written to them", async () => {
    const ticket = await s.open();
    const number = Number((await s.row(ticket))["number"]);
    const from = { name: "Eve", address: "eve@evil.test", id: null };
    const heard = await s.hear({
      channel: "mail",
      conversation: "mail:<e@evil.test>",
      number,
      from,
      opens: false,
      message: "mail:<e@evil.test>",
    });
    expect(heard.kind).toBe("nothing");
  });

  it.each(["bot", "auto_reply", "ourselves", "staff"] as const)(
    "T10, T11 from %s: the wait goes on",
    async (sender) => {
      const ticket = await s.waiting();
      const whole = await s.inTenant((tx) => s.tickets.read(tx, ticket));
      const conversation = whole?.conversations[0]?.conversation ?? null;
      const heard = await s.hear({ conversation, sender, sentAt: now() });
      expect(heard.kind).toBe(sender === "ourselves" ? "known" : "landed");
      expect(await state(ticket)).toBe("waiting_client");
    },
  );

  it("T13 within thirty days the same ticket is open again, with a new wait of full length; later a new one names it", async () => {
    const ticket = await s.waiting();
    const whole = await s.inTenant((tx) => s.tickets.read(tx, ticket));
    const conversation = whole?.conversations[0]?.conversation ?? null;
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "close", reason: "done" }, MONA, null));
    await s.age(29 * 24);
    expect(await s.hear({ conversation, opens: false })).toMatchObject({ kind: "landed", ticket });
    expect(await state(ticket)).toBe("in_progress");
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "Again?"));
    const row = await s.row(ticket);
    expect(row).toMatchObject({ epoch: 2, next_action: "nudge_24h", nudged_at: null, warned_at: null });
    await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "close", reason: "done" }, MONA, null));
    await s.age(31 * 24);
    const later = await s.hear({ conversation, opens: false });
    expect(later).toMatchObject({ kind: "opened" });
    expect(later.ticket).not.toBe(ticket);
    const next = await s.inTenant((tx) => s.tickets.read(tx, later.ticket ?? 0));
    expect(next?.follows).toBe(row["number"]);
    expect((await s.hear({ conversation, opens: false })).ticket, "and the conversation is the new one's").toBe(
      later.ticket,
    );
  });
});

describe("S1 what people and agents do", () => {
  it("asking tells the client where it spoke last, under the wait's key, and starts a wait", async () => {
    const ticket = await s.waiting();
    const out = s.told.findLast(({ to }) => to.kind === "github");
    expect(out).toMatchObject({
      key: `ticket/${ticket}/1/ask/1`,
      message: { text: "Which export?" },
      about: { kind: "ticket", ticket, epoch: 1, notice: null },
    });
    const row = await s.row(ticket);
    const started = row["wait_started"];
    const due = row["next_due_at"];
    if (!(started instanceof Date) || !(due instanceof Date)) throw new Error("no instants");
    expect(due.getTime() - started.getTime()).toBe(24 * HOUR);
  });

  it("who can be told nowhere is not asked: no wait begins", async () => {
    const ticket = await s.open({ channel: "cli", conversation: null });
    const asked = await s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "ask" }, MONA, "Which?"));
    expect(asked.kind).toBe("refused");
    expect(await state(ticket)).toBe("new");
  });

  it("a reply is said once under its key, and whose move it is stays", async () => {
    const ticket = await s.waiting();
    const say = () => s.inTenant((tx) => s.tickets.reply(tx, ticket, MONA, "We are on it.", "k1"));
    expect(await say()).toMatchObject({ kind: "done", state: "waiting_client" });
    expect(await say()).toMatchObject({ kind: "unchanged" });
    expect(s.told.filter(({ key }) => key === `ticket/${ticket}/1/reply/k1`)).toHaveLength(1);
  });

  it("a ticket is given to a person of this client, and to nobody else", async () => {
    const ticket = await s.open();
    const give = (owner: string) =>
      s.inTenant((tx) => s.tickets.act(tx, ticket, { kind: "reassign", owner }, MONA, null));
    expect(await give("00000000-0000-4000-8000-000000000000")).toMatchObject({ kind: "refused" });
    expect(await give(s.people.hubot)).toMatchObject({ kind: "done" });
    expect((await s.row(ticket))["owner"]).toBe(s.people.hubot);
    expect((await s.entries()).at(-1)).toBe("ticket.own");
  });

  it("the list has the next automatic act first, with its instant in words", async () => {
    const views = await s.inTenant((tx) => s.tickets.list(tx, { owner: null, all: false }));
    const due = views.map(({ next }) => next?.at ?? Infinity);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect(views.find(({ state: each }) => each === "waiting_client")?.next?.words).toMatch(
      /^(?:in .+|now): nudge \([A-Z][a-z]{2} \d+ [A-Z][a-z]{2} \d\d:\d\d UTC\)$/,
    );
  });

  it("the log verifies, and no client sees another's", async () => {
    expect(await checkWorld(s.t)).toBeGreaterThan(10);
  });
});
