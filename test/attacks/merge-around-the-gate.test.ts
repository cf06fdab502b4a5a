import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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
  const floor = redBy("never.around_the_gate", "gate.bypass");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
