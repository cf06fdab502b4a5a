import { describe, expect, it } from "vitest";
import { instantOfMillis, prNumber, repositoryId } from "#kernel";
import { watchIdle, type Outgoing } from "#tickets";
import { createPass } from "#tickets/io";
import { checkWorld } from "../../support/world.ts";
import { HOUR, MONA, stage } from "../stage.ts";

const s = await stage();
const notice = (kind: string) => (out: Outgoing) => "notice" in out.about && out.about.notice === kind;
const noticesOf = (ticket: string): readonly string[] =>
  s.told.flatMap(({ about }) =>
    about.kind === "ticket" && about.ticket === ticket && about.notice !== null ? [about.notice] : [],
  );
const moment = (value: unknown): number => (value instanceof Date ? value.getTime() : NaN);
const conversationOf = async (ticket: Parameters<typeof s.row>[0]): Promise<string> =>
  (await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.conversations[0]?.conversation ?? "";

/** Nudged, warned, both delivered. */
async function warned() {
  const ticket = await s.waiting();
  await s.age(24);
  await s.pass();
  await s.deliver(ticket, "nudge_24h");
  await s.age(48);
  await s.pass();
  await s.deliver(ticket, "nudge_72h");
  return ticket;
}

describe("S1 a wait from the question to the end", () => {
  it("nudged at 24 hours, warned with the deadline at 72, closed at seven days as aged_out: each once", async () => {
    const ticket = await s.waiting();
    await s.pass();
    expect(noticesOf(ticket)).toEqual([]);
    await s.age(24);
    await s.pass();
    await s.pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h"]);
    await s.deliver(ticket, "nudge_24h");
    await s.age(48);
    await s.pass();
    await s.pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h", "nudge_72h"]);
    const row = await s.row(ticket);
    const deadline = moment(row["deadline"]);
    expect(deadline - moment(row["wait_started"])).toBeGreaterThanOrEqual(168 * HOUR);
    const warning = s.told.findLast(notice("nudge_72h"));
    const local = new Date(deadline).toISOString();
    expect(warning?.message.text, "the deadline stands in it, with its zone").toContain(`${local.slice(11, 16)} UTC`);
    await s.age(100);
    await s.pass();
    expect((await s.row(ticket))["state"], "not before the warning's delivery").toBe("waiting_client");
    await s.deliver(ticket, "nudge_72h");
    await s.pass();
    expect((await s.row(ticket))["state"], "nor within a day of it").toBe("waiting_client");
    await s.age(24.1);
    expect(await s.pass()).toMatchObject({ closed: 1 });
    expect(await s.row(ticket)).toMatchObject({ state: "closed", close_reason: "aged_out", next_action: null });
    expect(s.told.findLast(({ to }) => to.kind === "github")?.message.text).toContain("closed");
    expect(await s.pass()).toMatchObject({ closed: 0, told: 0 });
  });

  it("after an outage of weeks a ticket has one stage in a pass, and is not closed in that night", async () => {
    const ticket = await s.waiting();
    await s.age(1000);
    for (let n = 0; n < 5; n++) await s.pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h"]);
    await s.age(24.1);
    for (let n = 0; n < 5; n++) await s.pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h", "nudge_72h"]);
    await s.deliver(ticket, "nudge_72h");
    await s.pass();
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
  });

  it("a notice of a wait that is over is dropped, and asked about it is not wanted", async () => {
    const ticket = await s.waiting();
    await s.age(24);
    const about = { kind: "ticket", ticket, epoch: 1, notice: "nudge_24h" } as const;
    expect(await s.inTenant((tx) => s.tickets.wanted(tx, about))).toBe(true);
    await s.hear({ conversation: await conversationOf(ticket), sentAt: instantOfMillis(Date.now()) });
    await s.pass();
    expect(noticesOf(ticket)).toEqual([]);
    expect(await s.inTenant((tx) => s.tickets.wanted(tx, about))).toBe(false);
  });

  it("T1 killed after the claim, before the words: it is told once, by whoever comes next", async () => {
    const ticket = await s.waiting();
    await s.age(24);
    const dying = createPass({
      ...s.deps,
      database: s.t.db,
      monotonicMs: () => performance.now(),
      onTrouble: () => {},
      crash: () => {
        throw new Error("killed");
      },
    });
    await expect(dying()).rejects.toThrow("killed");
    expect(noticesOf(ticket)).toEqual([]);
    await s.pass();
    await s.pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h"]);
  });

  it("who can be reached nowhere any more is not warned and never closed, and the owner knows", async () => {
    const ticket = await s.waiting();
    await s.t.adminSql("update tickets.conversation set gone_at = now() where ticket_id = $1", [ticket]);
    await s.age(24);
    await s.pass();
    expect(noticesOf(ticket)).toEqual([]);
    const mine = s.told.filter(({ about }) => about.kind === "ticket" && about.ticket === ticket);
    expect(mine.at(-1)).toMatchObject({ to: { kind: "webhooks", event: "ticket.page" } });
    for (const hours of [48, 500, 500]) {
      await s.age(hours);
      await s.pass();
    }
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
  });
});

describe("S1 closing looks at the channels first", () => {
  it("a reply that nobody has brought yet wins, at the same instant too", async () => {
    const ticket = await warned();
    const asked = moment((await s.row(ticket))["asked_at"]);
    s.signals.set(await conversationOf(ticket), { kind: "heard", at: instantOfMillis(asked) });
    await s.age(96.1);
    expect(await s.pass()).toMatchObject({ closed: 0 });
    expect(await s.row(ticket)).toMatchObject({ state: "in_progress", next_action: "page" });
  });

  it("fail closed: a channel that cannot be read closes nothing", async () => {
    const ticket = await warned();
    s.signals.set(await conversationOf(ticket), { kind: "unknown", why: "GitHub is down" });
    await s.age(96.1);
    await s.pass();
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
    s.signals.delete(await conversationOf(ticket));
    await s.age(0.1);
    await s.pass();
    expect((await s.row(ticket))["state"], "and when it can, it is").toBe("closed");
  });

  it("T24 the source is gone: the ticket goes on where else the client is, and its owner is told", async () => {
    const ticket = await warned();
    const gone = await conversationOf(ticket);
    const { number } = await s.row(ticket);
    await s.hear({
      channel: "slack",
      conversation: `slack:T1/C2/1.${Number(number)}`,
      number: Number(number),
      sender: "bot",
      opens: false,
      message: `slack:${String(number)}`,
    });
    s.signals.set(gone, { kind: "gone" });
    await s.age(96.1);
    const before = s.told.length;
    await s.pass();
    const page = s.told.slice(before).find(({ key }) => key.startsWith(`ticket/${ticket}/gone/`));
    expect(page?.message.text).toContain("goes on in its other places");
    const whole = await s.inTenant((tx) => s.tickets.read(tx, ticket));
    expect(whole?.conversations.find(({ conversation }) => conversation === gone)?.gone).toBe(true);
  });

  it("T24 the source says so itself: known at once, told once", async () => {
    const ticket = await s.waiting();
    const conversation = await conversationOf(ticket);
    for (const how of ["transferred", "deleted"] as const)
      await s.inTenant((tx) => s.tickets.gone(tx, conversation, how));
    const told = s.told.filter(({ key }) => key.startsWith(`ticket/${ticket}/gone/`));
    expect(told.map(({ message }) => message.text)).toEqual([expect.stringContaining("was moved away")]);
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
    await s.inTenant((tx) => s.tickets.gone(tx, "github:9#999", "deleted"));
  });

  it("T24 with its last place gone it is closed for no silence, its owner is told once a day, and why says so", async () => {
    const ticket = await warned();
    await s.inTenant(async (tx) => s.tickets.gone(tx, await conversationOf(ticket), "deleted"));
    await s.age(96.1);
    for (let day = 0; day < 3; day++) {
      await s.pass();
      await s.age(24.1);
    }
    expect((await s.row(ticket))["state"]).toBe("waiting_client");
    const told = s.told.filter(({ key }) => key.startsWith(`ticket/${ticket}/`) && key.includes("/unread/"));
    expect(told.length, "from the day after on").toBe(2);
    expect((await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.why[0]).toContain("tell the owner");
    const listed = await s.inTenant((tx) => s.tickets.list(tx, { owner: null, all: false }));
    expect(listed.find((each) => each.ticket === ticket)?.next).toMatchObject({
      action: "page",
      words: expect.stringContaining("page the owner"),
    });
  });

  it("T6 by a clock in doubt nothing is closed, nudges go on, until a person believes it", async () => {
    const ticket = await warned();
    await s.age(96.1);
    await s.t.adminSql("update tickets.heartbeat set doubted_at = now(), why = 'moved'");
    expect(await s.pass()).toMatchObject({ believed: false, closed: 0 });
    expect((await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.why.join(" ")).toContain(
      "countersign ticket clock believe",
    );
    await s.t.adminSql("update tickets.heartbeat set doubted_at = null, why = null, seen_at = now()");
    expect(await s.pass()).toMatchObject({ believed: true, closed: 1 });
  });
});

describe("S1 our own move", () => {
  it("T14 waiting on us for thirty days it never ages out; the owner is paged, once a day", async () => {
    const ticket = await s.open();
    for (let day = 0; day < 30; day++) {
      await s.age(24);
      await s.pass();
      await s.pass();
    }
    expect((await s.row(ticket))["state"]).toBe("new");
    const pages = noticesOf(ticket).filter((each) => each === "page");
    expect(pages.length).toBeGreaterThanOrEqual(27);
    expect(pages.length).toBeLessThanOrEqual(30);
  });

  it("the page goes to where the desk says, and never to the client", async () => {
    const to = s.told.filter(notice("page")).map((out) => out.to.kind);
    expect(new Set(to)).toEqual(new Set(["webhooks"]));
  });
});

describe("N12 many at once", () => {
  it("for one reader are one message, and each of them counts as delivered with it", async () => {
    const from = { name: "Carla", address: "carla@client.test", id: "carla" };
    const tickets = [];
    for (let n = 0; n < 6; n++)
      tickets.push(
        await s.waiting({
          channel: "mail",
          conversation: `mail:<many-${n}@client.test>`,
          from,
          message: `mail:<many-${n}@client.test>`,
        }),
      );
    await s.age(24);
    const before = s.told.length;
    await s.pass();
    const mails = s.told.slice(before).filter(({ to }) => to.kind === "mail");
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    if (mail?.about.kind !== "digest") throw new Error("no digest");
    const { about } = mail;
    await s.inTenant((tx) => s.tickets.delivered(tx, about, instantOfMillis(Date.now())));
    for (const ticket of tickets) expect((await s.row(ticket))["nudged_at"]).toBeInstanceOf(Date);
  });
});

describe("R1 a client that leaves", () => {
  it("its clocks stand still, and what was left of each timer is given back", async () => {
    const ticket = await s.waiting();
    await s.age(20);
    await s.inTenant((tx) => s.tickets.freeze(tx, MONA));
    await s.age(100);
    await s.pass();
    expect(noticesOf(ticket)).toEqual([]);
    expect((await s.inTenant((tx) => s.tickets.read(tx, ticket)))?.why.join(" ")).toContain("stand still");
    expect(await s.inTenant((tx) => s.tickets.thaw(tx, MONA))).toBeGreaterThan(0);
    const row = await s.row(ticket);
    expect(Math.round((moment(row["next_due_at"]) - Date.now()) / 60_000)).toBe(4 * 60);
    const view = await s.inTenant((tx) => s.tickets.read(tx, ticket));
    expect(Math.round((view?.clocks.client ?? 0) / 60_000), "and the clock of the wait agrees").toBe(20 * 60);
  });

  it("the log verifies after all of it", async () => {
    expect(await checkWorld(s.t)).toBeGreaterThan(50);
  });
});

describe("T22 a transaction that is open for an hour", () => {
  it("keeps nobody from claiming; a look that finds nothing is timed, so that a slow one is noticed", async () => {
    const idle: number[] = [];
    const pass = createPass({
      ...s.deps,
      database: s.t.db,
      monotonicMs: () => performance.now(),
      onTrouble: () => {},
      onIdle: (ms) => idle.push(ms),
    });
    const open = await s.t.adminClient();
    await open.query("begin isolation level repeatable read; select count(*) from tickets.ticket");
    const ticket = await s.waiting();
    await s.age(24);
    await pass();
    expect(noticesOf(ticket)).toEqual(["nudge_24h"]);
    await pass();
    expect(idle.length).toBeGreaterThan(0);
    await open.query("rollback");
  });

  it("the alarm rings when looks that find nothing stay slow, once", async () => {
    const alarms: number[] = [];
    let clock = 0;
    const pass = createPass({
      ...s.deps,
      database: s.t.db,
      monotonicMs: () => (clock += 6),
      onTrouble: () => {},
      onIdle: watchIdle((ms) => alarms.push(ms)),
    });
    await s.pass();
    for (let n = 0; n < 29; n++) await pass();
    expect(alarms).toEqual([]);
    for (let n = 0; n < 10; n++) await pass();
    expect(alarms).toEqual([6]);
  });
});

describe("T3 four workers run whole passes at once", () => {
  it("each wait is nudged once and warned once, and its pull request says nothing twice", async () => {
    const number = prNumber(99_077) ?? expect.unreachable();
    const repository = repositoryId(7) ?? expect.unreachable();
    const tickets = [];
    for (let n = 0; n < 40; n++) {
      const ticket = await s.waiting();
      await s.inTenant((tx) => s.tickets.link(tx, ticket, { repository, number }, MONA));
      tickets.push(ticket);
    }
    const worker = () =>
      createPass({
        ...s.deps,
        database: s.t.db,
        monotonicMs: () => performance.now(),
        onTrouble: (error) => {
          throw error;
        },
      });
    const workers = [worker(), worker(), worker(), worker()];
    const allAtOnce = async (): Promise<void> => {
      for (let n = 0; n < 3; n++) await Promise.all(workers.map((pass) => pass()));
    };
    await s.age(24);
    await allAtOnce();
    for (const ticket of tickets) await s.deliver(ticket, "nudge_24h");
    await s.age(48);
    await allAtOnce();
    for (const ticket of tickets) {
      expect(noticesOf(ticket)).toEqual(["nudge_24h", "nudge_72h"]);
      const onPull = s.told.filter(
        ({ to, about }) =>
          to.kind === "github" && to.number === number && about.kind === "pull" && about.ticket === ticket,
      );
      const words = onPull.map(({ message }) => message.text);
      expect(words.length, "what happens next is another one with each stage").toBeGreaterThan(0);
      expect(new Set(words).size, "no words twice").toBe(words.length);
    }
    const keys = s.told.map(({ key }) => key);
    expect(new Set(keys).size, "no key is told twice").toBe(keys.length);
  });
});
