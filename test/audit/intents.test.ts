import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { entryId, instantOfMillis } from "#kernel";
import { decideIntent, isDue, type OpenIntent, type Standing } from "#audit";

const MINUTE = 60_000;
const NOW = instantOfMillis(1_800_000_000_000);
const id = entryId("01ff0000-0000-7000-8000-000000000001") ?? expect.unreachable();
const intent = (over: {
  readonly age?: number;
  readonly asked?: number;
  readonly asks?: number;
  readonly alarmed?: boolean;
}): OpenIntent => ({
  id,
  kind: "gate.merge",
  openedAt: instantOfMillis(NOW - (over.age ?? 10) * MINUTE),
  askedAt: over.asked === undefined ? null : instantOfMillis(NOW - over.asked * MINUTE),
  asks: over.asks ?? 0,
  alarmed: over.alarmed ?? false,
});
const performed: Standing = { kind: "performed", body: { mergeSha: "abc" } };
const notPerformed: Standing = { kind: "not_performed", body: { why: "never called" } };
const silent: Standing = { kind: "unknown", why: "GitHub did not answer" };
const pending: Standing = { kind: "pending", why: "the reply is not written yet" };

describe("A1 whom the reconciler asks about", () => {
  it.each<[string, Parameters<typeof intent>[0], boolean]>([
    ["a young intent is somebody's work under way", { age: 4.9 }, false],
    ["after five minutes it is nobody's", { age: 5 }, true],
    ["asked a moment ago: not again", { asked: 0.5, asks: 1 }, false],
    ["asked twice: after four minutes", { asked: 4, asks: 2 }, true],
    ["asked a hundred times: at least once an hour", { age: 10_000, asked: 60, asks: 100 }, true],
  ])("%s", (_, over, due) => {
    expect(isDue(intent(over), NOW)).toBe(due);
  });
});

describe("A1 what the reconciler does with the answer", () => {
  it("case 37: performed, and nobody wrote it down: recovered, with what GitHub says", () => {
    expect(decideIntent(intent({}), performed, NOW)).toEqual({
      kind: "close",
      outcome: "recovered",
      body: { mergeSha: "abc" },
    });
  });

  it("case 38: never performed: not_performed", () => {
    expect(decideIntent(intent({}), notPerformed, NOW)).toMatchObject({ kind: "close", outcome: "not_performed" });
  });

  it.each([
    ["no answer yet", silent, { age: 6 }, null],
    ["no answer for a quarter of an hour", silent, { age: 15 }, /15 minutes: GitHub did not answer/],
    ["still at it after a quarter of an hour", pending, { age: 20 }, /the reply is not written yet/],
    ["told already", silent, { age: 500, alarmed: true }, null],
  ] as const)("%s: stays open", (_, standing, over, alarm) => {
    const step = decideIntent(intent(over), standing, NOW);
    expect(step.kind).toBe("keep");
    if (step.kind === "keep" && alarm === null) expect(step.alarm).toBeNull();
    else if (step.kind === "keep") expect(step.alarm).toMatch(alarm ?? /never/);
  });

  it("for any age and any number of questions, silence closes nothing", () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1000),
        fc.boolean(),
        fc.constantFrom(silent, pending),
        (age, asks, alarmed, standing) => {
          expect(decideIntent(intent({ age, asks, alarmed }), standing, NOW).kind).toBe("keep");
        },
      ),
    );
  });
});
