// A command line whose text is a number to one reader and a command to another: what a shell computes, it reads a second time, and runs what stands
// there; and what bash takes for arithmetic, or for a text, another shell takes for commands.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { observed } from "#policy";
import { verdictOf } from "../policy/native-lines.ts";
import { facts } from "../policy/rules.ts";
import { hazardsOf } from "../policy/spellings.ts";

const dir = mkdtempSync(join(tmpdir(), "countersign-shells-"));
afterAll(() => rmSync(dir, { recursive: true }));
/** What the line puts out, in the shell that the sandbox runs lines with, or in another. */
function ran(shell: "bash" | "dash", line: string): string {
  writeFileSync(join(dir, "run"), "it was run\n");
  try {
    return execFileSync(`/bin/${shell}`, ["-c", `exec 2>&1\n${line}`], { cwd: dir, encoding: "utf8", timeout: 5_000 });
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout) : "";
  }
}
const SECRETLY = "x='a[$(cat run >&2)]'; ";
const shellOf = (command: string): readonly string[] => observed(facts({ tool: "shell.test" }), { command }).shell;
const ASKED = { colour: "YELLOW", errors: [], reasons: expect.arrayContaining([expect.objectContaining({ id: "default.unread" })]) }; // prettier-ignore

describe("24 what is computed runs what its variable holds: a person is asked", () => {
  it.each([
    "((x))",
    "echo $((x))",
    'echo "$((x + 1))"',
    "[[ x -eq 0 ]]",
    "[[ $x -lt 3 ]]",
    "echo ${y[x]}",
    "y[x]=1",
    "echo $[x]",
    "let y=x",
    "declare -i y=x",
    "for ((i = x; 0; )); do :; done",
    "cat <<E\n$((x))\nE",
  ])("%j", async (line) => {
    expect(ran("bash", SECRETLY + line)).toContain("it was run");
    expect(await verdictOf(SECRETLY + line, null)).toMatchObject(ASKED);
    // On the agent's own machine, where there is no sandbox, too.
    expect(await verdictOf(SECRETLY + line)).toMatchObject(ASKED);
  });

  it.each([
    "read -r x < file; echo $((x))",
    "f() { echo $(($1)); }; f 'a[$(cat run)]'",
    "for x in 'a[$(cat run)]'; do echo $((x)); done",
    "n=$(cat file); echo $((n + 1))",
    "printf -v x %s 'a[$(cat run)]'; ((x))",
    "mapfile x < file; echo $((x))",
  ])("also where its value comes from somewhere else: %j", (line) => {
    expect(shellOf(line)).toContain("unread");
  });

  it.each([
    "i=0; while [[ $i -lt 3 ]]; do i=$((i + 1)); done",
    "for i in 1 2 3; do echo $((i * 2)); done",
    "for i in {1..9}; do echo $((i + COLUMNS)); done",
    "for ((i = 0; i < 3; i++)); do npm test; done",
    "echo $(( 0x1f + 2 ** 3 ))",
    "a=(one two); echo ${a[1]} ${a[@]} ${#a[@]} ${PWD:0:3}",
    "test $# -gt 0 && echo $(($# - 1))",
  ])("an honest %j is asked about, too, and not refused", async (line) => {
    expect(hazardsOf(line)).toEqual([]);
    expect(await verdictOf(line, null)).toMatchObject(ASKED);
  });
});

it.each([
  "PS4='$(cat run)'; set -x; :",
  "set -x; for PS4 in '$(cat run)'; do :; done",
  "read -r PS4 <<< '$(cat run)'; set -x; :",
  "for PATH in ./bin; do ls; done",
  "printf -v PATH ./bin; ls",
  "declare -n p=PATH; p=./bin; ls",
  "v='a[$(cat run >&2)]'; test -v \"$v\"",
  "v='a[$(cat run >&2)]'; [[ -v \"$v\" ]]",
])("24 what the shell itself runs is unreadable, however it is set: %j", (line) => {
  expect(hazardsOf(line)).toContain("shell.unreadable");
});

it("24 what is no arithmetic, where arithmetic belongs, is asked about", () => {
  const line = "((cat run))";
  expect(ran("dash", line)).toContain("it was run");
  expect(shellOf(line)).toContain("unread");
});

it.each(["cat <<$'E'\nfoo\n$E\ncat run\nE", "[[ a || tee < run ]]", "((tee < run))", "((cat run))"])(
  "24 what was read by bash's grammar is run by bash: %j",
  (line) => {
    expect(ran("dash", line)).toContain("it was run");
    expect(ran("bash", line)).not.toContain("it was run");
  },
);

it.each([
  "cat .e${x}nv",
  "cat .e$(true)nv",
  "cat .e`true`nv",
  'cat .e"$@"nv',
  "a=env; cat .$a",
  "cat ${x:-.env}",
  "cat < .e*",
  "cat < .e${x}nv",
  "for f in .e*; do cat $f; done",
  "for f in .*; do cat $f; done",
  "shopt -s extglob\ncat .@(env)",
])("24 a credential's name with a hole in it is RED: %j", (line) => {
  expect(hazardsOf(line)).toContain("credentials.read");
});
