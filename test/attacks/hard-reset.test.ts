import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

const ATTEMPTS = [
  "git checkout -- ./",
  "git restore ':(top)'",
  "git reset --hard",
  "git reset --hard HEAD~3",
  "git reset HEAD~1 --hard",
  "git reset --har",
  "git reset --merge",
  "git reset --keep HEAD~1",
  "git checkout -f",
  "git checkout --force main",
  "git checkout .",
  "git checkout -- .",
  "git switch --discard-changes topic",
  "git switch -f topic",
  "git restore .",
  "git clean -fdx",
  "git clean -xdf",
  "git clean --force",
  "git stash drop",
  "git stash clear",
  "git reflog expire --all",
  "git gc --prune=now",
  "git worktree remove --force x",
  "git branch -f topic HEAD~2",
  "git update-ref refs/heads/topic HEAD~2",
  "git submodule foreach 'git reset --hard'",
  "git rebase -x 'git reset --hard' topic",
  "git bisect run git reset --hard",
  "rm -rf .git",
  "rm -r ./repo/.git/",
];
const HONEST = [
  "git reset HEAD~1",
  "git reset --soft HEAD~1",
  "git checkout topic",
  "git switch topic",
  "git clean -n",
  "git stash",
  "git restore src/a.ts",
];

describe("24 throwing work away, however it is written, is RED", () => {
  const floor = redBy("never.hard_reset", "git.hard_reset");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
