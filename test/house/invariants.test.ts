import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** What the gateway holds for every call. A test that holds one says so in its name: "invariant 13", "invariants 3 and 17", "invariants 1, 2, 4". */
const INVARIANTS: Readonly<Record<number, string>> = {
  1: "the verdict is in the log before anything is carried out",
  2: "while it is stopped, no later step runs",
  3: "a kill ends what runs, and its leases, within a second",
  4: "without a person only GREEN is carried out, and GREEN has no errors",
  5: "RED is never carried out, whoever approves",
  6: "a rule that errors makes RED",
  7: "one more forbid never relaxes a verdict",
  8: "a client's rules only make a verdict stricter",
  9: "higher scores and more taint never relax a verdict",
  10: "what is only explained is never carried out",
  11: "what is not signed, or altered, is refused",
  12: "what is executed is, to the byte, what was verified",
  13: "a packet, a nonce, an approval: one execution at most",
  14: "an approval is for exactly these arguments, this commit and these rules",
  15: "who approves did not ask, and may approve at the click and at execution",
  16: "no answer in time is a denial, and is called a timeout",
  17: "a credential is used within 60 seconds, and never after its end",
  18: "each call has one trace, closed whatever happened, and an entry",
  19: "the log only grows, and whatever is changed in it is found",
  20: "where the log cannot be written nothing is carried out",
  21: "nothing of one client is reached from a call of another",
  22: "the breaker adds up a session's calls, however they are split",
  23: "production takes only what was approved at the commit that is written",
  24: "hard refusals hold in every spelling",
  25: "SQL that is let through leaves the database as it was",
  26: "the same key is the same call",
  27: "after a crash a call is finished once, or refused",
  28: "the rules in force give the recorded verdicts again",
  29: "from the sandbox there is no way out, and nothing is left of it",
  30: "setting the clock back extends nothing",
};

const folder = join(import.meta.dirname, "..");
const NAMED = /^\s*(?:(?:it|test|describe)\b.*|["`].*)\binvariants? (\d+(?:(?:, | and )\d+)*)/gim;
const holding = new Map<number, Set<string>>();
for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".test.ts") && file !== join("house", "invariants.test.ts"))
    for (const [, numbers] of readFileSync(join(folder, file), "utf8").matchAll(NAMED))
      for (const number of numbers?.match(/\d+/g) ?? [])
        holding.set(Number(number), (holding.get(Number(number)) ?? new Set()).add(file));

describe("the thirty invariants of the gateway", () => {
  it.each(Object.entries(INVARIANTS))("%s: %s", (number) => {
    expect([...(holding.get(Number(number)) ?? [])], "tests that hold it").not.toEqual([]);
  });

  it("no test names one that there is not", () => {
    expect([...holding.keys()].filter((number) => INVARIANTS[number] === undefined)).toEqual([]);
  });
});
