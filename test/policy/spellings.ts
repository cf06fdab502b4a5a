// One act in the many ways a shell would take it for the same (invariant 24).

import fc from "fast-check";
import { readCommand } from "../../src/policy/extract/command.ts";
import { engineOf, facts } from "./rules.ts";
import { observed, type Verdict } from "#policy";

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const escapes = (text: string): string =>
  Array.from(text, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");

/** One word, spelt otherwise: quotes in the middle, a backslash, ANSI-C quoting, a continued line. */
const spelt = (word: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(5), fc.nat(Math.max(0, word.length - 1))).map(([how, at]) => {
    const [head, tail] = [word.slice(0, at), word.slice(at)];
    switch (how) {
      case 0:
        return `${head}''${tail}`;
      case 1:
        return `${head}"${tail}"`;
      case 2:
        return `'${head}'"${tail}"`;
      case 3:
        return `$'${escapes(word)}'`;
      case 4:
        return head === "" ? `\\${tail}` : `${head}\\\n${tail}`;
      default:
        return word;
    }
  });

/** The whole line, put where it still runs. */
const PLACES: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => `  ${line} # as told`,
  (line) => `cd /tmp && ${line}`,
  (line) => `npm test; ${line}`,
  (line) => `false || ${line}`,
  (line) => `true | ${line}`,
  (line) => `(${line})`,
  (line) => `{ ${line}; }`,
  (line) => `if true; then ${line}; fi`,
  (line) => `for i in 1 2; do ${line}; done`,
  (line) => `while ${line}; do break; done`,
  (line) => `case x in x) ${line};; esac`,
  (line) => `f() { ${line}; }; f`,
  (line) => `! ${line}`,
  (line) => `echo "$(${line})"`,
  (line) => `cat <(${line})`,
  (line) => `cat <<EOF\n$(${line})\nEOF`,
  (line) => `[[ -n $(${line}) ]]`,
  (line) => `X=$(${line})`,
  (line) => `${line} > out.txt 2>&1 &`,
  (line) => `time ${line}`,
  (line) => `FOO=bar ${line}`,
  (line) => `env FOO=bar ${line}`,
  (line) => `sudo -E ${line}`,
  (line) => `nohup timeout 30 nice -n 5 ${line}`,
  (line) => `find . -maxdepth 0 -exec ${line} \\;`,
  (line) => `bash -c ${quote(line)}`,
  (line) => `sh -ec ${quote(`set -x; ${line}`)}`,
  (line) => `eval ${quote(line)}`,
  (line) => `bash -c ${quote(`sh -c ${quote(line)}`)}`,
  (line) => `trap ${quote(line)} EXIT`,
  (line) => `echo ${quote(line)} | sh`,
  (line) => `bash <<'EOF'\n${line}\nEOF`,
  (line) => `bash <<< ${quote(line)}`,
  (line) => `alias x=${quote(line)}; x`,
  (line) => `source <(echo ${quote(line)})`,
  (line) => `coproc ${line}`,
];

export const spellings = (words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.tuple(...words.map(spelt)), fc.constantFrom(" ", "  ", "\t", " \\\n "), fc.constantFrom(...PLACES))
    .map(([each, space, place]) => place(each.join(space)));

export const hazardsOf = (line: string): readonly string[] => readCommand(line).hazards;

/** The whole way: from the command line to the verdict, under an approval of exactly this. */
export async function verdictOn(command: string): Promise<Verdict> {
  const argsHash = "1".repeat(64);
  const given = facts({ tool: "shell.test", argsHash, approval: { argsHash, approver: "ada" } });
  return (await engineOf("", "spellings")).decide(observed(given, { command }));
}
