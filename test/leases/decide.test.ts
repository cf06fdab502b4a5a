import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BECAUSE,
  decide,
  entriesBetween,
  hasEnded,
  LEASE_STATES,
  limits,
  REQUESTED,
  type LeaseEvent,
  type Standing,
} from "#leases";

const event: fc.Arbitrary<LeaseEvent> = fc.oneof(
  fc.constantFrom<LeaseEvent>(
    { kind: "begin" },
    { kind: "refuse" },
    { kind: "minted" },
    { kind: "unheld" },
    { kind: "revoked" },
    { kind: "revoke_failed" },
    { kind: "died" },
  ),
  fc.constantFrom(...BECAUSE).map((because): LeaseEvent => ({ kind: "end", because })),
);

interface Walk {
  readonly event: LeaseEvent;
  readonly before: Standing;
  readonly after: Standing;
  readonly effects: readonly string[];
}
function walk(events: readonly LeaseEvent[]): readonly Walk[] {
  let standing = REQUESTED;
  return events.map((each) => {
    const before = standing;
    const step = decide(before, each);
    standing = step.standing;
    return { event: each, before, after: standing, effects: step.effects };
  });
}
const histories = fc.array(event, { maxLength: 40 });

describe("X14 in whatever order things happen to a lease", () => {
  it("it is handed out at most once, and never after something wanted its end", () => {
    fc.assert(
      fc.property(histories, (events) => {
        const steps = walk(events);
        const out = steps.findIndex(({ effects }) => effects.includes("hand_out"));
        expect(steps.filter(({ effects }) => effects.includes("hand_out")).length).toBeLessThanOrEqual(1);
        if (out !== -1) expect(steps.slice(0, out).some((step) => step.event.kind === "end")).toBe(false);
      }),
    );
  });

  it("what has ended stays ended, and asks for nothing more", () => {
    fc.assert(
      fc.property(histories, (events) => {
        const steps = walk(events);
        for (const step of steps.filter(({ before }) => hasEnded(before.state)))
          expect(step).toMatchObject({ after: step.before, effects: [] });
      }),
    );
  });

  it("nothing becomes active again, and nothing but minting makes it so", () => {
    fc.assert(
      fc.property(histories, (events) => {
        for (const { before, after } of walk(events))
          if (after.state === "active" && before.state !== "active") expect(before.state).toBe("minting");
      }),
    );
  });

  it("what was minted is forgotten only when it is revoked, or dead, or nobody's", () => {
    fc.assert(
      fc.property(histories, (events) => {
        for (const step of walk(events))
          if (step.effects.includes("forget") && ["active", "revoking", "irrevocable"].includes(step.before.state))
            expect(["revoked", "died", "unheld"]).toContain(step.event.kind);
      }),
    );
  });

  it("L5 it is irrevocable after six failed tries, not sooner, with one alarm", () => {
    fc.assert(
      fc.property(histories, (events) => {
        const steps = walk(events);
        const alarms = steps.filter(({ effects }) => effects.includes("alarm"));
        expect(alarms.length).toBeLessThanOrEqual(1);
        for (const { after } of alarms)
          expect(after).toMatchObject({ state: "irrevocable", tries: limits.revokeTries });
      }),
    );
  });

  it("the first reason to end is the one that is told", () => {
    fc.assert(
      fc.property(histories, (events) => {
        for (const { before, after } of walk(events))
          if (before.because !== null) expect(after.because).toBe(before.because);
      }),
    );
  });

  it("goes the whole way", () => {
    const states = walk([
      { kind: "begin" },
      { kind: "minted" },
      { kind: "end", because: "finished" },
      { kind: "revoke_failed" },
      { kind: "revoked" },
    ]).map(({ after, effects }) => `${after.state} ${effects.join()}`);
    expect(states).toEqual([
      "minting mint",
      "active hand_out",
      "revoking revoke",
      "revoking revoke_again",
      "revoked forget",
    ]);
  });
});

describe("A1 what the log says of a way", () => {
  const state = fc.constantFrom(...LEASE_STATES);

  it("closes an intent at most once, and only with an outcome", () => {
    fc.assert(
      fc.property(state, state, fc.boolean(), (from, to, revoking) => {
        const told = entriesBetween(from, to, revoking);
        for (const intent of ["mint", "revoke"]) {
          const closing = told.filter(({ closes }) => closes === intent);
          expect(closing.length).toBeLessThanOrEqual(1);
          for (const { outcome } of closing) expect(outcome).not.toBe("intent");
        }
      }),
    );
  });

  it("says that a lease was minted before it says that it was revoked", () => {
    expect(entriesBetween("minting", "revoked", false).map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      "lease.mint success",
      "lease.revoke success",
    ]);
  });
});
