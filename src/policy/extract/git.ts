// What a git command line would do, read as git reads it: global options, abbreviated long options, clusters of short ones, refspecs.

import type { Hazard } from "../hazards.ts";
import { messageHazards } from "./checks.ts";
import { movesGuard } from "./paths.ts";
import type { Argument } from "./words.ts";

export interface GitRead {
  readonly hazards: readonly Hazard[];
  /** Command lines that git would run itself. */
  readonly scripts: readonly string[];
}

/** `git` without its name. `production`: names of protected branches beside the usual ones. */
export function readGit(args: readonly Argument[], production: readonly string[]): GitRead {
  const found: Hazard[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? null;
    if (arg === null) return read(["shell.unreadable"]);
    if (!arg.startsWith("-")) break;
    const [name, inline] = split(arg);
    if (name === "-c" || name === "--config-env") found.push(...settingHazards(inline ?? args[++at] ?? null));
    else if (/^-c./.test(arg)) found.push(...settingHazards(arg.slice(2)));
    else if (name === "--exec-path" && inline !== undefined) found.push("shell.unreadable");
    else if (WITH_VALUE.has(name) && inline === undefined) at++;
  }
  const subcommand = args[at] ?? "";
  if (subcommand === null) return read(["shell.unreadable"]);
  const rest = args.slice(at + 1);
  const inner = of(subcommand, rest, production);
  return { hazards: [...found, ...inner.hazards], scripts: inner.scripts };
}

const WITH_VALUE = new Set(["-C", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--attr-source"]);
const read = (hazards: readonly Hazard[], scripts: readonly string[] = []): GitRead => ({ hazards, scripts });
const split = (arg: string): readonly [string, string | undefined] => {
  const equals = arg.indexOf("=");
  return arg.startsWith("--") && equals > 0 ? [arg.slice(0, equals), arg.slice(equals + 1)] : [arg, undefined];
};

/** Settings that change nothing about what is run, pushed or checked. */
const HARMLESS =
  /^(?:user\.(?:name|email)|color\.|advice\.|core\.(?:quotepath|autocrlf|eol|abbrev)|init\.defaultbranch|safe\.directory|protocol\.version|commit\.gpgsign|diff\.(?:algorithm|renames|renamelimit|context|interhunkcontext|colormoved|mnemonicprefix|noprefix|submodule|wserrorhighlight|wordregex)(?:=|$)|log\.|pull\.(?:rebase|ff)|merge\.conflictstyle)/;

function settingHazards(setting: Argument): readonly Hazard[] {
  const key = setting?.toLowerCase() ?? "";
  if (HARMLESS.test(key)) return [];
  if (key.startsWith("core.hookspath")) return ["checks.bypass"];
  if (key.startsWith("credential.")) return ["credentials.rotate"];
  if (/^(?:remote\.|push\.|branch\.|url\.|receive\.)/.test(key)) return ["git.force_push"];
  // Aliases, pagers, editors, filters: they run programs.
  return ["shell.unreadable"];
}

/** Those whose every argument has to be known: one of them could be the dangerous one. */
const CAREFUL = new Set(["push", "reset", "checkout", "switch", "restore", "clean", "branch", "tag", "commit", "merge", "rebase", "am", "config", "update-ref", "symbolic-ref", "stash", "reflog", "gc", "worktree", "remote", "submodule", "pull", "fetch"]); // prettier-ignore
const QUIET = new Set(["add", "annotate", "apply", "archive", "bisect", "blame", "cat-file", "check-attr", "check-ignore", "cherry", "cherry-pick", "clone", "commit-tree", "count-objects", "describe", "diff", "diff-files", "diff-index", "diff-tree", "for-each-ref", "format-patch", "fsck", "grep", "hash-object", "help", "init", "lfs", "log", "ls-files", "ls-remote", "ls-tree", "merge-base", "merge-file", "merge-tree", "mv", "name-rev", "notes", "range-diff", "read-tree", "request-pull", "rerere", "rev-list", "rev-parse", "revert", "rm", "shortlog", "show", "show-branch", "show-ref", "sparse-checkout", "status", "stripspace", "var", "verify-commit", "verify-tag", "version", "whatchanged", "write-tree", ""]); // prettier-ignore
const ALWAYS: Readonly<Record<string, Hazard>> = {
  "send-pack": "git.force_push",
  "http-push": "git.force_push",
  "receive-pack": "git.force_push",
  "fast-import": "git.force_push",
  "filter-branch": "git.force_push",
  "filter-repo": "git.force_push",
  replace: "git.force_push",
  prune: "git.hard_reset",
  subtree: "git.push_production",
  "send-email": "mail.unsolicited",
  "imap-send": "mail.unsolicited",
  credential: "credentials.read",
  "credential-store": "credentials.read",
  "credential-cache": "credentials.read",
};

function of(subcommand: string, args: readonly Argument[], production: readonly string[]): GitRead {
  const always = ALWAYS[subcommand];
  if (always !== undefined) return read([always]);
  const careful = CAREFUL.has(subcommand);
  // An alias, or a program called git-something: what it does stands elsewhere.
  if (!careful && !QUIET.has(subcommand)) return read(["shell.unreadable"]);
  const known = args.filter((arg) => arg !== null);
  const open = args.some((arg, i) => arg === null && !MESSAGE.has(args[i - 1] ?? ""));
  const scripts = scriptsOf(subcommand, known);
  // What a clone is set up with runs from then on.
  if (
    /^(?:clone|init)$/.test(subcommand) &&
    known.some((arg) => /^(?:-c|--config|--template|-u|--upload-pack)/.test(arg))
  )
    return read(["shell.unreadable"]);
  const hazards: Hazard[] = [
    ...(careful && open ? (["shell.unreadable"] as const) : []),
    ...optionHazards(subcommand, known),
  ];
  if (subcommand === "push") hazards.push(...pushHazards(known, production));
  if (subcommand === "config") hazards.push(...configHazards(known));
  if (
    CHANGES_FILES.has(subcommand) &&
    known.some((arg) => arg !== "HEAD" && movesGuard(arg.replace(/^--directory=/, "")))
  )
    hazards.push("checks.bypass");
  if (subcommand === "commit" || subcommand === "merge") hazards.push(...known.flatMap(messageHazards));
  return read(hazards, scripts);
}

const CHANGES_FILES = new Set(["rm", "mv", "restore", "checkout", "apply"]);
const MESSAGE = new Set(["-m", "--message", "-F", "--file", "-am"]);

interface Danger {
  /** Abbreviated too, as git takes them. */
  readonly long: readonly string[];
  /** Letters, alone or in a cluster. */
  readonly short: string;
  readonly words?: readonly string[];
  readonly hazard: Hazard;
}

const NO_VERIFY: Danger = { long: ["--no-verify"], short: "", hazard: "checks.bypass" };
const DANGERS: Readonly<Record<string, readonly Danger[]>> = {
  push: [
    { long: ["--force", "--force-with-lease", "--mirror"], short: "f", hazard: "git.force_push" },
    { long: ["--delete", "--prune"], short: "d", hazard: "git.branch_delete" },
    { long: ["--all", "--branches", "--tags"], short: "", hazard: "git.push_production" },
    { long: ["--receive-pack", "--exec"], short: "", hazard: "shell.unreadable" },
    NO_VERIFY,
  ],
  reset: [{ long: ["--hard", "--merge", "--keep"], short: "", hazard: "git.hard_reset" }],
  checkout: [{ long: ["--force"], short: "f", words: [".", "./", ":/", ":(top)", "*"], hazard: "git.hard_reset" }],
  switch: [{ long: ["--force", "--discard-changes"], short: "f", hazard: "git.hard_reset" }],
  restore: [{ long: [], short: "", words: [".", "./", ":/", ":(top)", "*"], hazard: "git.hard_reset" }],
  clean: [{ long: ["--force"], short: "f", hazard: "git.hard_reset" }],
  stash: [{ long: [], short: "", words: ["drop", "clear"], hazard: "git.hard_reset" }],
  reflog: [{ long: [], short: "", words: ["expire", "delete"], hazard: "git.hard_reset" }],
  gc: [{ long: ["--prune"], short: "", hazard: "git.hard_reset" }],
  worktree: [{ long: ["--force"], short: "f", hazard: "git.hard_reset" }],
  branch: [
    { long: ["--delete", "--move"], short: "dDmM", hazard: "git.branch_delete" },
    { long: ["--force"], short: "fC", hazard: "git.hard_reset" },
  ],
  tag: [{ long: ["--delete"], short: "d", hazard: "git.branch_delete" }],
  "update-ref": [
    { long: ["--stdin"], short: "d", hazard: "git.branch_delete" },
    { long: [], short: "", words: [], hazard: "git.hard_reset" },
  ],
  "symbolic-ref": [{ long: ["--delete"], short: "d", hazard: "git.branch_delete" }],
  remote: [{ long: [], short: "", words: ["set-url", "add"], hazard: "git.push_production" }],
  commit: [NO_VERIFY, { long: [], short: "n", hazard: "checks.bypass" }],
  am: [NO_VERIFY, { long: [], short: "n", hazard: "checks.bypass" }],
  merge: [NO_VERIFY],
  rebase: [NO_VERIFY],
  pull: [NO_VERIFY, { long: ["--force"], short: "f", hazard: "git.hard_reset" }],
  fetch: [{ long: ["--force"], short: "f", hazard: "git.hard_reset" }],
};
/** Letters after which the rest of a cluster is a value: `-mn` is the message "n". */
const VALUE_LETTERS: Readonly<Record<string, string>> = {
  commit: "mFCctSu",
  push: "o",
  tag: "mFu",
  am: "pCS",
  clean: "e",
  fetch: "jo",
  pull: "jos",
};

function optionHazards(subcommand: string, args: readonly string[]): readonly Hazard[] {
  const taken = VALUE_LETTERS[subcommand] ?? "";
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return (DANGERS[subcommand] ?? []).flatMap(({ long, short, words, hazard }) => {
    // update-ref moves a branch without any option.
    if (words?.length === 0) return args.length > 0 ? [hazard] : [];
    const hit =
      options.some((arg) => isLong(arg, long) || hasLetter(arg, short, taken)) ||
      (words !== undefined && args.some((arg) => words.includes(arg)));
    return hit ? [hazard] : [];
  });
}

/** Where an abbreviation is too short for git to know which one is meant, refusing costs nothing. */
const isLong = (arg: string, names: readonly string[]): boolean => {
  const [name] = split(arg);
  return name.startsWith("--") && name.length >= 3 && names.some((each) => each.startsWith(name));
};

function hasLetter(arg: string, letters: string, taken: string): boolean {
  if (!/^-[A-Za-z0-9]/.test(arg)) return false;
  for (const letter of arg.slice(1)) {
    if (letters.includes(letter)) return true;
    if (taken.includes(letter)) return false;
  }
  return false;
}

const PRODUCTION = /^(?:main|master|trunk|prod|production|live|stable|default|release(?:s?[/-].*)?|hotfix\/.*)$/i;
const PUSH_VALUES = new Set(["-o", "--push-option", "--repo", "--recurse-submodules"]);

function pushHazards(args: readonly string[], production: readonly string[]): readonly Hazard[] {
  const positional = args.filter((arg, i) => !arg.startsWith("-") && !PUSH_VALUES.has(args[i - 1] ?? ""));
  return refspecHazards(positional.slice(1), production);
}

/** No refspec is whatever is configured: not known to be another branch than the production branch. */
export function refspecHazards(refspecs: readonly string[], production: readonly string[]): readonly Hazard[] {
  if (refspecs.length === 0) return ["git.push_production"];
  return refspecs.flatMap((written): readonly Hazard[] => {
    const forced: readonly Hazard[] = written.startsWith("+") ? ["git.force_push"] : [];
    const spec = written.replace(/^\+/, "");
    const colon = spec.lastIndexOf(":");
    const source = colon < 0 ? spec : spec.slice(0, colon);
    const target = colon < 0 ? spec : spec.slice(colon + 1);
    if (colon >= 0 && source === "" && target !== "") return [...forced, "git.branch_delete"];
    const branch = target.replace(/^(?:refs\/)?heads\//, "");
    const known =
      branch !== "" &&
      !/^(?:HEAD|@|refs\/.*|tag)$/i.test(branch) &&
      !/[*?[\\^~\s]|@\{|\.\./.test(branch) &&
      !PRODUCTION.test(branch) &&
      !production.some((name) => name.toLowerCase() === branch.toLowerCase());
    return known ? forced : [...forced, "git.push_production"];
  });
}

/** How it begins decides: `git config KEY VALUE get` writes. */
const READS = /^(?:--get|--get-all|--get-regexp|--list|-l|get|list)$/;
const PLACES = /^--(?:global|system|local|worktree|show-origin|show-scope|name-only|includes)$/;

function configHazards(args: readonly string[]): readonly Hazard[] {
  const keys = args.filter((arg) => !arg.startsWith("-"));
  if (args.some((arg) => /^(?:-e|--edit|-f|--file.*|--rename-section|--remove-section)$/.test(arg)))
    return ["shell.unreadable"];
  const key =
    (["set", "unset", "get", "list", "edit"].includes(keys[0] ?? "") ? keys[1] : keys[0])?.toLowerCase() ?? "";
  if (key.startsWith("credential") || key.includes("extraheader")) return ["credentials.rotate"];
  return READS.test(args.find((arg) => !PLACES.test(arg)) ?? "") || key === "" ? [] : settingHazards(key);
}

/** Commands within commands: `git rebase -x '...'`, `git submodule foreach ...`, `git bisect run ...`. */
function scriptsOf(subcommand: string, args: readonly string[]): readonly string[] {
  if (subcommand === "rebase")
    return args.flatMap((arg, i) =>
      arg.startsWith("--exec=")
        ? [arg.slice(7)]
        : args[i - 1] === "-x" || args[i - 1] === "--exec"
          ? [arg]
          : /^-x./.test(arg)
            ? [arg.slice(2)]
            : [],
    );
  const after =
    subcommand === "submodule" ? args.indexOf("foreach") : subcommand === "bisect" ? args.indexOf("run") : -1;
  if (after < 0) return [];
  const rest = args.slice(after + 1).filter((arg) => arg !== "--recursive" && arg !== "--quiet");
  return [rest.length === 1 ? (rest[0] ?? "") : rest.map(quoted).join(" ")];
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
