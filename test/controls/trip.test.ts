// Invariant 22 on the decision alone: every way of splitting, the exact edge, and what is no amount.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_CENTS, MOST_UPDATES, type Admission, type Batch } from "#controls";
import { instantOfMillis } from "#kernel";
import type { BreakerFacts } from "../../src/controls/breaker.ts";
import { trip } from "../../src/controls/trip.ts";
import { aCall, aTenant, anAgent } from "./support/ids.ts";

const NOTHING: Batch = { updates: 0, cents: 0 };
const closed: BreakerFacts = { opened: null, hour: NOTHING, session: NOTHING };
const asked = (over: Partial<Admission> = {}): Admission => ({
  agent: anAgent(1),
  session: "s",
  call: aCall(1),
  updates: 0,
  cents: 0,
  ...over,
});
const decide = (over: Partial<Admission>, facts: Partial<BreakerFacts> = {}) =>
  trip(asked(over), { ...closed, ...facts }, aTenant(1));

describe("X7, invariant 22: where it trips", () => {
  it.each<[string, Partial<Admission>, Partial<BreakerFacts>, "admit" | "trip" | "open"]>([
    ["exactly 50 updates do not trip", { updates: 50 }, {}, "admit"],
    ["51 trip", { updates: 51 }, {}, "trip"],
    ["exactly 1,000,000 cents do not trip", { cents: 1_000_000 }, {}, "admit"],
    ["one cent more does", { cents: 1_000_001 }, {}, "trip"],
    ["a loss of that size does, too", { cents: -1_000_001 }, {}, "trip"],
    ["half a cent past the limit is past it", { cents: 1_000_000.5 }, {}, "trip"],
    ["one more than 50 in this hour", { updates: 1 }, { hour: { updates: 50, cents: 0 } }, "trip"],
    ["one more than 50 in this session", { updates: 1 }, { session: { updates: 50, cents: 0 } }, "trip"],
    [
      "money before, updates now: each has its own limit",
      { updates: 50 },
      { hour: { updates: 0, cents: 1_000_000 } },
      "admit",
    ],
    ["fails closed: what is no number is an endless amount", { updates: Number.NaN }, {}, "trip"],
    ["fails closed: and so is infinity", { cents: Number.POSITIVE_INFINITY }, {}, "trip"],
    [
      "a call that changes nothing is admitted beside a full window",
      {},
      { hour: { updates: 50, cents: 1_000_000 } },
      "admit",
    ],
    [
      "fails closed: open stays open, also for a call that changes nothing",
      {},
      { opened: { agent: anAgent(1), since: instantOfMillis(0), call: aCall(9), window: { updates: 51, cents: 0 } } },
      "open",
    ],
  ])("%s", (_case, call, facts, kind) => {
    expect(decide(call, facts).kind).toBe(kind);
  });

  it("says how much it would be, how much is allowed, and what a person does next", () => {
    const answer = decide({ updates: 51, cents: 120_050 });
    expect(answer).toMatchObject({ window: { updates: 51, cents: 120_050 } });
    expect("why" in answer && answer.why).toBe(
      `This call would bring what this agent changes to 51 updates and 1,200.50 USD. Without a person looking it may change 50 updates and 10,000.00 USD, in one batch, one session or one hour. A person looks at what it has done and resets it: countersign control breaker reset --tenant ${aTenant(1)} --agent ${anAgent(1)} --reason TEXT`,
    );
  });
});

const sizes = fc.record({
  updates: fc.integer({ min: 0, max: 60 }),
  cents: fc.integer({ min: -1_200_000, max: 1_200_000 }),
  session: fc.constantFrom("a", "b", "c"),
});

describe("X7, invariant 22: however a change is split", () => {
  it("what is admitted within the window never sums past the limit, and the first call that would pass it trips", () => {
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 80 }), (calls) => {
        let hour: Batch = NOTHING;
        for (const call of calls) {
          const sum = { updates: hour.updates + call.updates, cents: hour.cents + Math.abs(call.cents) };
          const passes = sum.updates > MOST_UPDATES || sum.cents > MOST_CENTS;
          const { kind } = decide(call, { hour });
          expect(kind).toBe(passes ? "trip" : "admit");
          if (kind !== "admit") return;
          hour = sum;
        }
      }),
    );
  });

  it("in any parts, 50 updates and 1,000,000 cents go through and one more of either does not", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 60 }),
        fc.constantFrom<"updates" | "cents">("updates", "cents"),
        (parts, what) => {
          const most = what === "updates" ? MOST_UPDATES : MOST_CENTS;
          let done = 0;
          for (const part of [...parts, most]) {
            const now = Math.min(part, most - done);
            expect(decide({ [what]: now }, { hour: { ...NOTHING, [what]: done } }).kind).toBe("admit");
            done += now;
          }
          expect(done).toBe(most);
          expect(decide({ [what]: 1 }, { hour: { ...NOTHING, [what]: done } }).kind).toBe("trip");
        },
      ),
    );
  });

  it("one call of n is decided as n calls of one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), (n) => {
        const one = decide({ updates: n }).kind;
        let last = "admit";
        for (let i = 0; i < n && last === "admit"; i += 1)
          last = decide({ updates: 1 }, { hour: { updates: i, cents: 0 } }).kind;
        expect(last).toBe(one);
      }),
    );
  });
});
