// bash, dash, zsh, ksh and fish take one line for different commands, run or typed; and so do the tools of GNU and BSD. Which of them the
// person has, the hook does not know: a line goes by itself when it is the same for all of them.

import { describe, expect, it } from "vitest";
import { colourOf, expectReadInNoTime, HERE } from "../policy/native-lines.ts";

const GRAMMARS = [
  // dash: `||` ends the command; `&` does, and the word before it too.
  "[[ a || ./run ]]",
  "[[ a = b || ./run ]]",
  "sh -c '[[ a || ./run ]]'",
  "ls &>out ./run",
  "grep -r 1&>o SECRET",
  // Two digits are a file's only in bash; in zsh, numbers between signs are a pattern.
  "head -n 12>o ../notes.txt",
  "grep -v 99>o ../notes.txt a.ts",
  "<1-9>x/run",
  "ls; <0-9>x/run",
  "cat<a.ts",
  "ls {fd}>x",
  // A name that another shell keeps for itself.
  "repeat 2 ls",
  "while ls; do ls; done",
  "begin; ls; end",
  "not ls",
  "coproc ls",
  "- ls",
];
const COMPUTED = [
  "COLUMNS='path[$(sh run.sh)]' ls",
  "LINES='path[$(sh run.sh)]' ls",
  "x='path[$(sh run.sh)]'; export COLUMNS=x",
  "x='path[$(sh run.sh)]'; test -t x",
  "x='path[$(sh run.sh)]'; [ -t x ]",
  "x='a[$(sh run.sh)]'; [ $((x))",
  '[ "$x"',
  "[ ~root",
  "[ $(ls)",
  "[ -f a.ts",
  'echo "exit $?[x]"',
  "[ $?+x -eq 0 ]",
  "ls ./$?:s,0,..,",
  "test -v x",
  "test a -eq x",
];
const LETTERS = [
  'LC_ALL=ja_JP.SJIS\necho "Á\\" ; ./run ; echo "Á\\"',
  "LC_ALL=ja_JP.SJIS sed 's@Á@y@;s,x@e#,w,' s.txt",
  "cat Á.ts",
  "cat .e^x",
  "cat server.^x",
  "cat src/^q.ts",
  "git show HEAD^2",
  "cat id_rsa~1",
  "git diff server.key~1",
  "cat ~1",
  "git diff ~/x",
  "cat %self",
  "cat =ls",
  "cat x:~/y",
  "cat a''b",
  "cat 'a'x'b'",
  "echo 'a\\'; ls; echo 'b'",
  'echo "a\\$b"',
  "cat $'a'",
  "echo =(ls)",
  "ls *(e:ls:)",
];
const TYPED = [
  "ls \\' # x'y' ; ./run",
  "cat <<X # it's\nX\nls # ' ; ./run",
  "ls (a <<X\n./run\nX",
  "cat 2>&1<<X\n./run\nX",
  "cat (a",
  "cat b.t\t",
  "cat 'b.t\t'",
  "echo '\n^a^b'",
  "echo !\\\nx",
  "echo '!x'",
  'echo "a!x"',
  "^a^b",
];
const TOOLS = [
  "sed '/[^]/p;s,]/e./run #,y,' a.ts",
  "sed 's/[^]/b/p;s,]/x/;e./run #,y,' a.ts",
  "sed 's/[a^]/b/;e./run' a.ts",
  "sed 's|a|b|;e./run' a.ts",
  "sed 's|a|b|w out' a.ts",
  "sed -i p sXQXXIw.git/config src/evil.txt",
  "sed -e p -i t/hooks/post-index-change .gi",
  "sed -i -e s/OUTSIDE/PWNED/ -e a/../../notes.txt src/a.ts",
  "sed -i '' s/a/b/ src/a.ts",
  "cut -c1-9 a.ts -d/../../notes.txt",
  "sort a.ts -k1/../../notes.txt",
  "head a.ts -n1/../../notes.txt",
  "head a.ts --lines=/../../notes.txt",
  "mkdir a -m/../../evil",
  "mkdir a --mode=/../../evil",
  "mkdir -m 755 a",
  "cd .aws; cut -c1-99 a.ts -d config",
  "find *",
  "find s* -d*",
  "find ?delete",
  "git reflog drop --all",
  "git reflog drop refs/stash",
  "git reflog write refs/heads/main x y m",
  "git reflog expire --all",
  "git diff src .docker",
  "git diff .git src",
];
const AGAIN = [
  "tree --noreport -Po x /home/ann/shop/.claude/settings.json src",
  "tree -Po x .vscode/tasks.json",
  "tree -Lo 1 .prettierrc.js",
  "tree -PHLR x base 1 src",
  "tree -Inode_modules src",
  "rg -uu . -- --files .",
  "rg SECRET -- --files .docker/x",
  "rg -g --files . src",
  "sed 'w /home/ann/x' a.txt -ep",
  "sed 'r .env' a.ts -e5p",
  "sed 'e./run' p.txt -e p",
  "sed 's@\u00c1@y@;s,x@w out#,p,' s.txt",
  "cd a/b/c -P; cat ../../notes.txt",
  "cd a/b/c -P; cd ../..",
  "cd -P -- a",
  "cp -r ci/policies .",
  "mv x/policies .",
  "set -x",
  "set -u",
  "set -ux; ls",
  "cd .claude; tee -",
  "cd .vscode && echo x >> -",
  "git log --format=%G?",
  "git for-each-ref '--format=%(signature)'",
  "grep --include .env -r SECRET src",
  "grep -e x .env",
  "grep x .env",
  "rg --files .env",
  "jq . .env",
];
const ONCE_MORE = [
  "grep -hv /home/ann/Documents/*",
  "grep -hv ../*",
  "grep -rhv /home/* src",
  "rg -v ../* src",
  "grep -hv .git/*",
  "grep s*",
  "git grep -hv .git/*",
  "jq s* a.json",
  "sed s* a.ts",
  "basename -a /home/ann/*",
  "dirname /home/*/*",
  "tr a ../*",
  "cat src/evil.txt < .husky/pre-commit > /dev/stdin",
  "echo 'on: push' < .github/workflows/ci.yml > /dev/stdin",
  "tee /dev/stdin < .github/workflows/ci.yml",
  "cp -r a . -v",
  "cp -r a /home/ann/shop -v",
  "cp -r a packages/ -v",
  "uniq src/a.ts -c",
  "tee src/a.ts -a",
  "uniq src/*.ts",
  "uniq .husky/*.sh",
  "grep -C 1 .env",
  "grep -C x /home/ann/notes.txt",
  "cat prod.env",
  "cat config/production.env",
  "cat kubeconfig",
  "cat google-credentials.json",
  "cat server.ppk",
  "git log --format=%+GG",
  "git log '--format=% G?'",
  "git for-each-ref --sort=signature",
  "git for-each-ref '--format=%(*signature)'",
  "cp scripts/run.sh hooks/post-index-change",
  "cp tools/pre-commit hooks",
  "tee hooks/commit-msg",
  "echo x > 'git~1/hooks/y'",
  "cat 'GIT~1/config'",
];
const PLACES = [
  "mv /home/ann/shop/a/b/c /home/ann/shop/c && cat ../../notes.txt",
  "mv ../../b/c ../../../c",
  "mv ../c ../../../c2",
  "rm -r ../c",
  "echo /home/*",
  "echo ../../../../*",
  "test -e ../../../../secret && echo y",
  "[ -e ../../../../secret ] && echo y",
  "cat .git/HEAD",
  "cat ../../../.git/logs/HEAD",
  "ls /home/ann/shop/.git",
  "find /home/ann/shop/.git",
  "echo '*.ts filter=lfs' > src/.gitattributes",
  "echo x > packages/a/.claude/settings.json",
  "tee packages/a/.mcp.json",
  "cp a .vscode/tasks.json",
  "echo x > .devcontainer/devcontainer.json",
  "rm /dev/null",
  "mv x /dev/null",
  "cat .env~",
  "cat .env-prod",
  "cat .npmrc.bak",
  "cat id_rsa.bak",
  "cat terraform.tfstate",
  "cat .ssh/x/y",
  "cat .docker/config.json",
];

describe.each(Object.entries({ GRAMMARS, COMPUTED, LETTERS, TYPED, TOOLS, AGAIN, ONCE_MORE, PLACES }))(
  "24 fails closed: %s",
  (_, lines) => {
    it.each(lines)("%j does not go by itself", async (line) => {
      expect(await colourOf(line)).not.toBe("GREEN");
      expect(await colourOf(line, { ...HERE, directory: `${HERE.root}/a/b/c` })).not.toBe("GREEN");
      expect(await colourOf(`sh -c '${line.replaceAll("'", `'\\''`)}'`)).not.toBe("GREEN");
    });
  },
);

it.each([
  ["letters of one sign", `sed -i p s${"g".repeat(8_000)}`],
  ["quotes within words", `echo ${"a'b'".repeat(2_000)}`],
  ["an unended quote", `echo "${"\\d".repeat(4_000)}`],
  ["blanks", `ls${" ".repeat(8_000)}x &`],
  ["signs of revisions", `git show ${"a~@{".repeat(2_000)}`],
  ["what diff compares", `cd a; cd b; diff${" a".repeat(3_900)}`],
  ["scripts of sed behind a wrapper", `env${" sed".repeat(59)} ${"1".repeat(7_500)}`],
  ["alternatives behind a wrapper", `env${" git".repeat(59)} '${"[{,,,".repeat(1_500)}'`],
  ["signs between commands", "ls ;\n".repeat(1_600)],
])("24 a line of 8 KB is read in no time: %s", (_, line) => {
  expectReadInNoTime(line);
});

it.each([
  "command -v bash",
  "command -v zsh && echo yes",
  "grep -rn credentials src",
  "grep -rn '.env' src",
  "rg credentials src",
  "jq .env package.json",
  "find . -type d -name migrations",
  "jq . migrations.json",
  "test -f .env && echo yes",
  "tree -L 2 src",
  "grep -n foo src/a.ts -A 3",
  "cat src/id_rsa_parse.test.ts",
  "cat sample.env",
  "git diff HEAD~1 src",
  "ls 2>/dev/null",
  "set -euo pipefail; ls",
])("and %j, which only sounds like it, goes by itself", async (line) => {
  expect(await colourOf(line)).toBe("GREEN");
});

describe("24 fails closed where the folder is not known", () => {
  it.each(["cd .github/workflows && echo x > ci.yml", "cd .docker; cat config.json", "cat config"])(
    "%j",
    async (line) => {
      expect(await colourOf(line, { directory: null, root: null })).not.toBe("GREEN");
      expect(await colourOf(line, { directory: "/home/ann/shop", root: null })).not.toBe("GREEN");
    },
  );
});

it("a further checkout of Claude Code's is the project, and no hidden folder", async () => {
  const there = { directory: `${HERE.root}/.claude/worktrees/x`, root: HERE.root };
  expect(await colourOf("cat src/a.ts", there)).toBe("GREEN");
  expect(await colourOf("echo x > .github/workflows/ci.yml", there)).toBe("RED");
  expect(await colourOf("cat .npmrc", there)).toBe("RED");
});
