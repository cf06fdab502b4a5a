import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

const ATTEMPTS = [
  "git log --output=.git/hooks/pre-commit",
  "install -m 755 x .husky/pre-push",
  "python x.py .git/hooks/pre-commit",
  "git commit --no-verify -m x",
  "git commit -m x --no-verif",
  "git commit -n -m x",
  "git commit -nm x",
  "git commit -anm x",
  "git push --no-verify origin topic",
  "git merge --no-verify topic",
  "git rebase --no-verify main",
  "git -c core.hooksPath=/dev/null commit -m x",
  "git -c core.hookspath= commit -m x",
  "git config core.hooksPath /dev/null",
  "git config set core.hooksPath x",
  "HUSKY=0 git commit -m x",
  "export HUSKY=0; git commit -m x",
  "env HUSKY=0 git commit -m x",
  "SKIP=lint git commit -m x",
  "LEFTHOOK=0 git push origin topic",
  "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=x git commit",
  "git commit -m 'fix [skip ci]'",
  "git commit -m '[ci skip] fix'",
  "git commit -m 'fix [no ci]'",
  "rm .git/hooks/pre-commit",
  "chmod -x .git/hooks/pre-commit",
  "mv .husky .husky-off",
  "echo exit 0 > .git/hooks/pre-commit",
  "echo x | tee .husky/pre-commit",
  "sed -i s/a/b/ .github/workflows/ci.yml",
  "npx husky uninstall",
  "pre-commit uninstall",
  "lefthook uninstall",
  "mvn package -DskipTests",
  "mvn install -Dmaven.test.skip=true",
  "./gradlew build -x test",
];
const HONEST = [
  "ls .git/hooks",
  "git commit -m x",
  "git commit -am 'no verify'",
  "git commit -mn",
  "npm test",
  "mvn test",
  "pre-commit run",
];

describe("24 skipping tests, hooks or checks is RED", () => {
  const floor = redBy("never.bypass_checks", "checks.bypass");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
