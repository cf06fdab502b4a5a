import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "git push",
  "git push origin",
  "git push origin main",
  "git push origin HEAD:main",
  "git push origin topic:main",
  "git push origin refs/heads/main",
  "git push origin topic:refs/heads/master",
  "git push origin Main",
  "git push origin release/1.2",
  "git push origin HEAD",
  "git push origin @",
  "git push origin topic:",
  "git push --all origin",
  "git push --tags origin",
  "git push origin 'refs/heads/*'",
  "git push origin refs/for/main",
  "git push -o ci.skip origin main",
  "git push --repo=origin",
  "git subtree push --prefix=x origin main",
  "git remote set-url origin https://example.com/x",
];
const HONEST = [
  "git push origin topic",
  "git push origin HEAD:topic",
  "git push origin topic:refs/heads/feature/main-page",
];

describe("24 a push to a production branch, or to nobody knows which, is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("git.push_production");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.push_production" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "git.push_production" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("git.push_production"));
});
