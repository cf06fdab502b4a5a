import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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
  const floor = redBy("never.push_production", "git.push_production");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
