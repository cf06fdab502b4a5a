// One client's agent sends megabytes to be read, as often as it may. A server has one thread: whoever else asks, and the kill switch, must have their
// turn meanwhile.

import { expect, it } from "vitest";
import { tenantId } from "#kernel";
import { createScreening } from "#screening/io";

const screening = createScreening();
const LARGE = Array.from({ length: 12 }, () => ({ origin: "agent", text: "%41%42 the quick brown fox ".repeat(9_000) }) as const); // prettier-ignore
const small = () => screening.screen([{ origin: "agent", text: "Fine." }]);

it("INVARIANT 21 what is small is read at once, whatever waits; what is large, one after the other", async () => {
  const ended: string[] = [];
  const large = [1, 2, 3].map(async (n) => {
    await screening.screen(LARGE);
    ended.push(`large ${n}`);
  });
  await small();
  ended.push("small");
  await Promise.all(large);
  expect(ended).toEqual(["small", "large 1", "large 2", "large 3"]);
});

it("INVARIANT 21 what is large of one client waits for its own, and not for another's", async () => {
  const [acme, globex] = [1, 2].map((n) => tenantId(`01900000-0000-7000-8000-00000000000${n}`) ?? expect.unreachable());
  let through = 0;
  const many = Array.from({ length: 5 }, async () => {
    await screening.screen(LARGE, acme);
    through += 1;
  });
  await screening.screen(LARGE, globex);
  expect(through).toBeLessThan(3);
  await Promise.all(many);
});

it("INVARIANT 2 between two pieces everything else has its turn", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await screening.screen(LARGE);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

it("what fails stops nobody's line", async () => {
  const broken = { origin: "agent", get text(): string { throw new Error("gone"); } } as const; // prettier-ignore
  await expect((async () => screening.screen([...LARGE, broken]))()).rejects.toThrow("gone");
  expect((await screening.screen(LARGE)).scrubbed).toHaveLength(12);
});
