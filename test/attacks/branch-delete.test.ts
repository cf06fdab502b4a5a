import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

const ATTEMPTS = [
  "git branch -d topic",
  "git branch -D topic",
  "git branch --delete topic",
  "git branch --del topic",
  "git branch -rd origin/topic",
  "git branch -m topic other",
  "git push origin --delete topic",
  "git push -d origin topic",
  "git push origin :topic",
  "git push origin :refs/heads/topic",
  "git push --prune origin topic",
  "git tag -d v1",
  "git tag --delete v1",
  "git update-ref -d refs/heads/topic",
  "git symbolic-ref -d HEAD",
  "git update-ref --stdin",
];
const HONEST = ["git branch", "git branch topic", "git branch -a", "git tag v1", "git tag -l"];

describe("24 deleting a branch or a tag, however it is written, is RED", () => {
  const floor = redBy("never.branch_delete", "git.branch_delete");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
