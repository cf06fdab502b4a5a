import { expect, test } from "vitest";
import { instantOfMillis } from "#kernel";
import { heardClock } from "../../../src/platform/postgres/heard-clock.ts";

test.each([
  ["at once", 0, 5_000],
  ["a while later, by the monotonic clock", 400.7, 5_400],
  ["a second later: it has to be asked again", 1_000, null],
])("what was heard of the database's clock, %s", (_, later, expected) => {
  let ms = 70;
  const clock = heardClock(() => ms);
  expect(clock.now()).toBeNull();
  clock.hear(instantOfMillis(5_000));
  ms += later;
  expect(clock.now()).toBe(expected);
});
