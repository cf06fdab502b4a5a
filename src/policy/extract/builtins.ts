// What a shell does by itself. Most of it changes how the words after it are read, or reads one of its own words once more
// (`unset 'a[$(...)]'`, `printf -v`): INVARIANT: a form that is not known here to do neither is asked about.

import type { Argument } from "./words.ts";

/** They put into variables what does not stand on the line. */
export const FILLS: ReadonlySet<string> = new Set(["read", "mapfile", "readarray", "getopts", "printf"]);
/** They put what stands on the line into variables, and say what those are. */
export const SETS: ReadonlySet<string> = new Set(["export", "declare", "typeset", "readonly", "local"]);

const NEVER = new Set(
  "read mapfile readarray getopts declare typeset local readonly unset let alias unalias enable hash complete compgen compopt bind history fc shopt umask ulimit caller dirs popd pushd suspend setopt unsetopt emulate zmodload autoload functions integer float print vared zle".split(
    " ",
  ),
);
const SWITCHES = /^[-+][eux]+$/;
const OPTION = /^(?:pipefail|errexit|nounset|xtrace)$/;
const IS = /^-(?:[abcdefghknoprstuwxzGLNOS]|nt|ot|ef)$/;
/** Some shells compute what stands on both sides. */
const COMPARES = /^-(?:eq|ne|lt|le|gt|ge)$/;
/** null: nothing else than `$?` is left of a line that is read whole, without patterns. */
const isNumber = (arg: Argument | undefined): boolean => arg === null || /^-?\d+$/.test(arg ?? "");
const isOperand = (arg: Argument): boolean =>
  arg === null || !/^-./.test(arg) || IS.test(arg) || COMPARES.test(arg) || isNumber(arg);

const FORMS: Readonly<Record<string, (args: readonly Argument[]) => boolean>> = {
  set: (args) => args.every((arg, at) => arg !== null && (SWITCHES.test(arg) || /^[-+][eux]*o$/.test(arg) || (OPTION.test(arg) && args[at - 1]?.endsWith("o") === true))), // prettier-ignore
  export: (args) => args.every((arg) => arg !== null && /^[A-Za-z_]\w*=/.test(arg)),
  // Some shells compute what a number is printed of.
  printf: ([format = "", ...args]) => format !== null && /^(?!-)(?:[^%]|%%|%s)*$/.test(format) && !args.includes(null),
  exit: isStatus,
  return: isStatus,
  break: isStatus,
  continue: isStatus,
  test: (args) =>
    args.every(
      (arg, at) => isOperand(arg) && (!COMPARES.test(arg ?? "") || [args[at - 1], args[at + 1]].every(isNumber)),
    ),
  source: (args) => args.length === 1,
  wait: (args) => args.length === 0,
  builtin: carried,
  command: (args) => (args[0] === "-v" ? !args.includes(null) : carried(args)),
};

/** Some shells compute it. null: `$?`. */
function isStatus([status = "", ...more]: readonly Argument[]): boolean {
  return more.length === 0 && (status === null || /^\d*$/.test(status));
}

const ALSO: Readonly<Record<string, string>> = { "[": "test", ".": "source" };
const formOf = (program: string): ((args: readonly Argument[]) => boolean) | undefined => {
  const name = ALSO[program] ?? program;
  return Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
};

/** For every program: of one that is no builtin it says nothing. `written`: its words as they stand there. */
export function isPlainBuiltin(program: string, args: readonly Argument[], written: readonly string[]): boolean {
  const form = formOf(program);
  // Its words are read once more, as operators, numbers, names: of a pattern nobody knows what it becomes (`[ ?v a* ]`).
  const finds = (text: string): boolean => /[*?[]/.test(text.replaceAll("$?", ""));
  if (form !== undefined && args.some((arg, at) => arg === null && finds(written[at] ?? ""))) return false;
  return !NEVER.has(program) && (form?.(args) ?? true);
}

function carried([name = "", ...args]: readonly Argument[]): boolean {
  return name !== null && !name.startsWith("-") && isPlainBuiltin(name, args, []);
}
