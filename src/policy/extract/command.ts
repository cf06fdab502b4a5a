// Facts about a command line. INVARIANT: what cannot be told from its text is a hazard of its own, never harmless.

import type { Hazard } from "../hazards.ts";
import { LIMITS } from "../limits.ts";
import { assignmentHazards, skipHazards } from "./checks.ts";
import { mayBeCredential } from "./credential-names.ts";
import { FILLS, isPlainBuiltin, SETS } from "./builtins.ts";
import { readGit } from "./git.ts";
import { seeNative, seeRedirected, seeWrapped } from "./native.ts";
import { soughtAt } from "./native-programs.ts";
import type { Folder, Native } from "./native-paths.ts";
import { isPlain } from "./plain.ts";
import { isCredentialPath, isHook, movesGuard, touchesGuard } from "./paths.ts";
import { INTERPRETERS, kindOf, MAX_WORDS, MODIFIERS, programHazards, runsCode, SHELLS, WRAPPERS } from "./programs.ts";
import { findsHidden } from "./whole.ts";
import { takeApart, type Argument, type SimpleCommand } from "./words.ts";

export interface CommandRead {
  readonly hazards: readonly Hazard[];
  /** Kinds of programs, for the tenant's rules. */
  readonly shell: readonly string[];
}

/** `production`: names of the repository's protected branches; the usual ones are known. `folder`: it would run there, without a sandbox. */
export function readCommand(
  text: string,
  production: readonly string[] = [],
  folder: Folder | null = null,
): CommandRead {
  const hazards = new Set<Hazard>();
  const shell = new Set<string>(folder === null ? [] : ["native"]);
  readScript(text, {
    hazards,
    shell,
    production,
    native: folder === null ? null : { folder, words: shell, hazards, moved: [] },
    depth: 0,
    wrapped: false,
    written: new Set(),
    budget: { left: LIMITS.programs },
  });
  return { hazards: [...hazards].toSorted(), shell: [...shell].toSorted() };
}

interface Reading {
  readonly hazards: Set<Hazard>;
  readonly shell: Set<string>;
  readonly production: readonly string[];
  /** null: it runs in our sandbox. */
  readonly native: Native | null;
  readonly depth: number;
  /** Behind a wrapper, where it may be no command at all. */
  readonly wrapped: boolean;
  /** Files that the line itself writes: what they hold does not stand in the repository. */
  readonly written: Set<string>;
  /** Programs that may still be read: commands within commands within commands would take for ever. */
  readonly budget: { left: number };
}

const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|APIKEY|API_KEY|PRIVATE_KEY|ACCESS_KEY|SECRET_KEY|SIGNING_KEY|CREDENTIALS?|AUTH|PAT|DSN|DATABASE_URL|REDIS_URL|CONNECTION_STRING)(?:_|$)/i;
/** What a reader does not see, and a parser might: nothing on an honest command line needs it. */
const HIDDEN = /[\p{Cf}\u2028\u2029]|(?![\n\t])\p{Cc}/u;

function readScript(text: string, reading: Reading): void {
  const { hazards, depth } = reading;
  if (depth > LIMITS.depth || reading.budget.left <= 0 || text.length > LIMITS.command || HIDDEN.test(text)) {
    hazards.add("shell.unreadable");
    return;
  }
  const { commands, variables, writes, reads, broken, whole, beside } = takeApart(text);
  if (broken) hazards.add("shell.unreadable");
  if (!whole || (reading.native !== null && !isPlain(text))) reading.shell.add("unread");
  if (beside.some(mayBeCredential)) hazards.add("credentials.read");
  if (variables.some((name) => SECRET_NAME.test(name))) hazards.add("credentials.read");
  for (const file of [...writes, ...reads])
    if (file !== null && isCredentialPath(file)) hazards.add("credentials.read");
  for (const file of writes) {
    if (file === null) continue;
    if (touchesGuard(file)) hazards.add("checks.bypass");
    reading.written.add(fileOf(file));
  }
  for (const each of commands) readOne(each, reading);
  if (reading.native === null) return;
  seeRedirected("write", writes, reading.native);
  seeRedirected("read", reads, reading.native);
}

function readOne({ name, args, written, assignments, input }: SimpleCommand, reading: Reading): void {
  const { hazards } = reading;
  for (const each of assignments) for (const hazard of assignmentHazards(each)) hazards.add(hazard);
  for (const [i, text] of written.entries())
    if (args[i] === null && mayBeCredential(text)) hazards.add("credentials.read");
  if (name === "") return;
  if (name === null) hazards.add("shell.unreadable");
  else readProgram(name, args, input, reading, written);
}

/** `written`: its words as they stand there; none behind a wrapper. */
function readProgram(
  given: string,
  args: readonly Argument[],
  input: SimpleCommand["input"],
  reading: Reading,
  written: readonly string[] = [],
): void {
  const { hazards, shell, production, depth, wrapped } = reading;
  const program = programOf(given);
  if (program === null || reading.budget.left-- <= 0) {
    if (!wrapped || program !== null) hazards.add("shell.unreadable");
    return;
  }
  const known = args.filter((arg) => arg !== null);
  const add = (found: readonly Hazard[]): void => found.forEach((hazard) => hazards.add(hazard));
  const within = (script: string): void => readScript(script, { ...reading, depth: depth + 1, wrapped: false });
  // Of a package's program it may be the name of a test, and no command: what is known in it counts, and what is not does not.
  const guess = (script: string): void => {
    const seen = { shell: new Set<string>(), hazards: new Set<Hazard>() };
    readScript(script, { ...reading, ...seen, depth: depth + 1, wrapped: false });
    for (const word of seen.shell) if (word !== "unread") shell.add(word);
    for (const hazard of seen.hazards)
      if (hazard !== "shell.unreadable" || kindOf(program) !== "package") hazards.add(hazard);
  };
  if (!wrapped || kindOf(program) !== "other") shell.add(kindOf(program));
  if (reading.native !== null) (wrapped ? seeWrapped : seeNative)({ given, program, args, written }, reading.native);
  if (runsCode(program, known, input !== "none")) shell.add("code");
  if (!wrapped && !isPlainBuiltin(program, args, written)) shell.add("unread");
  add(programHazards(program, known));
  add(skipHazards(program, known));
  const sought = soughtAt(program, args, written);
  for (const [i, arg] of args.entries()) if (arg !== null && i !== sought) add(argumentHazards(program, arg));
  // Its pager, which is any program.
  if (program === "git" && known.includes("grep") && known.some((arg) => /^-[a-zA-Z]*O/.test(arg)))
    add(["shell.unreadable"]);
  if (runsWritten(program, given, known, reading.written)) hazards.add("shell.unreadable");
  // `read PATH`, `printf -v PS4`: as if it were written with an equals sign.
  if (FILLS.has(program)) for (const arg of known) add(assignmentHazards(arg));
  if (TESTS.has(program) && args.some((arg, at) => arg === "-v" && args[at + 1] === null)) add(["shell.unreadable"]);
  if (DECLARES.has(program) && known.some((arg) => /^-\w*n/.test(arg))) add(["shell.unreadable"]);
  if (SETS.has(program)) for (const arg of known) add(assignmentHazards(/^(\w+)\+?=/.exec(arg)?.[1] ?? ""));
  if (program === "git" || program.startsWith("git-")) {
    const { hazards: found, scripts } = readGit(program === "git" ? args : [program.slice(4), ...args], production);
    add(found);
    scripts.forEach(within);
  } else if (SHELLS.has(program)) readShell(args, input, reading, within);
  else if (program === "eval" || program === "trap") {
    if (known.length < args.length) hazards.add("shell.unreadable");
    within(program === "trap" ? (known.find((arg) => arg !== "--") ?? "") : known.join(" "));
  } else if (program === "source" || program === ".") {
    if (args[0] === null || args.length === 0 || input !== "none") hazards.add("shell.unreadable");
  } else if (WRAPPERS.has(program) && isAsked(program, args)) return;
  else if (WRAPPERS.has(program)) readWrapped(program, args, reading, guess);
  else if (RUNS_ITS_WORDS.has(program))
    for (const [i, arg] of args.entries()) {
      const text = written[i] ?? "";
      if (arg === null && program === "rm" && isPlainPattern(text)) add(argumentHazards(program, text));
      else if (arg === null) hazards.add("shell.unreadable");
    }
}

/** `echo ... > x; sh x` runs what it has just written. */
const runsWritten = (program: string, given: string, args: readonly string[], written: ReadonlySet<string>): boolean =>
  written.has(fileOf(given)) || (runsAFile(program) && args.some((arg) => written.has(fileOf(arg))));

const runsAFile = (program: string): boolean => SHELLS.has(program) || INTERPRETERS.has(program) || program === "source" || program === "." || program === "make" || program === "chmod"; // prettier-ignore
const fileOf = (path: string): string => path.replace(/^.*\//, "");

const TESTS = new Set(["test", "["]);
/** With `-n` a name stands for another one. */
const DECLARES = new Set(["declare", "typeset", "local"]);
/** What these are asked decides everything: words that are not known could be any of it. */
const RUNS_ITS_WORDS = new Set(["gh", "hub", "glab", "countersign", "rm", "export", "declare", "typeset"]);

/** `build/*`. */
const isPlainPattern = (text: string): boolean => /^[\w@*?./-]+$/.test(text) && !findsHidden(text);

/** The file's name alone, as it would be found; null where that is no plain name. */
function programOf(given: string): string | null {
  const name = given
    .normalize("NFKC")
    .replace(/^.*\//, "")
    .replace(/\.(?:exe|cmd|bat)$/i, "")
    .toLowerCase();
  return /^[\x21-\x7e]+$/.test(given) && /^[a-z0-9[_.:+@-]+$/.test(name) ? name : null;
}

function readShell(
  args: readonly Argument[],
  input: SimpleCommand["input"],
  { hazards }: Reading,
  within: (script: string) => void,
): void {
  const at = args.findIndex((arg) => arg !== null && /^-[a-z]*c[a-z]*$/i.test(arg));
  const file = args.find((arg) => arg === null || !/^[-+]/.test(arg));
  if (at >= 0) {
    const script = args.slice(at + 1).find((arg) => arg === null || !/^[-+]/.test(arg)) ?? null;
    if (script === null) hazards.add("shell.unreadable");
    else within(script);
    // Without a file it runs what it is given on its input, or waits for it.
  } else if (file === undefined || file === null || file === "-" || input !== "none" || args.includes("-s"))
    hazards.add("shell.unreadable");
}

/** It runs nothing: where a program is, or what is there. */
const isAsked = (program: string, args: readonly Argument[]): boolean =>
  (program === "command" && args[0] === "-v") ||
  (program === "find" && args.every((arg) => arg !== null && !/^-(?:exec|ok)/.test(arg)));

/** More of them than anybody writes by hand. */
const MAX_WRAPPED = 60;

/** Whatever stands behind a wrapper is read as if it were the command: its options need not be understood. */
function readWrapped(
  program: string,
  args: readonly Argument[],
  reading: Reading,
  guess: (script: string) => void,
): void {
  const { hazards, wrapped } = reading;
  if (program === "env" && args.every((arg) => arg !== null && /^-|=/.test(arg))) hazards.add("credentials.read");
  // What the one around it reads anyway.
  if (wrapped) return;
  if (args.length > MAX_WRAPPED || args.some((arg) => arg === null || /^(?:-S|--split-string)/.test(arg)))
    hazards.add("shell.unreadable");
  if (args.length > MAX_WRAPPED || args.join(" ").length > MAX_WORDS) return;
  for (const [i, arg] of args.entries()) {
    if (arg === null) continue;
    if (/\s/.test(arg)) guess(arg);
    for (const hazard of assignmentHazards(/^([A-Za-z_]\w*)=/.exec(arg)?.[1] ?? "")) hazards.add(hazard);
    if (/^-|^\d+$|^\.$|[\s=;{}%]/.test(arg) || arg === "") continue;
    const rest = args.slice(i + 1).filter((each) => each !== ";" && each !== "{}");
    // xargs and parallel add words that do not stand here.
    if ((program === "xargs" || program === "parallel") && CHANGES_BY_WORDS.test(arg)) hazards.add("shell.unreadable");
    readProgram(arg, rest, "none", { ...reading, wrapped: true });
  }
}

const CHANGES_BY_WORDS = /(?:^|\/)(?:git|gh|hub|glab|sh|bash|zsh|dash|env|sudo|eval|aws|gcloud|kubectl)$/;

/** Options of many programs that name another program. */
const RUNS_WHAT_IT_SAYS =
  /^--?(?:to-command|checkpoint-action|compress-program|use-compress-program|filter|rsh|info-script|new-volume-script|rsync-path|proxycommand|upload-pack|receive-pack|open-files-in-pager|extcmd|prompt-command)(?:=|$)|^ext::|^-oProxyCommand/i;
/** These evaluate a subscript that stands in quotes: `test -v 'a[$(...)]'`. */
const EVALUATES = new Set([
  "let",
  "declare",
  "typeset",
  "export",
  "local",
  "readonly",
  "unset",
  "test",
  "[",
  "printf",
  "read",
  "mapfile",
  "readarray",
  "wait",
]);
/** Its command `e`, behind any address, and the flag of `s`, whatever stands between its parts. */
const SED_RUNS = /(?:^|[^\w\s]|[\d\n])[gpiIMm\d]*\s*e[gpiIMmw\d]*(?:$|[\s;}\\])/;
const sedRuns = (arg: string): boolean => SED_RUNS.test(arg.replace(/^(?:-[nErsuz]*e|--expression=)/, ""));
/** Options of one program, in what it takes for them, that name another one. */
const RUNS_BY: Readonly<Record<string, RegExp>> = { rg: /^--(?:pre|hostname-bin)(?:=|$)/, sort: /^--comp/ };

/** What they are given goes elsewhere, with everything in it. */
const MOVES = new Set(["rm", "mv", "cp", "ln", "install", "chmod"]);

function argumentHazards(program: string, arg: string): readonly Hazard[] {
  const path = arg.replace(/^(?:-[a-zA-Z]+|--?[a-z-]+=|[a-z]+=|@)(?=[./~])/, "").replace(/^~\/|^\$HOME\//, "");
  return [
    // Also as git names a file of a commit: HEAD:.env
    ...((!TESTS.has(program) && [path, arg, ...arg.split(":").slice(1)].some(isCredentialPath)) ||
    (program === "git" && /[*?[]/.test(arg) && mayBeCredential(arg))
      ? (["credentials.read"] as const)
      : []),
    ...((MODIFIERS.has(program) && (touchesGuard(path) || isHook(arg))) ||
    (MOVES.has(program) && movesGuard(path)) ||
    (kindOf(program) !== "file" && isHook(arg))
      ? (["checks.bypass"] as const)
      : []),
    ...(RUNS_WHAT_IT_SAYS.test(arg) ||
    (EVALUATES.has(program) && /\$\(|`/.test(arg)) ||
    (program === "sed" && sedRuns(arg)) ||
    RUNS_BY[program]?.test(arg) === true
      ? (["shell.unreadable"] as const)
      : []),
    ...(program === "rm" && /(?:^|\/)\.git\/?$/.test(path) ? (["git.hard_reset"] as const) : []),
  ];
}
