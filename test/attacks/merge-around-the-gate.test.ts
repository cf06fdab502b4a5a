import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "gh pr merge 7",
  "gh pr merge 7 --squash --admin",
  "gh pr -R a/b merge 7",
  "gh -R a/b pr merge 7",
  "hub merge https://github.com/a/b/pull/7",
  "glab mr merge 7",
  "gh api -X PUT repos/a/b/pulls/7/merge",
  "gh api repos/a/b/merges -f base=main",
  "gh api -X PATCH /repos/a/b/git/refs/heads/main",
  "gh api -X DELETE repos/a/b/branches/main/protection",
  "gh api repos/a/b/rulesets",
  "gh api graphql -f query=x",
  "gh api repos/a/b/statuses/abc -f state=success",
  "gh api repos/a/b/check-runs -f conclusion=success",
  "gh ruleset list",
  "gh workflow disable ci",
  "gh repo edit --default-branch x",
  "curl -X PUT https://api.github.com/repos/a/b/pulls/7/merge",
  "curl -d x https://ghe.example.com/api/graphql",
  "wget --method=PUT https://api.github.com/x",
];
const HONEST = ["gh pr view 7", "gh pr checks 7", "gh api repos/a/b/pulls/7"];

describe("24 merging around the gate, or switching it off, is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("gate.bypass");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.around_the_gate" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(hazardsOf(line).filter((seen) => seen === "gate.bypass" || seen === "shell.unreadable")).not.toEqual(
            [],
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("gate.bypass"));
});
