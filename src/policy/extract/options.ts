// Options of the programs that go by themselves on a person's machine. INVARIANT: an option that is not here, an abbreviation of one that is, or a
// file whose name could be one (`sort *` beside a file called `--compress-program=x`) is not known, and is asked about.

import { isPlainSed } from "./sed.ts";
import type { Argument } from "./words.ts";

interface Options {
  /** Letters, alone or in a cluster. */
  readonly flags: string;
  /** Letters after which a value stands: in the same word, or in the next. */
  readonly valued: string;
  /** Whole; a value stands behind an equals sign. */
  readonly long: ReadonlySet<string>;
  /** Long ones whose value is the next word: `find -name x`, `jq --arg a b`. */
  readonly next: Readonly<Record<string, number>>;
}

export const options = (flags: string, valued = "", long = "", next: Options["next"] = {}): Options => ({
  flags,
  valued,
  long: new Set(long.split(" ").map((each) => `--${each}`)),
  next,
});

const one = (names: string): Options["next"] => Object.fromEntries(names.split(" ").map((name) => [name, 1]));
const none = (names: string): Options["next"] => Object.fromEntries(names.split(" ").map((name) => [name, 0]));
const ANY = null;
const SUMS = options("bt", "", "tag");

/** null: nothing that it is given is an option which does anything. */
const PROGRAMS: Readonly<Record<string, Options | null>> = {
  echo: ANY,
  true: ANY,
  false: ANY,
  ":": ANY,
  test: ANY,
  "[": ANY,
  expr: ANY,
  printf: ANY,
  set: ANY,
  export: ANY,
  seq: options("w", "s"),
  date: options("uR", "dI", "utc iso-8601 rfc-3339 date"),
  sleep: options(""),
  basename: options("az", "s"),
  dirname: options("z"),
  pwd: options("LP"),
  type: options("atpP"),
  which: options("a"),
  uname: options("asnrvmpio"),
  nproc: options(""),
  id: options("ugnr"),
  whoami: options(""),
  exit: options(""),
  return: options(""),
  break: options(""),
  continue: options(""),
  wait: options(""),
  cat: options("AbeEnstTuv", "", "number number-nonblank show-all squeeze-blank"),
  head: options("qv0123456789", "nc", "lines bytes quiet"),
  tail: options("fFqv0123456789", "nc", "lines bytes quiet"),
  ls: options("aAbBcCdfFgGhHiklLmnopqQrRsStTuUvxX1", "w", "all almost-all color human-readable recursive reverse sort time directory group-directories-first"), // prettier-ignore
  tree: options("adfhlspCDF", "LIP", "noreport dirsfirst gitignore prune filelimit"),
  stat: options("Lt", "cf", "format printf"),
  file: options("bhiL", "", "brief mime mime-type mime-encoding"),
  wc: options("lwcmL", "", "lines words bytes chars"),
  sort: options("bcCdfghiMnrRsuVz", "kt", "numeric-sort reverse unique key field-separator version-sort check"),
  uniq: options("cdDiu", "fsw", "count repeated unique ignore-case"),
  cut: options("sn", "bcdf", "delimiter fields characters bytes output-delimiter only-delimited complement"),
  tr: options("cCdst"),
  diff: options("abBcdeEiNpqrstTuwyZ", "UCW", "brief unified color side-by-side recursive ignore-all-space ignore-space-change ignore-blank-lines suppress-common-lines width"), // prettier-ignore
  cmp: options("bls", "n"),
  comm: options("123"),
  paste: options("s", "d"),
  nl: options("p", "bdfhilnsvw"),
  od: options("abcdfiloxv", "AjNtw"),
  hexdump: options("bcCdovx", "nse"),
  md5sum: SUMS,
  sha1sum: SUMS,
  sha256sum: SUMS,
  sha512sum: SUMS,
  cksum: SUMS,
  base64: options("d", "w", "decode wrap"),
  fold: options("bs", "w"),
  fmt: options("cstu", "w"),
  column: options("tx", "s"),
  rev: options(""),
  tac: options(""),
  realpath: options("eLmPsqz"),
  readlink: options("efmn"),
  cp: options("afnprPRTuvdL", "", "recursive archive force no-clobber preserve verbose update"),
  mv: options("fnTuv", "", "force no-clobber verbose"),
  rm: options("dfrRv", "", "recursive force verbose"),
  rmdir: options("pv"),
  mkdir: options("pv", "m", "parents mode"),
  touch: options("acm", "d"),
  ln: options("fnsrTv", "", "symbolic force"),
  chmod: options("cRvrwxX", "", "recursive"),
  tee: options("a", "", "append"),
  truncate: options("c", "s", "size"),
  du: options("abchHkLmsSx", "dt", "max-depth summarize human-readable apparent-size total"),
  df: options("ahiklTP", "t"),
  cd: options("LP"),
  jq: options("acCeMnrsSjR", "", "raw-output compact-output slurp null-input exit-status sort-keys raw-input tab join-output", { "--arg": 2, "--argjson": 2, "--indent": 1 }), // prettier-ignore
  gofmt: options("dels"),
  rustfmt: options("v", "", "check"),
  shfmt: options("dlws", "i"),
  shellcheck: options("a", "efsS"),
  mktemp: options("duq"),
  find: options("", "", "", {
    ...one("-name -iname -path -ipath -wholename -type -maxdepth -mindepth -size -mtime -mmin -regex -iregex -regextype -newer"), // prettier-ignore
    ...none("-not -a -and -o -or -print -print0 -prune -empty -delete -exec -execdir -depth -quit"),
  }),
  fd: options("agiFspl01", "tedE", "type extension max-depth exclude glob"),
  grep: options("aEbcFGhHiIlLnoPqrRsvwxyzZ0123456789", "eABCm", "include exclude exclude-dir color colour line-number count ignore-case files-with-matches files-without-match only-matching recursive max-count context after-context before-context extended-regexp fixed-strings perl-regexp word-regexp invert-match quiet no-filename with-filename text"), // prettier-ignore
  rg: options("abcFHilLnNoPpqsSUvVwx0", "eABCmgtTMj", "type glob iglob files json stats heading no-heading line-number count ignore-case smart-case case-sensitive files-with-matches only-matching max-count max-depth context after-context before-context multiline pretty color fixed-strings pcre2 word-regexp invert-match sort type-list replace"), // prettier-ignore
  sed: options("nErsuzi", "el", "quiet silent regexp-extended expression", {}),
};

/** `written`: the words as they stand there, for those whose value does not. */
export function knownOptions(program: string, args: readonly Argument[], written: readonly string[]): boolean {
  const name = /^[ef]grep$/.test(program) ? "grep" : program;
  const known = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (known === undefined) return false;
  if (known === ANY) return true;
  return are(known, args, written) && (name !== "sed" || isPlainSed(args)) && (name !== "jq" || isPlainJq(args));
}

/** Whether each is one of these. */
export function are(
  { flags, valued, long, next }: Options,
  args: readonly Argument[],
  written: readonly string[],
): boolean {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? null;
    if (arg === "--") return true;
    // A pattern, or a number: the file that it finds is named as its first letter says.
    if (arg === null) {
      if (!/^[\w./$@]/.test(written[at] ?? "")) return false;
      continue;
    }
    if (!/^-./.test(arg)) continue;
    const takes = Object.hasOwn(next, arg) ? next[arg] : undefined;
    if (takes !== undefined) at += takes;
    else if (arg.startsWith("--")) {
      if (!long.has(arg.replace(/=.*$/s, ""))) return false;
    } else {
      const value = Array.from(arg.slice(1)).findIndex((letter) => !flags.includes(letter));
      if (value < 0) continue;
      if (!valued.includes(arg.charAt(value + 1))) {
        // `sed -i.bak`
        if (!/^-i\.\w+$/.test(arg) || !flags.includes("i")) return false;
      } else if (value + 2 === arg.length) at += 1;
    }
  }
  return true;
}

/** It reads other files, and the environment. */
const isPlainJq = (args: readonly Argument[]): boolean =>
  args.every((arg) => arg === null || !/\b(?:env|ENV|import|include|modulemeta|input_filename|get_search_list)\b|\$__/.test(arg)); // prettier-ignore
