import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instantOfMillis } from "#kernel";
import { remaining, type Moment } from "#leases";

const at = (monotonicMs: number, wall: number): Moment => ({ monotonicMs, wall: instantOfMillis(wall) });
const ms = fc.integer({ min: -10_000_000, max: 10_000_000 });

describe("X14, invariants 17 and 30: what is left of a lease", () => {
  it.each([
    ["at once", 0, 0, 60, 60_000],
    ["after ten seconds", 10_000, 10_000, 60, 50_000],
    ["with the wall clock set back an hour", 59_999, -3_600_000, 60, 1],
    ["at the end, with the wall clock set back an hour", 60_000, -3_600_000, 60, 0],
    ["with the wall clock set forward", 1_000, 61_000, 60, 0],
    ["where the monotonic clock slept with the machine", 0, 70_000, 60, 0],
    ["with a monotonic clock that goes backwards", -1, 0, 60, 0],
    ["of more than a minute, which nobody can have", 60_000, 60_000, 600, 0],
  ])("%s", (_, monotonic, wall, seconds, left) => {
    expect(remaining(at(1_000_000, 5_000_000), seconds, at(1_000_000 + monotonic, 5_000_000 + wall))).toBe(left);
  });

  it("is never more than what the monotonic clock leaves of sixty seconds, whatever the wall clock says", () => {
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 0, max: 100 }), (monotonic, wall, seconds) => {
        const left = remaining(at(0, 0), seconds, at(monotonic, wall));
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(Math.max(0, 60_000 - Math.max(0, monotonic)));
      }),
    );
  });
});
