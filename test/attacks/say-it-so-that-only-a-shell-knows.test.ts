// A shell, git, sed and the others know more ways to do a thing than any list of dangerous ones. On the machine of the person whom the agent works for
// there is no sandbox: so nothing goes by itself there but what is read whole, of programs and options that are known.

import { describe, expect, it } from "vitest";
import { observed } from "#policy";
import { engineOf, facts } from "../policy/rules.ts";

const HERE = { directory: "/home/ann/shop", root: "/home/ann/shop" };
const engine = await engineOf("", "whole");
const colourAt = async (command: string, native?: typeof HERE) =>
  (
    await engine.decide(
      observed(facts({ tool: "shell.test" }), { command, ...(native === undefined ? {} : { native }) }),
    )
  ).colour;

const VALUES = [
  ": ${x:='a[$(./run)]'}; echo $((x))",
  "${x='a[$(./run)]'}; (( x ))",
  "read x <<< 'a[$(./run)]'; ls",
  'read "x" <<< 1; echo $((x))',
  "read \\x <<< 1",
  "builtin read x <<< 1",
  "command read x <<< 1",
  "read -ax <<< 1",
  "read 'x[0]' <<< 1",
  "printf -vx %s 1",
  "ls 'a[$(./run)]'; echo $((_))",
  "select x in 1; do echo $((REPLY)); done",
  "[[ a =~ (a) ]]; echo ${BASH_REMATCH[x]}",
];
const SUBSCRIPTS = [
  "test -v 'a[x]'",
  "[ -v 'a[x]' ]",
  "[[ -v a[x] ]]",
  "[[ a -eq b ]]",
  "[ 'a[x]' -eq 0 ]",
  "unset 'a[x]'",
  "read 'a[x]' <<< 1",
  "printf -v 'a[x]' 1",
  "declare 'a[x]=1'",
  "a=([x]=1)",
  "a[x]=1",
  "exec {a[x]}>g",
  'unset "$x"',
  'op=-v; test $op "$x"',
  "wait -p 'a[x]'",
  "let x=1",
];
const SWITCHES = [
  ": ${PS4:='$(./run)'}; set -x",
  "printf -vPS4 '$(./run)'; set -x",
  "read 'PS4[0]' <<< x; set -x",
  "set -a; : ${GIT_EXTERNAL_DIFF:=./run}; git diff",
  "set -a",
  "shopt -s dotglob",
  "export GIT_EXTERNAL_DIFF+=./run",
  "export HUSKY+=0; ls",
  "printf -vHUSKY 0",
  "cat() { ./run; }; cat a.ts",
  "alias ls=./run",
  "hash -p ./run ls; ls",
  "enable -f ./run.so run",
  "coproc ls",
  "trap './run' DEBUG; ls",
];
const PLACES = [
  "HOME=/tmp/x git status",
  "XDG_CONFIG_HOME=x git status",
  "GIT_DIR=x git status",
  "GIT_WORK_TREE=x git status",
  "env GIT_DIR=x git status",
  "export GIT_DIR=x; git status",
  "git --git-dir=x status",
  "git --work-tree x status",
  "git -C x status",
  "cd x && git status",
  "(cd x; git status)",
  "PYTHONPATH=x ls",
  "RIPGREP_CONFIG_PATH=x rg total",
  "CDPATH=/ cd etc",
  "LESSOPEN=x cat a",
  "for path in ./bin; do ls; done",
];
const OPTIONS = [
  "git config core.fsmonitor ./run get",
  "git config core.hookspath ./x list",
  "git config alias.st '!./run' --get",
  "git config set alias.st '!./run'",
  "git grep --op=./run total",
  "git rebase --exe ./run main",
  "git rebase -qx ./run main",
  "git init --temp=./x y",
  "git log --output=x",
  "git diff --ext-diff",
  "git diff --no-index a b",
  "git apply x.patch",
  "sort --co=./run a",
  "sort -T /tmp a",
  "sort *",
  "cat *.ts",
  "rg total *",
  "sed --fil=s a",
  "sed -bf s a",
  "sed -nfs a",
  "bash --rcfile ./run -ic ls",
  "bash -O extdebug -c ls",
  "bash -ci ls",
  "fd --exec=./run",
  "fd -Hx ./run",
  "find . -fprintf x %p",
  "find . -name '*.ts' -exec cat {} ';' -fls x",
  "less '+!./run' a",
  "jq 'import \"x\" as $x; $x' a.json",
  "jq -L x . a.json",
  "jq --slurpfile a b . a.json",
  "yq 'strenv(HOME)'",
  "yq 'load_str(\"a\")' a.yml",
  "tsc -p x",
  "xxd -r a b",
];
const SED = [
  "sxaxtouch PWNxe",
  "s_a_touch PWN_e",
  "s a ./run e",
  "s/a/touch PWN/ewg",
  "s/a/touch PWN/e#x",
  "s/[/]/x/e",
  "/[/]e ./run;/p",
  "1e ./run",
  "e",
  "r /etc/hosts",
  "w x",
  "a\\\nx\ne ./run",
  "{e\n}",
  "s/x/y/;;;b;e ./run",
  "s/a/b/M2e",
  "y/a/b/e",
  "$!N;s/a/b/we",
];
const NAMES = [
  "cat .en{v,w}",
  "cat .e{n,m}v",
  "cat i{d,e}_rsa",
  "cat .{env,x}",
  "cat {.e,}nv",
  "cat .{e{n,m},x}v",
  "cat .e[[:alpha:]]v",
  "cat [.]env",
  "git show :0:.env",
  "git log -p -- '.en*'",
  "git show HEAD -- ':(glob)*env'",
  "git grep KEY -- ':!x'",
  "x=.; cat ${x}env",
  "cat $(echo .e)nv",
  "cat @(.env)",
  "cat ?(.)env",
  "cat *",
  "head src/*",
  "grep -r KEY .",
  "grep -rn KEY",
  "grep -R KEY ./",
  "grep -rn KEY /home/ann/shop",
  "grep -rh --include='*env' KEY .",
  "rg -g '.env' KEY",
  "rg --glob='*' KEY",
  "find . -type f -exec cat {} +",
  "find . -name '*env' -exec cat {} +",
  "cp -r . /home/ann/shop/x",
];
const GUARDS = [
  "cp x .git/hoo*/pre-commit",
  "cp x .g*t/hooks/y",
  "cp x .husk?/y",
  "find .git -name 'pre*' -delete",
  "find . -name '*.yml' -delete",
  "find . -name '*.yml' -exec sed -i s/a/b/ {} +",
  "git rm -r .github/workflows",
  "git mv x .github",
  "git apply --unsafe-paths --directory=.git x",
  "rm -r .github",
  "cp x HEAD",
  "echo 'ref: refs/heads/x' > HEAD",
  "cp x .github/workflows",
  "mv x/.github .",
  "cp -r x/. .",
  "cp -rT x .",
  "cp x/CODEOWNERS .",
  "rm C*",
  "uniq a CODEOWNERS",
  "cd .git && ls",
  "git checkout topic -- .github/workflows/ci.yml",
];

const ORDER = [
  "sed {e./run,p} a.ts",
  "sed -l p 'e./run' a.ts",
  "sed 'e./run' a.ts -- -e p",
  "sed -ne p -ne 'e./run' a.ts",
  "sed -l p 'r/etc/passwd' a.ts",
  "sed -ieX 'e./run' a.ts",
  "git log -1 --pretty --output=.git/./config '--format=x'",
  "git log -1 --format --output=../out x",
  "exit 'path[$(./run)]'",
  "return 'path[$(./run)]'",
  "for i in 1; do break 'path[$(./run)]'; done",
  "printf %d PATH=5",
  "printf '%*d' PATH=5 1",
  "cat -e /home/ann/notes.txt",
  "sort -g /etc/passwd",
  "diff -t ../a b",
  "ls -t /home/ann",
  "column -t /etc/passwd",
  "grep -0eroot /etc/passwd",
  "rg -0eX ../f",
  "date -I -f../notes.txt",
  "date -I -f /etc/passwd",
  "echo -f/etc/passwd | xargs date",
  "cat -- -1/../../notes.txt",
  "jq -R . '(x)/../../notes.txt'",
  "rg --replace -- -uu xyz src",
  "grep --exclude -- -d recurse SECRET .",
  "git add -A; git diff --cached",
  "git grep --untracked SECRET",
  "HEAD http://localhost/secret",
  "cat {,x}=ls",
];
const RUNS_IN = [
  "git restore a.ts",
  "git restore src/..",
  "git restore -s topic '*.yml'",
  "git rm '*.yml'",
  "git rm -r .",
  "git stash -k",
  "git branch new",
  "git tag v1",
  "git mv './x/../.github/workflows' y",
  "find sub -name x.ts -execdir git status ';'",
  "find . -name x.ts -exec cat + /home/ann/notes.txt ';'",
  "find . -name '*.yml' -exec /bin/rm {} +",
  "find . -name '*.yml' -exec env rm {} +",
  "find . -type f -not -name '*.ts' -exec cat {} +",
  "rustfmt --check a.rs",
  "shellcheck -a s.sh",
  "fish -c \"echo 'x' '; ./run #'\"",
  "pwsh -c ls",
  "ln -s . y",
  "cat y/../notes.txt",
  "cd ..; cd ..; cd ..; cat notes.txt",
  "cd a; cd b; cd c; cd d; cd e; cat ../../../../../../x",
  "chmod -R -x .",
  "mktemp",
  "git config --list",
  "git config --get remote.origin.url",
  "git remote get-url origin",
];
const UNRESOLVED = [
  "echo x > src/../CODEOWNERS",
  "echo x > .github/./workflows/ci.yml",
  "echo x > /home/ann/shop/.github/workflows/ci.yml",
  "cd .github && echo x > workflows/ci.yml",
  "cd .claude && echo x > settings.json",
  "cd .claude; cd ..; echo x > settings.json",
  "sed -i s/good/bad/ src/../.github/workflows/ci.yml",
  "sed -i s/good/bad/ ././/github/../.github/workflows/ci.yml",
  "mv package.json .github/./workflows/ci.yml",
  "cp -r workflows .github/.",
  "cp -r x/s/.. .",
  "cp -r x/ .",
  "mv docs2 docs",
  "mv .docker d",
  "rm -rf /home/ann/shop",
  "rm -rf /home/ann/shop/",
  "rm -rf src/../../shop",
  "tee src/../CODEOWNERS",
  "cat .git/./config",
  "cat .git/refs/../config",
  "cd .aws && cat config",
  "cd .docker && cat config.json",
  "cat certs/*.p?m",
  "cat certs/server.*",
  "cat s*.json",
  "cat .docker/*.json",
  "cat .git/co*",
  "rg -ng '.en*' SECRET src",
  "rg --glob='.en*' SECRET src",
  "grep -rn -m 5 SECRET",
  "grep -rA 3 SECRET",
  "grep -e SECRET -e X -r",
  "grep -r SECRET src/..",
  "grep -r SECRET /home/ann/./shop",
  "grep -r SECRET /dev/fd/3 3<.",
  "grep -r SECRET /dev/stdin < .",
  "diff -rN e .",
];

const ALL = {
  ORDER,
  RUNS_IN,
  UNRESOLVED,

  VALUES,
  SUBSCRIPTS,
  SWITCHES,
  PLACES,
  OPTIONS,
  NAMES,
  GUARDS,
  SED: SED.map((script) => `sed '${script}' a`),
};

describe.each(Object.entries(ALL))("24 fails closed: %s", (_, lines) => {
  it.each(lines)("%j does not go by itself", async (line) => {
    expect(await colourAt(line, HERE)).not.toBe("GREEN");
    expect(await colourAt(`ls && (${line})`, HERE)).not.toBe("GREEN");
    expect(await colourAt(`bash -c '${line.replaceAll("'", `'\\''`)}'`, HERE)).not.toBe("GREEN");
  });
});

describe("24 fails closed where the agent's program stands in another folder of the project", () => {
  it.each([
    ["src", "echo x > ../.github/workflows/ci.yml"],
    ["src", "git status"],
    ["src", "cat ../.env"],
    [".github", "echo x > workflows/ci.yml"],
    [".git", "echo x > config"],
    [".git", "cat config"],
    [".git/hooks", "cp ../../run pre-commit"],
    [".claude", "tee settings.json"],
  ])("%s: %j", async (below, line) => {
    expect(await colourAt(line, { ...HERE, directory: `${HERE.root}/${below}` })).not.toBe("GREEN");
  });
});

it.each([
  ["what find would run, within each other", "find . -exec ".repeat(600)],
  ["an unended bracket", `git log '${"[".repeat(8_000)}'`],
  ["an unended class", `cat '${"[a".repeat(4_000)}' *`],
  ["one pattern of many", `cat ${"[[ ".repeat(2_500)}`],
  ["braces", "cp {a,b}{c,d}{e,f} ".repeat(430)],
  ["folders", `cd a/a; cd b/b; cd a; cd a; cd a; cat ${"x ".repeat(3_900)}`],
  ["quotes", `echo ${'"a"'.repeat(2_600)}$x`],
  ["numbers of a sed", `sed '${"1,2p;".repeat(1_600)}e' a`],
])("24 a line of 8 KB is read in no time, however it is made: %s", (_, line) => {
  const began = process.cpuUsage();
  observed(facts({ tool: "shell.test" }), { command: line, native: HERE });
  // Ten times what it takes; what grows faster than its text takes minutes.
  expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
});

describe.each(Object.entries({ VALUES, SUBSCRIPTS }))("24 nor in the sandbox: %s", (_, lines) => {
  it.each(lines)("%j", async (line) => {
    expect(await colourAt(line)).not.toBe("GREEN");
  });
});

it.each([
  "npm test",
  "npm test -- -t 'costs $5 (or less)'",
  "CI=1 FOO=bar npm run test:unit 2>&1 | tail -50",
  "cd packages/a && npx vitest run test/a.test.ts",
  'pytest -k "a or b"; echo "exit $?"',
  ". .venv/bin/activate && PYTHONPATH=. pytest -x",
  "set -o pipefail; make test | tee out.txt",
  "for i in 1 2 3; do npm test || exit 1; done",
  "export NODE_ENV=test && node --test",
  "timeout 60 go test ./...",
  "bash -c 'cargo test && cargo clippy'",
])("and in the sandbox %j goes by itself", async (line) => {
  expect(await colourAt(line)).toBe("GREEN");
});
