// A command line that is written to take long is refused, and soon.

import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/policy/extract/command.ts";

describe("fails closed, within a second", () => {
  it.each([
    ["wrappers within eval within wrappers", "sudo eval ".repeat(700)],
    ["quotes within quotes", `sh -c ${"'sh -c ".repeat(500)}`],
    ["words for one pattern", `gh ${"pr review ".repeat(700)}`],
    ["brackets", "$(".repeat(2_000)],
    ["braces", `cat ${"{a,".repeat(2_000)}`],
    ["a command under two thousand brackets", `echo ${"$(".repeat(2_000)}git push -f${")".repeat(2_000)}`],
    ["too much text", `echo ${"x".repeat(10_000)}`],
  ])("%s", (_, line) => {
    const began = performance.now();
    const { hazards } = readCommand(line);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(hazards).toContain("shell.unreadable");
  });

  it.each([`cat .${"*?".repeat(2_000)}`, `gh ${"pr review ".repeat(190)}`])(
    "what is read to its end is read soon, too",
    (line) => {
      const began = performance.now();
      readCommand(line);
      expect(performance.now() - began).toBeLessThan(1_000);
    },
  );
});
