// Programs that go by themselves on a person's machine, and what each does with its words. INVARIANT: what is not on this list is asked about. None
// of them runs another program, opens a file that its words do not name, or goes to the network, with the options that are here.

import { isNamed, parted, options, type Operand, type Options, type Parted } from "./options.ts";
import { isPlainSed } from "./sed.ts";
import type { Argument } from "./words.ts";

/** What becomes of a word. */
export type Touch =
  | "read"
  | "list" // its name, and names below it
  | "search" // everything below it
  | "make" // a folder
  | "write"
  | "move" // with everything below it
  | "receive" // what is moved
  | "remove"
  | "enter";

export type Reach = readonly { readonly touch: Touch; readonly operand: Operand }[];

type Reads = (parts: Parted) => Reach | null;
interface Program {
  readonly options: Options;
  /** null: not in this form. */
  readonly reach: Reads;
}

const all =
  (touch: Touch): Reads =>
  ({ operands }) =>
    operands.map((operand) => ({ touch, operand }));
/** Without a place it begins where it stands. */
const names: Reads = (parts) => all("list")(parts.operands.length > 0 ? parts : { ...parts, operands: [HERE] });
const HERE: Operand = { value: ".", written: "." };
const nothing: Reads = () => [];
const one =
  (touch: Touch): Reads =>
  (parts) =>
    // Into a second one it writes.
    parts.operands.length > 1 || parts.late || parts.operands[0]?.value === null ? null : all(touch)(parts);
/** Words that are no files. */
const words =
  (shape: RegExp): Reads =>
  ({ operands }) =>
    operands.every(({ value }) => value !== null && shape.test(value)) ? [] : null;
/** The first word is what is looked for, unless an option says it. */
const sought =
  (touch: (parts: Parted) => Touch): Reads =>
  (parts) => {
    const { operands, values } = parts;
    const files = values.has("e") ? operands : operands.slice(1);
    if (touch(parts) === "search" && files.length === 0) return null;
    return files.map((operand) => ({ touch: touch(parts), operand }));
  };
/** A folder stands for the file of the other's name in it, or for all of its files. */
const compared: Reads = ({ operands }) => {
  if (operands.length !== 2) return null;
  return operands.flatMap((operand) => {
    const names = operands.map(({ value }) => value?.replace(/\/+$/, "").replace(/^.*\//, "") ?? "*");
    const within = names.map((name) => `${operand.value ?? operand.written}/${name}`);
    return [
      { touch: "search", operand },
      ...within.map((path): Reach[number] => ({ touch: "read", operand: { value: path, written: path } })),
    ];
  });
};
const moving: Reads = ({ operands }) =>
  operands.map((operand, at) => ({ touch: at === operands.length - 1 ? "receive" : "move", operand }));
const program = (known: Options, reach: Reads): Program => ({ options: known, reach });
const none = options("");
const SUMS = program(options("bt", "", "tag"), all("read"));
const isRecursive = ({ has }: Parted): boolean => has.has("r") || has.has("R") || has.has("--recursive");
/**
 * Not `-C 1`: to some its number stands in the same word, and the next one is looked for. Not `-2`, `-y`, `-z`, `-Z`: where ugrep goes by this name,
 * as in the shell of Claude Code, they are a depth to search to, and other things.
 */
const GREP = program(
  options("abcEFGhHiIlLnoPqrRsvwx", "eABm", "include= exclude= exclude-dir= color color= colour line-number count ignore-case files-with-matches files-without-match only-matching recursive max-count= context= after-context= before-context= extended-regexp fixed-strings perl-regexp word-regexp invert-match quiet no-filename with-filename text"), // prettier-ignore
  sought((parts) => (isRecursive(parts) ? "search" : "read")),
);
/** Of other names a shell may show what the person has made of them: the text of a function or an alias. */
const USUAL =
  /^(?:node|npm|npx|pnpm|yarn|bun|deno|tsc|git|python3?|pip3?|uv|poetry|ruby|bundle|go|cargo|rustc|java|mvn|gradle|php|composer|dotnet|docker|make|cmake|gcc|clang|bash|sh|zsh|dash|fish|rg|fd|jq|tree|sed|awk|curl|psql|mysql|sqlite3|gh|code)$/;
const EXIT = program(none, words(/^\d+$/));

const PROGRAMS: Readonly<Record<string, Program>> = {
  true: program(none, nothing),
  false: program(none, nothing),
  ":": program(none, nothing),
  pwd: program(options("LP"), words(/(?!)/)),
  whoami: program(none, words(/(?!)/)),
  nproc: program(none, words(/(?!)/)),
  uname: program(options("asnrvmpio"), words(/(?!)/)),
  id: program(options("ugnr"), words(/(?!)/)),
  date: program(options("uR", "", "utc iso-8601 iso-8601= rfc-3339="), words(/^\+/)),
  seq: program(options("w"), words(/^\d+$/)),
  sleep: program(none, words(/^\d+(?:\.\d+)?s?$/)),
  basename: program(options("az", "s"), nothing),
  dirname: program(options("z"), nothing),
  which: program(options("a"), words(USUAL)),
  exit: EXIT,
  return: EXIT,
  break: EXIT,
  continue: EXIT,
  wait: EXIT,
  cat: program(options("AbeEnstTuv", "", "number number-nonblank show-all squeeze-blank"), all("read")),
  head: program(options("qv", "nc", "lines= bytes= quiet", { counts: true }), all("read")),
  tail: program(options("fFqv", "nc", "lines= bytes= quiet follow", { counts: true }), all("read")),
  wc: program(options("lwcmL", "", "lines words bytes chars"), all("read")),
  sort: program(options("bcCdfghiMnrRsuVz", "kt", "numeric-sort reverse unique key= field-separator= version-sort check"), all("read")), // prettier-ignore
  uniq: program(options("cdDiu", "fsw", "count repeated unique ignore-case"), one("read")), // prettier-ignore
  cut: program(options("sn", "bcdf", "delimiter= fields= characters= bytes= output-delimiter= only-delimited complement"), all("read")), // prettier-ignore
  tr: program(options("cCdst"), nothing),
  nl: program(options("p", "bdfhilnsvw"), all("read")),
  od: program(options("abcdfiloxv", "AjNt"), all("read")),
  hexdump: program(options("bcCdovx", "ns"), all("read")),
  base64: program(options("d", "w", "decode wrap="), all("read")),
  fold: program(options("bs", "w"), all("read")),
  column: program(options("tx", "s"), all("read")),
  rev: program(none, all("read")),
  tac: program(none, all("read")),
  paste: program(options("s", "d"), all("read")),
  comm: program(options("123"), all("read")),
  cmp: program(options("bls", "n"), all("read")),
  diff: program(options("abBcdeEipqstTuwyZ", "UCW", "brief unified unified= color color= side-by-side ignore-all-space ignore-space-change ignore-blank-lines suppress-common-lines width="), compared), // prettier-ignore
  md5sum: SUMS,
  sha1sum: SUMS,
  sha256sum: SUMS,
  sha512sum: SUMS,
  cksum: SUMS,
  stat: program(options("Lt", "c", "format= printf="), all("list")),
  file: program(options("bhiL", "", "brief mime mime-type mime-encoding"), all("list")),
  ls: program(options("aAbBcCdfFgGhHiklLmnopqQrRsStTuUvxX1", "", "all almost-all color color= human-readable recursive reverse sort= time= directory group-directories-first"), names), // prettier-ignore
  du: program(options("abchHkLmsSx", "dt", "max-depth= summarize human-readable apparent-size total"), names),
  realpath: program(options("eLmPsqz"), all("list")),
  readlink: program(options("efmn"), all("list")),
  grep: GREP,
  egrep: GREP,
  fgrep: GREP,
  // Which files it leaves out, files of the project say: so it is given a folder, as grep is.
  rg: program(options("abcFHilLnNoPpqsSUvVwx", "eABCmtTMj", "type= type-not= files-with-matches files-without-match json stats heading no-heading line-number count ignore-case smart-case case-sensitive only-matching max-count= max-depth= context= after-context= before-context= multiline pretty color= fixed-strings pcre2 word-regexp invert-match sort= type-list"), sought(() => "search")), // prettier-ignore
  // Names, of which it may be told to leave some out.
  "rg --files": program(options("u", "g", "files hidden no-ignore glob= sort="), names),
  // Not in place: what stands behind -i is a file to some, to others an ending.
  sed: program(options("nErsuz", "e", "quiet silent regexp-extended"), (parts) => {
    const scripts = parts.values.get("e") ?? [parts.operands[0]?.value ?? null];
    return scripts.every(isPlainSed) ? sought(() => "read")(parts) : null;
  }),
  jq: program(options("acCeMnrsSjR", "", "raw-output compact-output slurp null-input exit-status sort-keys raw-input tab join-output"), ({ operands: [filter, ...files] }) => // prettier-ignore
    filter === undefined || filter.value === null || JQ_READS.test(filter.value) ? null : files.map((operand) => ({ touch: "read", operand }))), // prettier-ignore
  touch: program(options("acm"), all("write")),
  mkdir: program(options("pv", "", "parents"), all("make")),
  rmdir: program(options("pv"), all("remove")),
  tee: program(options("a", "", "append"), all("write")),
  cp: program(options("afnprRuv", "", "recursive archive force no-clobber preserve verbose update"), moving),
  mv: program(options("fnuv", "", "force no-clobber verbose"), moving),
  rm: program(options("dfrRv", "", "recursive force verbose"), all("remove")),
};

/** It reads other files, and the environment. */
const JQ_READS = /(?<!\.)\b(?:env|ENV|import|include|modulemeta|input_filename|get_search_list)\b|\$__/;

type Words = readonly Argument[];
/** Of a program whose words are not options and what is left. */
type Form = (args: Words, written: readonly string[]) => Reach | null;

const listed = (args: Words, written: readonly string[]): Reach =>
  args.map((value, at) => ({ touch: "list", operand: { value, written: written[at] ?? "" } }));

const FOUND = new Set(["-name", "-iname", "-path", "-ipath", "-type", "-maxdepth", "-mindepth", "-size", "-mtime", "-mmin", "-regex", "-iregex", "-regextype"]); // prettier-ignore
const SAYS = new Set(["-not", "-a", "-and", "-o", "-or", "-print", "-print0", "-prune", "-empty", "-depth", "-quit", "!", "(", ")"]); // prettier-ignore

/** Where it begins; what it would do about what it finds is printed, or asked about. */
const find: Form = (args, written) => {
  const first = args.findIndex((arg) => arg !== null && /^[-!(]/.test(arg));
  const end = first < 0 ? args.length : first;
  for (let at = end; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (FOUND.has(arg) && typeof args[at + 1] === "string") at += 1;
    else if (!SAYS.has(arg)) return null;
  }
  const places = listed(end === 0 ? ["."] : args.slice(0, end), written);
  return places.every(({ operand }) => isNamed(operand)) ? places : null;
};

/** One place, and nothing behind it: some shells put that into the name of where they stand. */
const cd: Form = (args, written) => {
  const at = args[0] === "-P" || args[0] === "-L" ? 1 : 0;
  const operand = { value: args[at] ?? null, written: written[at] ?? "" };
  return args.length === at + 1 ? [{ touch: "enter", operand }] : null;
};

/** `test -f a`: whether one thing is there. */
const test: Form = ([is, path, ...more], written) =>
  more.length === 0 && typeof path === "string" && /^-[defrswx]$/.test(is ?? "")
    ? listed([path], written.slice(1))
    : null;

/** Its depth in words of its own: behind a letter with a value the others of its cluster are options, one of which writes. */
const tree: Form = (args, written) => {
  const at = args.indexOf("-L");
  const depth = at >= 0 && /^\d+$/.test(args[at + 1] ?? "") ? 2 : 0;
  const parts = parted(TREE, args.toSpliced(at, depth), written.toSpliced(at, depth));
  return parts === null ? null : names(parts);
};
const TREE = options("adfhlspCDF", "", "noreport dirsfirst prune");

/** In some shells the other ones print variables. */
const SETS = new Set(["-e", "-eu", "-euo pipefail", "-o pipefail"]);

const FORMS: Readonly<Record<string, Form>> = {
  find,
  cd,
  test,
  "[": (args, written) => (args.at(-1) === "]" ? test(args.slice(0, -1), written) : null),
  tree,
  // A pattern names what is there.
  echo: (args, written) => listed(args, written).filter(({ operand }) => operand.value === null),
  // builtins.ts
  printf: () => [],
  set: (args) => (SETS.has(args.join(" ")) ? [] : null),
  command: (args) => (args[0] === "-v" && args.slice(1).every((arg) => USUAL.test(arg ?? "/")) ? [] : null),
  grep: (args, written) => searched("grep", args, written),
  egrep: (args, written) => searched("egrep", args, written),
  fgrep: (args, written) => searched("fgrep", args, written),
  // It shows names, whatever the options are.
  ls: (args, written) => apart("ls", args, written.map((each) => each.replace(/^[*?]/, "./$&"))), // prettier-ignore
  rg: (args, written) => {
    const end = args.indexOf("--");
    return apart(args.slice(0, end < 0 ? undefined : end).includes("--files") ? "rg --files" : "rg", args, written);
  },
};

const partsOf = (name: string, args: Words, written: readonly string[]): Parted | null =>
  Object.hasOwn(PROGRAMS, name) ? parted(PROGRAMS[name]?.options ?? none, args, written) : null;

/** INVARIANT: each pattern is a place. */
function apart(name: string, args: Words, written: readonly string[]): Reach | null {
  const parts = partsOf(name, args, written);
  const reach = parts === null ? null : (PROGRAMS[name]?.reach(parts) ?? null);
  if (reach === null || parts === null) return null;
  const placed = reach.filter(({ operand }) => operand.value === null).length;
  return placed < parts.operands.filter(({ value }) => value === null).length ? null : reach;
}

/** A slash among the names to look into has ugrep look into folders, too. */
const searched = (name: string, args: Words, written: readonly string[]): Reach | null =>
  args.some((arg) => arg !== null && /^--(?:in|ex)clude.*\//s.test(arg)) ? null : apart(name, args, written);

/** What the program reaches; null: it is not known, or not in this form. `name`: as it is written, of a folder of the system or of none. */
export function reachOf(name: string, args: Words, written: readonly string[]): Reach | null {
  const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
  return form === undefined ? apart(name, args, written) : form(args, written);
}

export const isListed = (name: string): boolean => Object.hasOwn(FORMS, name) || Object.hasOwn(PROGRAMS, name);

const SEEKS = new Set(["grep", "egrep", "fgrep", "rg", "jq"]);

/** Which word is looked for, or is a filter, and no file. -1: none, or nobody knows. */
export function soughtAt(name: string, args: Words, written: readonly string[]): number {
  const parts = SEEKS.has(name) && !args.includes("--files") ? partsOf(name, args, written) : null;
  const [first] = parts?.operands ?? [];
  return first === undefined || first.value === null || parts?.values.has("e") === true
    ? -1
    : args.indexOf(first.value);
}
