import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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
  const floor = redBy("never.approve_yourself", "approval.self");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
