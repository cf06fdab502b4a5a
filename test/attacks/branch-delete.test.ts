import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

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
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("git.branch_delete");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.branch_delete" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "git.branch_delete" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("git.branch_delete"));
});
