import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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

describe("invariant 24: a forced push, however it is written, is RED", () => {
  const floor = redBy("never.force_push", "git.force_push");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
