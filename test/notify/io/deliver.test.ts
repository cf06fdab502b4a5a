import { beforeEach, describe, expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import type { Place } from "#tickets";
import { limits, type Sent } from "#notify";
import { createTell, NOTICE_CHANNEL } from "#notify/io";
import { listenOn } from "#platform/postgres";
import { checkWorld } from "../../support/world.ts";
import { aboutTicket, mailTo, outgoing, stage, ticket } from "../support/stage.ts";

const s = await stage();
beforeEach(async () => {
  await s.t.adminSql("truncate notify.notice, notify.pace");
  for (const list of [s.delivered, s.lost, s.problems, s.provider.taken, s.provider.asked]) list.length = 0;
  s.over.clear();
  s.crash = () => {};
  s.provider.answer = () => null;
});

describe("a notice that is due", () => {
  it("is sent once, under the client's id and its own key, and its receipt reaches whoever waits for it", async () => {
    const before = (await s.entries()).length;
    await s.tell(outgoing("ticket/1/1/ask/1"), outgoing("ticket/1/1/ask/1", { to: mailTo("somebody@else.test") }));
    await s.deliver();
    await s.deliver();
    expect(s.provider.taken.map(({ key }) => key)).toEqual([`${s.acme.id}/ticket/1/1/ask/1`]);
    expect(s.provider.taken[0]?.to).toEqual(mailTo("rita@client.test"));
    expect(s.delivered).toMatchObject([{ about: aboutTicket(7) }]);
    expect((await s.entries()).slice(before), "the intent is in the log before the call").toEqual([
      "intent",
      "success",
    ]);
    await checkWorld(s.t);
  });

  it("S1 waits while the database is not the one that was signed: what an older backup says is told to nobody", async () => {
    await s.tell(outgoing("k/held"));
    s.held = true;
    expect(await s.deliver()).toBe(0);
    expect(s.provider.asked).toEqual([]);
    s.held = false;
    expect(await s.deliver()).toBe(1);
    expect(s.provider.taken).toHaveLength(1);
  });

  it("waits for its hour, and is not sent where its reason is over by then", async () => {
    await s.tell(outgoing("k/1", { notBefore: instantOfMillis(Date.now() + 3_600_000) }));
    expect(await s.deliver()).toBe(0);
    s.over.add(ticket(7));
    await s.later();
    await s.deliver();
    expect(s.provider.taken).toEqual([]);
    expect(await s.rows()).toMatchObject([{ dropped_at: expect.any(Date), intent: null }]);
  });

  it("is tried again by and by, and given up after days: then a person is told", async () => {
    s.provider.answer = () => ({ kind: "later", why: "It was busy.", afterMs: null });
    await s.tell(outgoing("k/2"));
    for (let n = 1; n <= limits.tries; n += 1) {
      expect(await s.deliver()).toBe(1);
      await s.later();
    }
    expect(await s.deliver()).toBe(0);
    expect(s.lost).toMatchObject([{ why: expect.stringContaining("It was busy.") }]);
    expect((await s.entries()).at(-1)).toBe("unknown");
  });

  it("whose credential is not set stays visible and is lost by nobody", async () => {
    s.provider.answer = () => ({ kind: "unset", missing: ["RESEND_API_KEY"] });
    await s.tell(outgoing("k/3"));
    for (let n = 0; n < 30; n += 1) {
      await s.deliver();
      await s.later();
    }
    expect(await s.rows()).toMatchObject([{ waits: "credential", lost_at: null }]);
    s.provider.answer = () => null;
    await s.deliver();
    expect(s.provider.taken).toHaveLength(1);
  });

  it("of a client that is suspended is not even claimed", async () => {
    await s.tell(outgoing("k/4"));
    await s.t.adminSql("update platform.tenant set state = 'suspended' where id = $1", [s.acme.id]);
    expect(await s.deliver()).toBe(0);
    await s.t.adminSql("update platform.tenant set state = 'active' where id = $1", [s.acme.id]);
    expect(await s.deliver()).toBe(1);
  });

  it("stops no other one by a bug of its own", async () => {
    s.provider.answer = ({ key }) => {
      if (key.endsWith("/bad")) throw new Error("a bug");
      return null;
    };
    await s.tell(outgoing("k/bad"), outgoing("k/good"));
    await s.deliver();
    expect(s.provider.taken).toMatchObject([{ key: `${s.acme.id}/k/good` }]);
    expect(s.problems).toHaveLength(1);
  });
});

/** Two lanes. */
const PLACES: readonly [Place, ...Place[]] = [
  mailTo("carla@client.test"),
  { kind: "slack", team: "T1", channel: "C1", thread: null, rewrites: null },
];

describe("S1 however many send, and wherever they are killed", () => {
  it("five hundred notices, three processes, three in ten killed at every step: each is there once", async () => {
    const all = Array.from({ length: 500 }, (_, n) => `run/${n}`);
    await s.inTenant(async () => {});
    for (let from = 0; from < all.length; from += 200)
      await s.tell(
        ...all
          .slice(from, from + 200)
          .map((key, n) => outgoing(key, { about: aboutTicket(from + n), to: PLACES[n % PLACES.length] ?? PLACES[0] })),
      );
    // A linear congruential generator: the same kills in every run.
    let seed = 20_261_122;
    const chance = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
    s.crash = () => {
      if (chance() < 0.3) throw new Error("killed");
    };
    const open = async (): Promise<number> =>
      Number((await s.t.adminSql("select count(*)::int as n from notify.notice where delivered_at is null"))[0]?.["n"]);
    for (let pass = 0; pass < 400 && (await open()) > 0; pass += 1) {
      await s.later();
      await Promise.allSettled([s.deliver(), s.deliver(), s.deliver()]);
    }
    expect(s.provider.taken.map(({ key }) => key).toSorted()).toEqual(
      all.map((key) => `${s.acme.id}/${key}`).toSorted(),
    );
    expect(s.delivered).toHaveLength(500);
    expect(new Set(s.delivered.map(({ about }) => JSON.stringify(about))).size).toBe(500);
  }, 240_000);

  it("whoever was too slow and has lost its hold sends nothing", async () => {
    await s.tell(outgoing("k/slow"));
    s.crash = (step) => {
      if (step === "claimed") throw new Error("frozen for minutes");
    };
    await expect(s.deliver()).rejects.toThrow("frozen");
    s.crash = () => {};
    expect(await s.deliver(), "held by the first").toBe(0);
    await s.later();
    await s.deliver();
    expect(s.provider.taken).toHaveLength(1);
  });
});

describe("N12 much at once", () => {
  it("what is more than a provider's pace is given its turn once, and not looked at before", async () => {
    const keys = Array.from({ length: 60 }, (_, n) =>
      outgoing(`pace/${n}`, { about: aboutTicket(n), to: mailTo(`${n}@client.test`) }),
    );
    await s.tell(...keys);
    const asked = performance.now();
    const claimed = await s.deliver();
    expect(claimed).toBeGreaterThanOrEqual(20);
    // One each half second, and not one more; how long a busy machine took for the first twenty is not this test's.
    expect(claimed).toBeLessThanOrEqual(20 + Math.ceil((performance.now() - asked) / 500));
    const [row] = await s.t.adminSql(
      "select count(distinct turn_at)::int as n, extract(epoch from max(turn_at) - min(turn_at))::int as seconds from notify.notice",
    );
    expect(row).toEqual({ n: 60, seconds: 30 });
  });

  it("each client, and each provider, has a pace of its own: nobody's backlog makes another one late", async () => {
    const globex = await s.t.tenant("globex", 2);
    const tell = createTell(s.t.keys, async () => []);
    const slack: Place = { kind: "slack", team: "T1", channel: "C1", thread: null, rewrites: null };
    const backlog = Array.from({ length: 200 }, (_, n) => outgoing(`lane/${n}`, { about: aboutTicket(n) }));
    await s.tell(...backlog, outgoing("lane/slack", { to: slack, about: aboutTicket(900) }));
    await s.t.db.withTenant(globex.claim, (tx) => tell(tx, outgoing("lane/globex", { about: aboutTicket(901) })));
    await s.deliver();
    const taken = s.provider.taken.map(({ key }) => key);
    expect(taken).toEqual(expect.arrayContaining([`${s.acme.id}/lane/slack`, `${globex.id}/lane/globex`]));
    expect(taken.length, "and the rest of the backlog waits for its turns").toBeLessThan(100);
  });

  it("loop guard: of one ticket, twenty notices a day; the next waits, and is not lost", async () => {
    for (let n = 0; n < limits.perTicket + 2; n += 1) {
      await s.tell(outgoing(`loop/${n}`));
      await s.later();
      await s.deliver();
    }
    expect(s.provider.taken).toHaveLength(limits.perTicket);
    expect((await s.rows()).filter(({ waits }) => waits === "quota")).toHaveLength(2);
  });
});

describe("nobody waits for somebody else's provider", () => {
  const toSlack: Place = { kind: "slack", team: "T1", channel: "C1", thread: null, rewrites: null };

  it("one that does not answer has a few on their way, and everything else goes on", async () => {
    const stuck = Promise.withResolvers<Sent>();
    const asked: string[] = [];
    const mails = Promise.withResolvers<void>();
    const delivery = s.delivery({
      github: s.provider.send,
      webhook: s.provider.send,
      slack: (parcel) => (asked.push(parcel.key), stuck.promise),
      async mail(parcel) {
        const sent = await s.provider.send(parcel);
        if (s.provider.taken.length === 10) mails.resolve();
        return sent;
      },
    });
    await s.tell(
      ...Array.from({ length: 18 }, (_, n) => outgoing(`stuck/${n}`, { about: aboutTicket(n), to: toSlack })),
    );
    const end = delivery.keep(() => new Promise(() => {}));
    await s.tell(...Array.from({ length: 10 }, (_, n) => outgoing(`free/${n}`, { about: aboutTicket(20 + n) })));
    await mails.promise;
    expect(asked).toHaveLength(limits.lane);
    stuck.resolve({ kind: "taken", receipt: {} });
    await end();
    expect(
      (await s.rows()).filter(({ held_until }) => held_until !== null),
      "the rest is anybody's",
    ).toEqual([]);
    expect(await s.deliver()).toBe(18 - asked.length);
  });

  it("whoever puts something into the outbox knocks, in the moment that it is there", async () => {
    const listener = listenOn({
      url: s.t.urls.app,
      channel: NOTICE_CHANNEL,
      onError: (error) => s.problems.push(error),
    });
    await listener.next();
    const heard = listener.next();
    await s.tell(outgoing("knock/1"));
    await heard;
    await listener.close();
    expect(s.problems).toEqual([]);
  });
});
