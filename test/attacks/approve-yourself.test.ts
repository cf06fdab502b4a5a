import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "gh pr review 7 --approve",
  "gh pr review --approve 7",
  "gh pr review -a 7",
  "gh pr review 7 --approve --body ok",
  "gh pr -R a/b review 7 --approve",
  "glab mr approve 7",
  "countersign approve 7",
  "countersign approval give 7",
];
const HONEST = ["gh pr review 7 --comment --body hm", "gh pr view 7"];

describe("15, 24 an agent that approves is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("approval.self");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.approve_yourself" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(hazardsOf(line).filter((seen) => seen === "approval.self" || seen === "shell.unreadable")).not.toEqual(
            [],
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("approval.self"));
});
