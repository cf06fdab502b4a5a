// Options of git that go by themselves on a person's machine. INVARIANT: as for other programs, what is not here is asked about; and so is what runs
// the project's hooks (commit, merge, rebase, switch), or reads the settings of another place.

import { are, options } from "./options.ts";
import type { Argument } from "./words.ts";

const one = (names: string): Readonly<Record<string, number>> =>
  Object.fromEntries(names.split(" ").map((name) => [name, 1]));

const SHOWN = "stat shortstat numstat summary name-only name-status patch no-patch color no-color word-diff unified ignore-all-space ignore-space-change find-renames diff-filter minimal histogram patience relative raw"; // prettier-ignore
const FOUND = "oneline graph all author committer since until after before grep format pretty decorate reverse follow merges no-merges first-parent date abbrev-commit abbrev max-count skip branches tags remotes left-right cherry-pick topo-order date-order pickaxe-regex full-history regexp-ignore-case"; // prettier-ignore
const LOG = options("0123456789pRswbMCiz", "nSGLU", `${SHOWN} ${FOUND}`, one("--author --since --until --grep --date --format --pretty")); // prettier-ignore

const SUBCOMMANDS = {
  status: options("sbvz", "u", "short branch porcelain untracked-files ignored long verbose"),
  diff: options("pRswbMCz", "USG", `${SHOWN} cached staged check merge-base exit-code quiet`),
  "diff-tree": options("prsz", "", "name-only name-status stat no-commit-id"),
  "range-diff": options("s"),
  log: LOG,
  show: LOG,
  whatchanged: LOG,
  reflog: LOG,
  shortlog: options("sneC", "", "summary numbered email all no-merges since until group"),
  blame: options("wesltfMC", "L", "show-email date since porcelain"),
  annotate: options("w", "L"),
  add: options("Aunv", "", "all update dry-run verbose intent-to-add"),
  mv: options("nv"),
  rm: options("rnq", "", "cached dry-run quiet"),
  restore: options("SWq", "s", "staged worktree source quiet"),
  stash: options("upqkv", "m", "include-untracked keep-index message patch stat", one("--message")),
  "rev-parse": options("q", "", "short verify abbrev-ref symbolic-full-name show-toplevel show-prefix show-cdup git-dir is-inside-work-tree is-shallow-repository quiet"), // prettier-ignore
  "ls-files": options("cdmoskutvz", "x", "cached deleted modified others stage exclude-standard exclude full-name error-unmatch unmerged"), // prettier-ignore
  "ls-tree": options("rdtlz", "", "name-only long full-name full-tree"),
  "cat-file": options("tspe"),
  grep: options("ailLnwEFGPHhcIvpWo0123456789", "eABC", "cached count line-number ignore-case name-only files-with-matches word-regexp extended-regexp fixed-strings perl-regexp only-matching show-function heading break column untracked max-depth and or not"), // prettier-ignore
  describe: options("", "", "tags always abbrev dirty long match all exact-match"),
  "merge-base": options("a", "", "is-ancestor fork-point all"),
  "merge-tree": options(""),
  "name-rev": options("", "", "name-only tags"),
  "rev-list": options("0123456789", "n", `count ${FOUND}`),
  "show-ref": options("qsd", "", "heads branches tags verify hash head"),
  "show-branch": options("a"),
  "for-each-ref": options(
    "",
    "",
    "format sort count contains merged no-merged points-at",
    one("--format --sort --count"),
  ),
  branch: options("avrq", "", "list all remotes verbose show-current contains merged no-merged sort format points-at no-track"), // prettier-ignore
  tag: options("lan", "m", "list contains merged points-at sort format"),
  "check-ignore": options("v", "", "verbose no-index"),
  "count-objects": options("vH"),
  remote: options("v", "", "verbose"),
  version: options(""),
  help: options("a"),
} as const;

const known = (name: string): name is keyof typeof SUBCOMMANDS => Object.hasOwn(SUBCOMMANDS, name);
const PLAIN_GLOBALS = new Set(["--no-pager", "-P", "--no-optional-locks", "--literal-pathspecs"]);

/** `git` without its name. */
export function knownToGit(args: readonly Argument[], written: readonly string[]): boolean {
  const at = args.findIndex((arg) => arg === null || !PLAIN_GLOBALS.has(arg));
  const asked = args[at] ?? null;
  if (at < 0 || asked === null) return false;
  const rest = args.slice(at + 1);
  if (asked === "config") return isReading(rest);
  if (asked === "remote" && rest.some((arg) => arg !== "-v" && arg !== "--verbose" && rest[0] !== "get-url"))
    return false;
  return known(asked) && are(SUBCOMMANDS[asked], rest, written.slice(at + 1));
}

/** How it begins decides: `git config KEY VALUE get` writes. */
export function isReading(args: readonly Argument[]): boolean {
  const from = args.findIndex((arg) => arg === null || !/^--(?:global|system|local|worktree|show-origin|show-scope)$/.test(arg)); // prettier-ignore
  const [how = null, ...rest] = from < 0 ? [] : args.slice(from);
  if (how === "--list" || how === "-l" || how === "list")
    return rest.every((arg) => arg?.startsWith("--show-") === true);
  if (how === "--get-regexp") return rest.length === 1 && rest[0] !== null;
  return (
    (how === "get" || how === "--get" || how === "--get-all") &&
    rest.length === 1 &&
    rest[0] !== null &&
    /^[\w.-]+$/.test(rest[0] ?? "") &&
    !rest[0]?.startsWith("-")
  );
}
