import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRate } from "#platform/http";

describe("rates", () => {
  it("who has asked too often waits as long as it is told, and nobody else does", () => {
    let now = 0;
    const ask = createRate({ burst: 3, perMinute: 30 }, () => now);
    expect([ask("a"), ask("a"), ask("a"), ask("a")]).toEqual([0, 0, 0, 2]);
    expect(ask("b")).toBe(0);
    now += 2_000;
    expect([ask("a"), ask("a")]).toEqual([0, 2]);
  });

  it("in any order and at any times, never more than the burst and the rate together", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 200 }), (pauses) => {
        let now = 0;
        let let_through = 0;
        const ask = createRate({ burst: 5, perMinute: 60 }, () => now);
        for (const pause of pauses) {
          now += pause;
          if (ask("a") === 0) let_through += 1;
        }
        expect(let_through).toBeLessThanOrEqual(5 + Math.ceil(now / 1_000));
      }),
    );
  });

  it("a clock that steps back gives nothing away and locks nobody out for longer than the burst", () => {
    let now = 10_000;
    const ask = createRate({ burst: 1, perMinute: 60 }, () => now);
    expect(ask("a")).toBe(0);
    now = 0;
    expect(ask("a")).toBeGreaterThan(0);
    now = 1_000;
    expect(ask("a")).toBe(0);
  });
});
