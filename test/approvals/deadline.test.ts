import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfMillis, millis } from "#kernel";
import { isOver } from "../../src/approvals/deadline.ts";

const at = instantOfMillis;
const HOUR = 3_600_000;
const life = { requestedAt: at(10 * HOUR), expiresAt: at(11 * HOUR) };

describe("invariant 30: whichever clock has gone further counts", () => {
  it.each([
    ["half of it is left", 10.5 * HOUR, 0.5 * HOUR, false],
    ["a millisecond is left", 11 * HOUR - 1, HOUR - 1, false],
    ["the wall clock is there", 11 * HOUR, 0, true],
    ["the monotonic clock is there", 10 * HOUR, HOUR, true],
    ["the wall clock was set back by an hour, and the monotonic one knows", 10.1 * HOUR, HOUR, true],
    ["the wall clock was set forward", 20 * HOUR, 1, true],
    ["a monotonic clock that runs backwards is none", 10.5 * HOUR, -1, true],
    ["no monotonic clock saw it begin: the wall clock alone", 10.5 * HOUR, null, false],
    ["and one that stands before the request was set back", 10 * HOUR - 1, null, true],
  ])("%s", (_, now, age, over) => {
    expect(isOver(life, { now: at(now), age: age === null ? null : millis(age) })).toBe(over);
  });

  it("setting the wall clock back never brings a request back to life", () => {
    fc.assert(
      fc.property(fc.nat(3 * HOUR), fc.nat(3 * HOUR), fc.nat(3 * HOUR), (wall, back, age) => {
        const now = life.requestedAt + wall;
        if (isOver(life, { now: at(now), age: millis(age) }) && age >= HOUR)
          expect(isOver(life, { now: at(now - back), age: millis(age) })).toBe(true);
      }),
    );
  });
});
