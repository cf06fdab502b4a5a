// A command line that an agent's own program would run on its machine, where there is no sandbox: what each of its programs reaches.
// INVARIANT: what is not known here to stay in the project and off the network is asked about, never let through.

import type { Hazard } from "../hazards.ts";
import { placeOf, type Folder } from "./native-paths.ts";
import { INTERPRETERS, kindOf, set, SHELLS } from "./programs.ts";
import type { Argument } from "./words.ts";

/** Words of `shell` in the facts, for the rules about them. `native` says that it is one at all. */
type NativeWord =
  | "native.code" // of the project, run as the person who sits there
  | "native.fetch" // what others made, brought here
  | "native.install" // the same, and it may run scripts
  | "native.network"
  | "native.production"
  | "native.unknown" // a program that is not known here
  | "native.unplaced"; // what it touches does not stand on the line

export interface Native {
  readonly folder: Folder;
  readonly words: Set<string>;
  readonly hazards: Set<Hazard>;
  /** Where the line may have changed to, below the folder or not. */
  readonly moved: string[];
}

export interface Run {
  /** As it is written: `./cat` is another program than `cat`. */
  readonly given: string;
  /** Its plain name. */
  readonly program: string;
  readonly args: readonly Argument[];
  readonly written: readonly string[];
}

/** They compute, or say something: no file is opened by what they are given. */
const PURE = set(
  "echo printf true false : test [ seq expr date sleep basename dirname pwd type which uname nproc id whoami hostname exit return shift set unset export declare local readonly read wait trap eval umask break continue let getopts",
);
/** They work on the files that they are given, and on nothing else. */
const FILES = set(
  "cat less more head tail ls tree stat file wc sort uniq cut tr diff cmp comm paste nl od xxd hexdump md5sum sha1sum sha256sum sha512sum cksum base64 fold fmt column rev tac realpath readlink cp mv rm rmdir mkdir touch ln chmod tee truncate du df cd pushd jq yq tsc gofmt rustfmt shfmt shellcheck mktemp find fd",
);
/** The same; the first word that is no option is a pattern. */
const PATTERNED = set("grep egrep fgrep rg sed");
const CODE = set(
  "make gmake just task rake tox nox pytest jest vitest mocha ava tap rspec phpunit ctest cmake ninja meson eslint prettier biome webpack rollup vite esbuild turbo nx bazel source .",
);
const RELEASES = set(
  "twine lerna semantic-release release-it np goreleaser fastlane serverless sls sam wrangler firebase cdk cap kamal eb capistrano skaffold argocd flux nomad consul railway render supabase surge now ghp-import gh-pages dpl rclone s3cmd gsutil restic ansible-galaxy changeset",
);
const RUNNERS = set("npx pnpx bunx uvx pipx corepack mise asdf nix nix-shell");
const ENGINES = set("docker podman");
/** They run what follows, and add nothing that counts. */
const CARRIERS = set("command builtin exec nohup time timeout gtimeout nice ionice stdbuf setsid env xargs");

/** More of them than anybody writes by hand. */
const MAX_MOVED = 16;

/** Somewhere behind a wrapper, where it may be no command at all: only what is never let through counts. */
export function seeWrapped({ program, args }: Pick<Run, "program" | "args">, { words }: Native): void {
  const kind = kindOf(program);
  const known = args.filter((arg) => arg !== null);
  if (kind === "network") words.add("native.network");
  if (kind === "git" && (known.includes("push") || (known.includes("archive") && known.some(isRemote))))
    words.add("native.network");
  if (kind === "database" || kind === "host" || RELEASES.has(program)) words.add("native.production");
  if (kind === "cloud" && (!ENGINES.has(program) || pushes(known))) words.add("native.production");
  if (kind === "package" && packageWord(known, args.length) === "native.production") words.add("native.production");
}

export function seeNative({ given, program, args, written }: Run, native: Native): void {
  const word = (name: NativeWord): void => void native.words.add(name);
  const known = args.filter((arg) => arg !== null);
  if (/\//.test(given) && !/^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(given)) return word("native.code");
  const kind = kindOf(program);
  if (kind === "git") return seeGit(program === "git" ? args : [program.slice(4), ...args], written, native);
  if (kind === "network") return word("native.network");
  if (kind === "database" || kind === "host" || RELEASES.has(program)) return word("native.production");
  if (ENGINES.has(program)) return word(pushes(known) ? "native.production" : "native.unknown");
  if (kind === "cloud") return word("native.production");
  if (RUNNERS.has(program) && kind !== "package") return word("native.install");
  if (kind === "package") return word(packageWord(known, args.length));
  if (CODE.has(program) || INTERPRETERS.has(program.replace(/\d(?:\.\d+)?$/, ""))) return word("native.code");
  // What stands behind -c is read as a line of its own.
  if (SHELLS.has(program))
    return args.some((arg) => arg !== null && /^-[a-z]*c/i.test(arg)) ? undefined : word("native.code");
  if (CARRIERS.has(program)) return seeCarried(program, args, written, native);
  if (PURE.has(program)) return;
  // Its program lies in a file of the project.
  if (program === "sed" && known.some((arg) => /^(?:-[nErsuzi]*f|--file)/.test(arg))) word("native.code");
  if (!FILES.has(program) && !PATTERNED.has(program)) return word("native.unknown");
  seeFiles(program, args, written, native);
}

const pushes = (known: readonly string[]): boolean =>
  /^(?:push|login|stack|service|swarm|(?:image|compose|manifest) push)(?: |$)/.test(plain(known));
const plain = (known: readonly string[]): string => known.filter((arg) => !arg.startsWith("-")).join(" ");

const PUBLISHES =
  /(?:^|[ :])(?:publish|unpublish|deprecate|dist-tag|dist-tags|yank|upload|push|deploy|release|owner|access|token|login|adduser|star|hex\.publish|deploy:deploy)(?:$|[ :])/;
const INSTALLS =
  /^(?:i|in|ins|install|ci|clean-install|add|a|get|sync|update|up|upgrade|require|create|init|dlx|exec|x|run-script-install|download|fetch|restore|link|rebuild|bundle|self|global|config|set|tool|pip|deps\.get|local\.hex|dist-upgrade|tap)(?: |$)/;

function packageWord(known: readonly string[], given: number): NativeWord {
  const words = plain(known);
  if (PUBLISHES.test(words)) return "native.production";
  // `yarn` alone installs.
  return given === 0 || words === "" || INSTALLS.test(words) ? "native.install" : "native.code";
}

/** The one program behind it, where nothing stands before that could be taken for it. */
function seeCarried(program: string, args: readonly Argument[], written: readonly string[], native: Native): void {
  const at = args.findIndex(
    (arg) => arg === null || !/^(?:-[0rvpi]|\d+(?:\.\d+)?[smhd]?|-n\d*|[A-Za-z_]\w*=.*)$/.test(arg),
  );
  const carried = args[at];
  if (at < 0 || (program === "command" && args[0] === "-v")) return;
  if (carried === undefined || carried === null || carried.startsWith("-"))
    return void native.words.add("native.unknown");
  const name = carried.replace(/^.*\//, "").toLowerCase();
  // Which files xargs adds does not stand here.
  if (program === "xargs" && !PURE.has(name)) native.words.add("native.unplaced");
  seeNative({ given: carried, program: name, args: args.slice(at + 1), written: written.slice(at + 1) }, native);
}

function seeFiles(program: string, args: readonly Argument[], written: readonly string[], native: Native): void {
  if (program === "cd" || program === "pushd") {
    if (args.length === 0) native.hazards.add("paths.escape");
    if (args.length > 1 || args.includes(null)) native.words.add("native.unplaced");
    moved(args.at(-1) ?? null, native);
    if (args.some((arg) => arg === "-" || /^[-+]\d/.test(arg ?? ""))) native.words.add("native.unplaced");
  }
  const rests = program === "find" || program === "fd" ? seeFound(args, written, native) : args.length;
  let pattern =
    PATTERNED.has(program) &&
    !args.some((arg) => arg !== null && /^(?:-[a-zA-Z]*[ef]|--(?:regexp|expression|file))/.test(arg));
  for (const [i, arg] of args.slice(0, rests).entries()) {
    if (
      /^(?:-e|--regexp|--expression|-name|-iname|-path|-regex|--glob|-g|--include|--exclude|-t|--type)$/.test(
        args[i - 1] ?? "",
      )
    )
      continue;
    if (arg !== null && arg.startsWith("-") && !/^-[^=]*[=]|^-[a-zA-Z]+[/~.]/.test(arg)) continue;
    if (pattern) {
      pattern = false;
      if (program === "sed" && (arg === null || /(?:^|[;{}\s/\d$])[rwRW]\s+\S/.test(arg)))
        native.words.add("native.unplaced");
      continue;
    }
    // A filter of jq's, and not a file.
    if ((program === "jq" || program === "yq") && arg !== null && /\benv\b|\$ENV|[[\]|(){}$]/.test(arg)) {
      if (/\benv\b|\$ENV/.test(arg)) native.hazards.add("credentials.read");
      continue;
    }
    place(arg, written[i] ?? "", native);
    if (program === "rm" && /^(?:\.|\.\/|\*|\.\/\*|\.\*)$/.test(arg ?? written[i] ?? ""))
      native.hazards.add("git.hard_reset");
  }
}

/** Where what it looks for begins, and what it would run about each file. */
function seeFound(args: readonly Argument[], written: readonly string[], native: Native): number {
  const first = args.findIndex(
    (arg) => arg !== null && /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(arg),
  );
  for (const [i, arg] of args.entries()) {
    if (arg === null || !/^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(arg)) continue;
    const end = args.findIndex((each, at) => at > i && (each === ";" || each === "+"));
    const words = args.slice(i + 1, end < 0 ? undefined : end);
    const carried = words[0] ?? null;
    if (carried === null) native.words.add("native.unknown");
    else
      seeNative(
        {
          given: carried,
          program: carried.replace(/^.*\//, "").toLowerCase(),
          args: words.slice(1).filter((each) => each !== "{}"),
          written: written.slice(i + 2).filter((each) => !/^["']?\{\}["']?$/.test(each)),
        },
        native,
      );
  }
  return first < 0 ? args.length : first;
}

/** After `cd sub` a relative path may lead from there, or, when that was in a subshell, from where it was before. */
function moved(to: Argument, { folder, moved: places }: Native): void {
  if (to === null || folder.directory === null) return;
  const from = [folder.directory, ...places];
  for (const each of from) if (places.length < MAX_MOVED) places.push(to.startsWith("/") ? to : `${each}/${to}`);
}

function place(arg: Argument, written: string, { folder, moved: places, words, hazards }: Native): void {
  const from = [folder.directory, ...places];
  const found = from.map((directory) => placeOf(arg, written, { ...folder, directory }));
  if (found.every((each) => each === "outside")) hazards.add("paths.escape");
  else if (!found.every((each) => each === "inside")) words.add("native.unplaced");
}

/** Files that the line's own redirections open. */
export function seeRedirected(files: readonly Argument[], native: Native): void {
  for (const file of files) place(file, "$", native);
}

const GIT_LOCAL = set(
  "status diff log show blame annotate add mv rm restore switch checkout commit stash rev-parse ls-files ls-tree cat-file grep describe shortlog reflog merge-base name-rev rev-list show-ref for-each-ref branch tag merge cherry-pick revert rebase init worktree version help count-objects check-ignore apply range-diff format-patch whatchanged notes bisect clean reset diff-tree diff-index diff-files",
);
const GIT_BRINGS = set("fetch pull clone ls-remote submodule lfs");
const isRemote = (arg: string): boolean => arg.startsWith("--remote");
const SAYS = /^(?:-m|--message|-am|-S|-G|--grep|--author|--format|--pretty|--date|--since|--until)$/;

function seeGit(args: readonly Argument[], written: readonly string[], native: Native): void {
  const word = (name: NativeWord): void => void native.words.add(name);
  let at = 0;
  for (; at < args.length && (args[at]?.startsWith("-") ?? false); at++)
    if (/^(?:-C|-c|--git-dir|--work-tree|--namespace)$/.test(args[at] ?? "")) at += 1;
  const asked = args[at] ?? "";
  const words = args.slice(at + 1).filter((arg) => arg !== null);
  if (asked === "push" || (asked === "archive" && words.some(isRemote))) word("native.network");
  else if (GIT_BRINGS.has(asked)) word("native.fetch");
  else if (asked === "remote") {
    if (/^(?:update|show|prune)/.test(plain(words))) word("native.fetch");
    else if (!/^(?:$|get-url)/.test(plain(words))) word("native.unknown");
  } else if (asked === "config") {
    if (!words.some((arg) => /^(?:--get(?:-all)?|--list|-l|get|list)$/.test(arg))) word("native.unknown");
  } else if (asked !== "" && !GIT_LOCAL.has(asked)) word("native.unknown");
  for (const [i, arg] of args.entries()) {
    if (i === at || SAYS.test(args[i - 1] ?? "") || args[i - 1] === "-c") continue;
    // A revision is no file; what leads out says so by how it begins, or by `..` between slashes.
    const path = (arg ?? written[i] ?? "$").replace(/^-[^=]*=/, "");
    if (/^(?:-C|--git-dir|--work-tree)$/.test(args[i - 1] ?? "") || /^[/~]|^\.\.(?:\/|$)|\/\.\.(?:\/|$)/.test(path))
      place(arg === null ? null : path, written[i] ?? "$", native);
  }
}
