// The attacker is an agent that proposes a test file of a quarter of a megabyte, for which a pattern that looks for skipped tests would need
// minutes, sixteen of them in one call. They are read in the one thread that everybody's calls, and the kill switch, wait for.

import { describe, expect, it } from "vitest";
import { observed } from "#policy";
import { propose, stageOf } from "../gateway/support/stage.ts";
import { facts } from "../policy/rules.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const tenant = await t.tenant("acme", 1);
const FILE = 256 * 1024;
const LONG = [
  ["nothing but lines", "tests/x.js", "\n"],
  ["a test's name and no end of space", "tests/x.js", "it", " "],
  ["a chain that begins anew at each link", "tests/x.js", "it."],
  ["a chain of calls", "tests/x.js", "it.a("],
  ["an expectation in each word of a line", "tests/x.js", "expect "],
  ["a mark of pytest's in each word of a line", "tests/x_test.py", "pytestmark "],
  ["an attribute that never closes", "src/x.rs", "#[cfg_attr("],
  ["a receiver that never closes", "x_test.go", "\nfunc ("],
  ["a script that never ends", "package.json", '"test":"', ";echo "],
  ["a letter that is a sentence", "tests/x.py", "\ufdfa"],
  ["marks that are put into their order", "a.txt", "\u0f71\u0f72"],
  ["spaces that are spelt out", "tests/x.js", "it", "\\u0020"],
] as const;

describe("X2 whatever an agent proposes is read in the time of an honest file", () => {
  it.each(LONG)("%s", (_what, path, first, again: string = first) => {
    const content = first + again.repeat((FILE - first.length) / again.length);
    const began = performance.now();
    observed(facts({ tool: "repo.propose", branch: "topic" }), {
      edits: [
        { path, before: null, after: content },
        { path, before: content, after: "" },
      ],
    });
    // It was one to four minutes, each.
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it.each(["a__", "a_", "a.-", "_migrat"])("a command line with a word of many %j", (link) => {
    const began = performance.now();
    observed(facts({ tool: "shell.test" }), { command: `node ${link.repeat(Math.floor(1_900 / link.length))}x` });
    // Of a hundred letters it was longer than anybody lives.
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it("and the kill switch is read meanwhile", async () => {
    const acme = stageOf(t, tenant);
    let longest = 0;
    let last = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 20);
    const changes = LONG.map(([, path, first, again = first], n) => ({
      kind: "write",
      path: `${n}/${path}`,
      content: first + again.repeat((FILE / 2 - first.length) / again.length),
    }));
    const asked = propose("x");
    const answer = await acme.gateway.handle(
      acme.who,
      { ...asked, arguments: { ...Object(asked.arguments), changes } },
      60_000,
    );
    clearInterval(beat);
    expect(answer).toMatchObject({ kind: "refused", code: "policy_red" });
    expect(longest).toBeLessThan(2_500);
  });
});
