// A command line that is written to take long is refused, and soon.

import { describe, expect, it } from "vitest";
import { readCommand } from "../../src/policy/extract/command.ts";

describe("fails closed, within a second of work", () => {
  it.each([
    ["wrappers within eval within wrappers", "sudo eval ".repeat(700)],
    ["quotes within quotes", `sh -c ${"'sh -c ".repeat(500)}`],
    ["words for one pattern", `gh ${"pr review ".repeat(700)}`],
    ["brackets", "$(".repeat(2_000)],
    ["braces", `cat ${"{a,".repeat(2_000)}`],
    ["a command under two thousand brackets", `echo ${"$(".repeat(2_000)}git push -f${")".repeat(2_000)}`],
    ["too much text", `echo ${"x".repeat(10_000)}`],
  ])("%s", (_, line) => {
    const began = process.cpuUsage();
    const { hazards } = readCommand(line);
    expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
    expect(hazards).toContain("shell.unreadable");
  });

  it.each([`cat .${"*?".repeat(2_000)}`, `gh ${"pr review ".repeat(190)}`])(
    "what is read to its end is read soon, too",
    (line) => {
      const began = process.cpuUsage();
      readCommand(line);
      expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
    },
  );
});
