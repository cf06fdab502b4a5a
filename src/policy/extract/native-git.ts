// git on the agent's own machine: what stays in the clone, what reaches others, and what runs programs of the project.

import { knownToGit } from "./git-options.ts";
import { mayFindCredential } from "./credential-names.ts";
import { place, type Native, type NativeWord } from "./native-paths.ts";
import { set } from "./programs.ts";
import type { Argument } from "./words.ts";

/** Programs of the project's own run with them. */
const GIT_HOOKS = set("commit merge rebase cherry-pick revert am checkout switch");
const GIT_BRINGS = set("fetch pull clone ls-remote submodule lfs");
export const isRemote = (arg: string): boolean => arg.startsWith("--remote");
const SAYS = /^(?:-m|--message|-am|-S|-G|--grep|--author|--format|--pretty|--date|--since|--until)$/;

export function seeGit(args: readonly Argument[], written: readonly string[], native: Native): void {
  const word = (name: NativeWord): void => void native.words.add(name);
  let at = 0;
  for (; at < args.length && (args[at]?.startsWith("-") ?? false); at++)
    if (/^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(args[at] ?? "")) at += 1;
  const asked = args[at] ?? "";
  const words = args.slice(at + 1).filter((arg) => arg !== null);
  if (asked === "push" || (asked === "archive" && words.some(isRemote))) word("native.network");
  else if (GIT_BRINGS.has(asked)) word("native.fetch");
  else if (asked === "remote" && /^(?:update|show|prune)$/.test(words.find((each) => !each.startsWith("-")) ?? ""))
    word("native.fetch");
  else if (GIT_HOOKS.has(asked)) word("native.code");
  else if (!knownToGit(args, written)) word("native.unknown");
  // Elsewhere git may find a repository that the agent has made, with settings that run programs.
  if (!atRoot(native)) word("native.unplaced");
  for (const [i, arg] of args.entries()) {
    if (i === at || SAYS.test(args[i - 1] ?? "") || args[i - 1] === "-c") continue;
    if (arg !== null && !arg.startsWith("-") && (/^:[^/\w]/.test(arg) || (/[*?[]/.test(arg) && mayFindCredential(arg))))
      word("native.unplaced");
    // A revision is no file; what leads out says so by how it begins, or by `..` between slashes.
    const path = (arg ?? written[i] ?? "$").replace(/^-[^=]*=/, "");
    if (/^(?:-C|--git-dir|--work-tree)$/.test(args[i - 1] ?? "") || /^[/~]|^\.\.(?:\/|$)|\/\.\.(?:\/|$)/.test(path))
      place(arg === null ? null : path, written[i] ?? "$", native);
  }
}

const atRoot = ({ folder: { directory, root }, moved: places }: Native): boolean =>
  directory !== null &&
  [directory, ...places].every((each) => `${each}/`.replaceAll(/\/+/g, "/") === `${root}/`.replaceAll(/\/+/g, "/"));
