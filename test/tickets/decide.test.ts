import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { instantOfMillis, type Instant } from "#kernel";
import { closeAt, deadlineOf, decide, nextOf, thawed, type Act, type Claimed, type Ticket, type Wait } from "#tickets";

const HOUR = 3_600_000;
const T0 = instantOfMillis(Date.parse("2026-11-02T09:00:00Z"));
const after = (hours: number): Instant => instantOfMillis(T0 + hours * HOUR);

const OPEN: Ticket = {
  state: "in_progress",
  owner: "mona",
  epoch: 0,
  wait: null,
  closed: null,
  frozen: false,
  solvedByAgent: false,
};
const wait = (given: Partial<Wait> = {}): Wait => ({
  epoch: 1,
  startedAt: T0,
  askedAt: T0,
  nudgedAt: after(24),
  warnedAt: after(72),
  deadline: after(168),
  ...given,
});
const WAITING: Ticket = { ...OPEN, state: "waiting_client", epoch: 1, wait: wait() };
const CLOSED: Ticket = { ...OPEN, state: "closed", closed: { at: T0, reason: "aged_out" } };

const said = (from: "client_person" | "bot" | "auto_reply" | "ourselves", hours = 10): Act => ({
  kind: "message",
  from,
  sentAt: after(hours),
});
const due = (lastSignal: Instant | null | "unknown" = null, epoch = 1): Act => ({ kind: "age_out", epoch, lastSignal });

function outcome(ticket: Ticket, act: Act, now: Instant): string {
  const decided = decide(ticket, act, now);
  return decided.kind === "changed" ? decided.ticket.state : `${decided.kind}: ${decided.why}`;
}

describe("S1 what becomes of a ticket", () => {
  test.each<[string, Ticket, Act, number, string]>([
    ["new work is triaged", { ...OPEN, state: "new" }, { kind: "triage" }, 0, "triaged"],
    ["an agent's question waits for the client", OPEN, { kind: "ask" }, 0, "waiting_client"],
    ["a person's answer makes it our move", WAITING, said("client_person"), 10, "in_progress"],
    ["an answer at the same instant is the client's", WAITING, said("client_person", 0), 0, "in_progress"],
    [
      "what was said before we asked is no answer",
      WAITING,
      said("client_person", -1),
      10,
      "unchanged: It was said before we asked.",
    ],
    [
      "T10 a bot's comment goes on waiting",
      WAITING,
      said("bot"),
      10,
      "unchanged: Only a person of the client's ends a wait.",
    ],
    [
      "T10 an automatic reply goes on waiting",
      WAITING,
      said("auto_reply"),
      10,
      "unchanged: Only a person of the client's ends a wait.",
    ],
    [
      "T11 our own nudge in our mailbox is no answer",
      WAITING,
      said("ourselves"),
      10,
      "unchanged: Only a person of the client's ends a wait.",
    ],
    ["seven days after, warned: closed", WAITING, due(), 168, "closed"],
    ["a second too early: open", WAITING, due(), 167.9, "unchanged: It is not due yet."],
    ["a reply wins the race against closing", WAITING, due(after(167)), 168, "in_progress"],
    ["an old reply does not", WAITING, due(after(-1)), 168, "closed"],
    [
      "fail closed: the source could not be read, it stays open",
      WAITING,
      due("unknown"),
      168,
      "unchanged: Whether the client has answered could not be read: it stays open.",
    ],
    [
      "no warning was delivered: it stays open for ever",
      { ...WAITING, wait: wait({ warnedAt: null }) },
      due(),
      9999,
      "unchanged: The warning has not been delivered: it stays open.",
    ],
    [
      "a warning delivered late gives its day",
      { ...WAITING, wait: wait({ warnedAt: after(160) }) },
      due(),
      170,
      "unchanged: It is not due yet.",
    ],
    [
      "the instant that the warning names is kept",
      { ...WAITING, wait: wait({ deadline: after(200) }) },
      due(),
      190,
      "unchanged: It is not due yet.",
    ],
    [
      "a timer of an earlier wait",
      WAITING,
      due(null, 0),
      168,
      "unchanged: This wait is over: somebody answered, or asked anew.",
    ],
    ["T13 an answer after it was closed reopens it", CLOSED, said("client_person", 24), 24, "in_progress"],
    [
      "after thirty days it does not",
      CLOSED,
      said("client_person", 800),
      800,
      "refused: It was closed more than 30 days ago.",
    ],
    ["a closed ticket takes no question", CLOSED, { kind: "ask" }, 1, "refused: The ticket is closed."],
    [
      "T14 waiting on us it never ages out",
      OPEN,
      due(),
      720,
      "unchanged: This wait is over: somebody answered, or asked anew.",
    ],
    [
      "a client that leaves: nothing moves",
      { ...WAITING, frozen: true },
      due(),
      168,
      "refused: The client is on its way out: its tickets stand still.",
    ],
    [
      "but what it says is kept",
      { ...WAITING, frozen: true },
      said("client_person"),
      10,
      "unchanged: The client is on its way out: the message is kept.",
    ],
  ])("%s", (_, ticket, act, hours, expected) => {
    expect(outcome(ticket, act, after(hours))).toBe(expected);
  });

  it("T13 a question after a reopening has all of its 24, 72 and 168 hours", () => {
    const reopened = decide(CLOSED, { kind: "reopen" }, after(24));
    if (reopened.kind !== "changed") throw new Error(reopened.why);
    const asked = decide(reopened.ticket, { kind: "ask" }, after(25));
    if (asked.kind !== "changed" || asked.ticket.wait === null) throw new Error("it was not asked");
    expect(asked.ticket.epoch).toBe(1);
    expect(nextOf(asked.ticket.wait, "nothing", after(25))).toEqual({ action: "nudge_24h", at: after(49) });
  });
});

describe("S1 stages of a wait", () => {
  test.each<[string, Wait, Claimed, number, string, number | null]>([
    ["first a nudge after a day", wait(), "nothing", 0, "nudge_24h", 24],
    ["then one with the deadline", wait(), "nudge_24h", 24, "nudge_72h", 72],
    ["after an outage the second comes a day after the first", wait(), "nudge_24h", 100, "nudge_72h", 124],
    ["closing waits for the warning's receipt", wait({ warnedAt: null }), "nudge_72h", 72, "close", null],
    ["and is seven days after the question", wait(), "nudge_72h", 72, "close", 168],
    ["or a day after a warning that came late", wait({ warnedAt: after(165) }), "nudge_72h", 72, "close", 189],
  ])("%s", (_, given, claimed, claimedAt, action, at) => {
    expect(nextOf(given, claimed, after(claimedAt))).toEqual({ action, at: at === null ? null : after(at) });
  });

  it("however late each step is, the deadline that a client read is kept, and is a day away when it is written", () => {
    const late = fc.integer({ min: 0, max: 400 * HOUR });
    fc.assert(
      fc.property(late, late, late, (first, second, delivery) => {
        const begun = wait({ nudgedAt: null, warnedAt: null, deadline: null });
        const one = nextOf(begun, "nothing", T0).at ?? T0;
        const two = nextOf(begun, "nudge_24h", instantOfMillis(one + first)).at ?? T0;
        const composed = instantOfMillis(two + second);
        const deadline = deadlineOf(begun, composed);
        const warned = { ...begun, deadline, warnedAt: instantOfMillis(composed + delivery) };
        const closes = closeAt(warned, warned.warnedAt);
        expect(closes).toBeGreaterThanOrEqual(deadline);
        expect(deadline - composed).toBeGreaterThanOrEqual(24 * HOUR);
        expect(closes - T0).toBeGreaterThanOrEqual(168 * HOUR);
        expect(two - (one + first)).toBeGreaterThanOrEqual(24 * HOUR);
        const decided = decide({ ...WAITING, wait: warned }, due(), instantOfMillis(closes - 1));
        expect(decided.kind).toBe("unchanged");
      }),
    );
  });

  it("time that was left when a client left is there when it is back", () => {
    expect(thawed(after(24), after(20), after(100))).toBe(after(104));
    expect(thawed(after(24), after(30), after(100)), "what was due already is due at once").toBe(after(100));
  });
});

describe("whatever happens in whatever order", () => {
  const senders = fc.constantFrom("client_person", "bot", "auto_reply", "ourselves");
  const acts: fc.Arbitrary<{ readonly act: Act; readonly passed: number }> = fc.record({
    passed: fc.integer({ min: 0, max: 200 * HOUR }),
    act: fc.oneof(
      fc.constantFrom<Act>(
        { kind: "triage" },
        { kind: "start" },
        { kind: "ask" },
        { kind: "resolve" },
        { kind: "reopen" },
        { kind: "close", reason: "done" },
      ),
      fc.record({ kind: fc.constant("reassign" as const), owner: fc.constantFrom("mona", "hubot") }),
      fc.record({ kind: fc.constant("message" as const), from: senders, sentAt: fc.constant(after(0)) }),
      fc.record({
        kind: fc.constant("age_out" as const),
        epoch: fc.integer({ min: 0, max: 5 }),
        lastSignal: fc.constantFrom<Instant | null | "unknown">(null, "unknown"),
      }),
    ),
  });

  it("S1 a ticket has an owner, waits with a number of its own, and nobody's silence closes it without a delivered warning", () => {
    fc.assert(
      fc.property(fc.array(acts, { maxLength: 40 }), (steps) => {
        let ticket: Ticket = { ...OPEN, state: "new" };
        let now = T0;
        let highest = 0;
        for (const { act, passed } of steps) {
          now = instantOfMillis(now + passed);
          const decided = decide(ticket, act, now);
          if (decided.kind !== "changed") continue;
          expect(decided.ticket.closed?.reason === "aged_out" && ticket.wait?.warnedAt == null).toBe(false);
          ticket = decided.ticket;
          expect(ticket.owner).not.toBe("");
          expect(ticket.wait === null).toBe(ticket.state !== "waiting_client");
          expect(ticket.closed === null).toBe(ticket.state !== "closed");
          expect(ticket.epoch).toBeGreaterThanOrEqual(highest);
          highest = ticket.epoch;
        }
      }),
    );
  });
});
