// git on the agent's own machine: what only reads the clone, what reaches others, and what runs programs of the project. INVARIANT: an option, a
// setting or a command that is not here is asked about; so is git below the root, where it may find a repository that the agent has made.

import { parted, options } from "./options.ts";
import { place, type Native, type NativeWord } from "./native-paths.ts";
import { set } from "./programs.ts";
import type { Argument } from "./words.ts";

/** Programs of the project's own run with them: its hooks. */
const HOOKS = set("commit merge rebase cherry-pick revert am checkout switch restore stash branch tag reset mv rm");
const BRINGS = set("fetch pull clone ls-remote submodule lfs");
const GLOBALS = set("--no-pager -P --no-optional-locks");
export const isRemote = (arg: string): boolean => arg.startsWith("--remote");

const SHOWN = "stat shortstat numstat summary name-only name-status patch no-patch color color= no-color word-diff unified= ignore-all-space ignore-space-change find-renames diff-filter= minimal histogram patience relative raw"; // prettier-ignore
const FOUND = "oneline graph all author= committer= since= until= after= before= grep= format= pretty pretty= decorate decorate= reverse follow merges no-merges first-parent date= abbrev-commit max-count= skip= branches tags remotes left-right cherry-pick topo-order date-order pickaxe-regex full-history regexp-ignore-case"; // prettier-ignore
const LOG = options("pRswbMCiz", "nSG", `${SHOWN} ${FOUND}`, { counts: true });

const READS = new Map([
  ["status", options("sbvz", "", "short branch porcelain porcelain= untracked-files untracked-files= long verbose")],
  ["diff", options("pRswbMCz", "SG", `${SHOWN} cached staged check merge-base exit-code quiet`)],
  ["log", LOG],
  ["show", LOG],
  ["reflog", LOG],
  ["shortlog", options("sne", "", "summary numbered email all no-merges since= until= group=")],
  ["blame", options("wesltfMC", "L", "show-email date= since= porcelain")],
  ["rev-parse", options("q", "", "short short= verify abbrev-ref symbolic-full-name show-toplevel show-prefix git-dir is-inside-work-tree quiet")], // prettier-ignore
  ["rev-list", options("", "n", `count ${FOUND}`, { counts: true })],
  ["ls-files", options("cdmoskutvz", "", "cached deleted modified others stage exclude-standard full-name error-unmatch unmerged")], // prettier-ignore
  ["ls-tree", options("rdtlz", "", "name-only long full-name full-tree")],
  ["cat-file", options("tspe")],
  ["describe", options("", "", "tags always abbrev= long match= all exact-match")],
  ["merge-base", options("a", "", "is-ancestor fork-point all")],
  ["name-rev", options("", "", "name-only tags")],
  ["show-ref", options("qsd", "", "heads branches tags verify hash head")],
  ["for-each-ref", options("", "", "format= sort= count= contains= merged= no-merged= points-at=")],
  ["check-ignore", options("v", "", "verbose no-index")],
  ["count-objects", options("vH")],
  ["cherry", options("v")],
]);
const GREP = options("ailLnwEFGPHhcvpW", "eABC", "cached count line-number ignore-case name-only files-with-matches word-regexp extended-regexp fixed-strings perl-regexp only-matching show-function heading break"); // prettier-ignore
/** Without these they would change something; with a name, too. */
const LISTS = new Map([
  ["branch", options("avr", "", "list all remotes verbose show-current")],
  ["tag", options("l", "", "list")],
  ["remote", options("")],
]);
const ADD = options("uvn", "", "update verbose dry-run");
/** A revision, a path, or both; no pattern, and none of git's signs for one. */
const PLAIN = /^(?!:)[^*?[\\\p{Cc}]*$/u;

export function seeGit(args: readonly Argument[], written: readonly string[], native: Native): void {
  const word = (name: NativeWord): void => void native.words.add(name);
  let at = 0;
  for (; args[at]?.startsWith("-") === true; at++)
    if (/^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(args[at] ?? "")) at += 1;
  const asked = args[at] ?? "";
  const known = args.filter((arg) => arg !== null);
  if (asked === "push" || (asked === "archive" && known.some(isRemote))) word("native.network");
  else if (BRINGS.has(asked) || (asked === "remote" && /\b(?:update|show|prune)\b/.test(known.join(" "))))
    word("native.fetch");
  else if (
    !args.slice(0, at).every((arg) => GLOBALS.has(arg ?? "")) ||
    !reads(asked, args.slice(at + 1), written.slice(at + 1))
  )
    word(HOOKS.has(asked) ? "native.code" : "native.unknown");
  const { directory, root } = native.folder;
  if (directory === null || [directory, ...native.moved].some((each) => plain(each) !== plain(root ?? "")))
    word("native.unplaced");
  // All of what is there will be shown by the next diff; and of two places outside a repository this one shows all.
  const operands = args.slice(at + 1).filter((value) => value?.startsWith("-") !== true);
  if (asked === "add" || (asked === "diff" && operands.length > 1))
    for (const value of operands) place("search", { value, written: "$" }, native);
  const sought = asked === "grep" ? soughtIn(args.slice(at + 1), written.slice(at + 1)) : null;
  for (const [i, arg] of args.entries()) {
    if (arg !== null && ((arg === sought && i === args.indexOf(arg)) || SAYS.test(arg))) continue;
    const path = (arg ?? written[i] ?? "$").replace(/^-[^=]*=/, "");
    // A revision is no file; what leads out says so by how it begins, or by `..` between slashes.
    const before = args[i - 1] ?? "";
    if ((i <= at ? /^-c$/ : MESSAGES.has(asked) ? /^-(?:m|am|-message)$/ : (VALUED.get(asked) ?? /(?!)/)).test(before))
      continue;
    if (/^(?:-C|--git-dir|--work-tree)$/.test(before) || /^[/~]|^\.\.(?:\/|$)|\/\.\.(?:\/|$)/.test(path))
      place("read", { value: path, written: path }, native);
  }
}

/** By its name no folder, of which everything would be added, keys that nobody has named, too. */
const FILE = /(?:^|\/)(?:[^/]+\.[^/.]+|Dockerfile|Makefile|LICENSE|Gemfile|Procfile)$/;
const MESSAGES = set("commit merge tag stash notes revert cherry-pick");
const SEEKS = /^-[SG]$/;
const VALUED = new Map([
  ["diff", SEEKS],
  ["log", SEEKS],
  ["show", SEEKS],
  ["reflog", SEEKS],
  ["blame", /^-L$/],
]);
/** Their values are looked for, or are forms: no places. */
const SAYS = /^--(?:grep|author|committer|format|pretty|since|until|after|before|date)=/;
function soughtIn(args: readonly Argument[], written: readonly string[]): Argument {
  const parts = parted(GREP, args, written);
  return parts === null || parts.values.has("e") ? null : (parts.operands[0]?.value ?? null);
}

const plain = (folder: string): string => `${folder}/`.replaceAll(/\/+/g, "/");

/** It changes nothing but what will be committed, of files that are named. */
function reads(asked: string, args: readonly Argument[], written: readonly string[]): boolean {
  const known = READS.get(asked) ?? LISTS.get(asked) ?? (asked === "add" ? ADD : asked === "grep" ? GREP : undefined);
  const parts = known === undefined ? null : parted(known, args, written);
  if (parts === null) return false;
  const { operands, values, has } = parts;
  // Whoever shows signatures has them checked by another program.
  if (args.some((arg) => /%[-+ ]?G|\(\*?signature|--sort=.*signature/.test(arg ?? ""))) return false;
  if (LISTS.has(asked)) return operands.length === 0;
  // Some of its commands change what it keeps.
  if (asked === "reflog") return operands.length === 0 || operands[0]?.value === "show";
  // A file that is called as an option is: behind `--`, where everything is a file.
  if (operands.some(({ value }) => value === null || value.startsWith("-"))) return false;
  const files = asked === "grep" && !values.has("e") ? operands.slice(1) : operands;
  if (!files.every(({ value }) => value !== null && PLAIN.test(value) && !/\/\.?$/.test(value))) return false;
  // All that is there may be what an emptied .gitignore left.
  if (asked !== "add") return true;
  return files.length > 0 ? files.every(({ value }) => FILE.test(value ?? "")) : has.has("u") || has.has("--update");
}
