// Lines that may go by themselves on a person's machine: of a language so small that every shell takes them for the same, whether it is given
// them or somebody types them. INVARIANT: commands of plain words, joined by && || ; | and line ends, their input and output in files; nothing
// else. What a shell of other grammar or options would read in its own way has no sign left to say it with.

import { Scanner } from "./scanner.ts";

/** An equals sign before a word is a program's place (zsh), a percent sign a job's (fish). */
const START = "(?![=%])";
const LETTER = String.raw`[\w@%+:,./=-]`;
/** A backslash, where it is one in all of them; an exclamation mark, where it is no earlier line; no tab, which completes what is typed. */
const SINGLE = String.raw`'(?:[^'\\!\n\t]|\\[^'\\!\n\t]|!(?=[ =]))*'`;
const DOUBLE = String.raw`"(?:[^"\\$\x60!\n\t]|\\[\w.|()*+?{}[\]/^-]|\$(?=")|!(?=[ =]))*"`;
const VALUE = String.raw`${START}(?:${LETTER}+|${LETTER}*(?:${SINGLE}|${DOUBLE}))`;
const END = String.raw`(?=[ \n;|]|&&|$)`;

const BLANK = / +/y;
const BETWEEN = / *(?:(?:&&|\|\||[;|\n])[ \n]*|$)/y;
const KEYWORDS =
  "if|then|elif|else|fi|for|while|until|do|done|case|esac|in|select|function|time|coproc|repeat|foreach|end|nocorrect|noglob|begin|and|or|not|switch";
const NAME = new RegExp(String.raw`(?!(?:${KEYWORDS})${END})(?:[\w./][\w.+/-]*|\[)${END}`, "y");
/** Patterns are never beside quotes: which of the signs are quoted is not asked. */
const WORD = new RegExp(String.raw`(?:${VALUE}|${START}[\w@%+:,./=*?-]+|\\[()]|\])${END}`, "y");
/** Of git alone: behind a tilde stands what a pattern leaves out (zsh). */
const REVISION = new RegExp(
  String.raw`(?=[\w@])[\w@/-]*(?:~\d*|@\{-?\w+\})+(?:(?:\.\.\.?|:)[\w@./-]*(?:~\d+)?)?${END}`,
  "y",
);
const FILE = new RegExp(String.raw`(?:[12]?>&[12]|(?:[12]?>>?|<) *${VALUE})${END}`, "y");

export function isPlain(line: string): boolean {
  const rest = new Scanner(line);
  rest.takes(/[ \n]*/y);
  while (!rest.ended) {
    const name = rest.takes(NAME);
    if (name === null) return false;
    const words = name === "git" ? [FILE, REVISION, WORD] : [FILE, WORD];
    while (!rest.ended && rest.takes(BETWEEN) === null)
      if (rest.takes(BLANK) === null || !words.some((word) => rest.takes(word) !== null)) return false;
  }
  return line.trim() !== "";
}
