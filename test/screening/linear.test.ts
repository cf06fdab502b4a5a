import { describe, expect, test } from "vitest";
import { createScreening } from "#screening/io";
import { hostileLine } from "../platform/log/hostile.ts";
import { UNITS } from "./hostile.ts";

const screening = createScreening();
const SMALL = 8 * 1024;
const TIMES = 8;
/** Eight times as much text may take eight times as long, and this much more for whatever else the machine does. */
const SLACK = 3;
/** Below it the clock and the collector are what is measured. */
const FLOOR_MS = 4;

async function quickest(text: string): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    await screening.screen([{ origin: "web", text }]);
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

describe("no text stops the process: eight times as much takes about eight times as long", () => {
  test.each(UNITS.map((unit) => [JSON.stringify(unit), unit] as const))("%s", async (_, unit) => {
    const small = Math.max(FLOOR_MS, await quickest(hostileLine(unit, SMALL)));
    expect(await quickest(hostileLine(unit, SMALL * TIMES))).toBeLessThan(small * TIMES * SLACK);
  });
});
