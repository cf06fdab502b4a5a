// A harmless program runs another one that an option, a setting, a variable or a script of its own names: without a question on the machine of the
// person whom the agent works for, where there is no sandbox.

import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { verdictOf } from "../policy/native-lines.ts";
import { hazardsOf } from "../policy/spellings.ts";

const SED = ["s,x,echo ran,e", "s#x#echo ran#ge", "/x/Ie echo ran", "\\,x,e echo ran", "1!{e echo ran\n}", "1,2e echo ran", "1e\\\necho ran", "s/x/echo ran/Ie"]; // prettier-ignore

it.each(SED)("24 sed %j runs what it says, and is RED", async (script) => {
  expect(execFileSync("sed", [script], { input: "x\nx\n", encoding: "utf8" })).toMatch(/^ran$/m);
  expect((await verdictOf(`sed '${script}' README.md`)).colour).toBe("RED");
  expect((await verdictOf(`sed -n -e '${script}' README.md`)).colour).toBe("RED");
});

it.each([
  "rg --pre ./x.sh total",
  "rg --pre=sh total src",
  "rg --hostname-bin ./x total",
  "LESSOPEN='|./x.sh %s' less README.md",
  "EDITOR='sh -c ./x.sh' git commit --amend",
  "VISUAL=./x.sh git commit --amend",
  "git grep -O./x.sh total",
  "git grep -nO./x.sh total",
  "git -c diff.external=./x.sh diff",
  "git -c diff.x.textconv=./x.sh diff",
  "git -c diff.x.command=./x.sh diff",
  "sort --compress-prog=./x.sh big.txt",
  "sort --comp=./x.sh big.txt",
  "sort -o .git/hooks/pre-commit x",
  "tree -o .git/hooks/pre-commit",
  "sed 's,x,y,w .git/hooks/pre-commit' x",
  "cd .git && cp ../x hooks/pre-commit",
  "pushd .git/hooks; cp ../../x pre-commit",
])("24 %j is RED", async (line) => {
  expect((await verdictOf(line)).colour).toBe("RED");
});

it("24 a script of sed's in a file is the project's code: a person is asked", async () => {
  for (const line of ["sed -f x.sed README.md", "sed -nf x.sed README.md", "sed --file=x.sed README.md"])
    expect(await verdictOf(line)).toMatchObject({ colour: "YELLOW", reasons: [{ id: "default.native_code" }] });
});

it.each([
  "sed -n '1,20p' README.md",
  "sed 's/one/the/g' README.md",
  "sed -e 's/a/e/' -e 's,one,else,g' README.md",
  "sed '/^there/d; s/x/e/' README.md",
  "sed -E 's#(the|end)#\\1e#g' README.md",
  "sed '$d' README.md",
  "rg --pretty total src",
  "sort --check x",
  "git grep -n OK",
])("and %j is not it", async (line) => {
  expect(hazardsOf(line)).toEqual([]);
  expect((await verdictOf(line)).colour).toBe("GREEN");
});
