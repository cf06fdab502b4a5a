import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "npm exec -- git push -f origin topic",
  "pnpm dlx git push -f origin topic",
  "poetry run git push --force origin topic",
  "docker run -v .:/r alpine git push -f origin topic",
  "kubectl exec pod -- git push -f origin topic",
  "bundle exec git push -f origin topic",
  "git push --force origin topic",
  "git push -f origin topic",
  "git push -uf origin topic",
  "git push -fu origin topic",
  "git push origin topic -f",
  "git push --forc origin topic",
  "git push --force-with-lease origin topic",
  "git push --force-with-lease=topic:abc origin topic",
  "git push origin +topic",
  "git push origin +HEAD:topic",
  "git push origin +refs/heads/topic:refs/heads/topic",
  "git push --mirror origin",
  "git -C /repo push -f origin topic",
  "git --git-dir=.git --work-tree . push -f origin topic",
  "git -c user.name=x push -f origin topic",
  "git -c 'remote.origin.push=+refs/heads/*:refs/heads/*' push",
  "/usr/bin/git push -f origin topic",
  "./bin/../git push -f origin topic",
  "git-push -f origin topic",
  "/usr/lib/git-core/git-push --force origin topic",
  "git send-pack --force origin topic",
  "git filter-branch --tree-filter true",
  "git fast-import < dump",
];
const HONEST = [
  "npm run build",
  "docker build .",
  "git push origin topic",
  "git push -u origin topic",
  "git push --dry-run origin topic",
  "git push origin HEAD:topic",
];

describe("24 a forced push, however it is written, is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("git.force_push");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.force_push" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(
            hazardsOf(line).filter((seen) => seen === "git.force_push" || seen === "shell.unreadable"),
          ).not.toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("git.force_push"));
});
