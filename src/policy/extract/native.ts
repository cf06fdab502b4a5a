// A command line that an agent's own program would run on its machine, where there is no sandbox: what each of its programs reaches.
// INVARIANT: what is not known here to stay in the project and off the network is asked about, never let through.

import { mayFindCredential } from "./credential-names.ts";
import { isRemote, seeGit } from "./native-git.ts";
import { place, type Native, type NativeWord } from "./native-paths.ts";
import { knownOptions } from "./options.ts";
import { INTERPRETERS, kindOf, MODIFIERS, set, SHELLS } from "./programs.ts";
import type { Argument } from "./words.ts";

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
  "echo printf true false : test [ seq expr date sleep basename dirname pwd type which uname nproc id whoami exit return set export wait break continue",
);
/** They work on the files that they are given, and on nothing else. */
const FILES = set(
  "cat head tail ls tree stat file wc sort uniq cut tr diff cmp comm paste nl od hexdump md5sum sha1sum sha256sum sha512sum cksum base64 fold fmt column rev tac realpath readlink cp mv rm rmdir mkdir touch ln chmod tee truncate du df cd jq gofmt rustfmt shfmt shellcheck mktemp find fd",
);
/** The same; the first word that is no option is a pattern. */
const PATTERNED = set("grep egrep fgrep rg sed");
const CODE = set(
  "make gmake just task rake tox nox pytest jest vitest mocha ava tap rspec phpunit ctest cmake ninja meson eslint prettier biome webpack rollup vite esbuild turbo nx bazel tsc source .",
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
  if (SHELLS.has(program)) return /^-[elux]*c$/.test(args[0] ?? "") ? undefined : word("native.code");
  if (CARRIERS.has(program)) return seeCarried(program, args, written, native);
  // Its program lies in a file of the project.
  if (program === "sed" && known.some((arg) => /^(?:-[nErsuzi]*f|--file)/.test(arg))) return word("native.code");
  if (program === "export")
    seeAssigned(
      known.map((arg) => arg.replace(/=.*$/s, "")),
      native,
    );
  if (!isKnown(program, args, written)) word("native.unknown");
  if (FILES.has(program) || PATTERNED.has(program)) seeFiles(program, args, written, native);
  else if (!PURE.has(program)) word("native.unknown");
}

/** What find runs is looked at by itself. */
function isKnown(program: string, args: readonly Argument[], written: readonly string[]): boolean {
  let runs = false;
  const own = args.map((arg) => {
    const begins: boolean = !runs && RUNS.test(arg ?? "");
    const ends: boolean = runs && (arg === ";" || arg === "+");
    runs = begins || (runs && !ends);
    return program !== "find" || (!runs && !ends);
  });
  return knownOptions(
    program,
    args.filter((_, at) => own[at]),
    written.filter((_, at) => own[at]),
  );
}
const RUNS = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/;

/** Settings that change what is shown, and nothing that is run or read. */
const SHOWS =
  /^(?:CI|NODE_ENV|FORCE_COLOR|NO_COLOR|CLICOLOR(?:_FORCE)?|TZ|LANG|LANGUAGE|LC_[A-Z]+|TERM|COLUMNS|LINES|[a-z])$/;

export function seeAssigned(names: readonly string[], { words }: Native): void {
  if (!names.every((name) => SHOWS.test(name))) words.add("native.unknown");
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
  seeAssigned(
    args.slice(0, at < 0 ? undefined : at).flatMap((arg) => /^(\w+)=/.exec(arg ?? "")?.[1] ?? []),
    native,
  );
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
  if (isOpen(program, args, written, native)) native.words.add("native.unplaced");
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

/** They say what files there are, and not what is in them. */
const NAMES = set("ls stat file wc du tree mkdir");
const GREPS = /^[ef]?grep$/;

/** It reaches files that no word of the line names: files that begin with a dot, and what guards the repository, could be among them. */
function isOpen(program: string, args: readonly Argument[], written: readonly string[], { folder }: Native): boolean {
  const patterns = written.filter((_, at) => args[at] === null);
  if (MODIFIERS.has(program) && patterns.length > 0) return true;
  if (!NAMES.has(program) && patterns.some((each) => /(?:^|\/)[*?]+$/.test(each))) return true;
  const has = (option: RegExp): boolean => args.some((arg) => option.test(arg ?? ""));
  if (program === "cp" || program === "mv") {
    const sources = args.filter((arg) => arg?.startsWith("-") !== true).slice(0, -1);
    return has(/^-[a-zA-Z]*T/) || sources.some((each) => /(?:^|\/)\.\/?$/.test(each ?? ""));
  }
  const sought = args.flatMap((arg, at) =>
    arg === null
      ? []
      : /^(?:-g|--i?glob)$/.test(args[at - 1] ?? "")
        ? [arg]
        : (/^(?:-g|--i?glob=|--include=)(.+)$/.exec(arg)?.[1] ?? []),
  );
  if ((GREPS.test(program) || program === "rg") && sought.some(mayFindCredential)) return true;
  if (!GREPS.test(program) || !has(/^-[a-zA-Z]*[rR]|^--recursive$/) || sought.length > 0) return false;
  const [, ...places] = args.filter((arg) => arg?.startsWith("-") !== true);
  return places.length === 0 || places.some((place) => /^(?:\.\/?)+$/.test(place ?? "") || place === folder.root);
}

/** Where what it looks for begins, and what it would run about each file. */
function seeFound(args: readonly Argument[], written: readonly string[], native: Native): number {
  const first = args.findIndex((arg) => RUNS.test(arg ?? ""));
  const named = args.filter((_, at) => /^-i?name$/.test(args[at - 1] ?? ""));
  // Whatever is there would be read, or changed: credentials, what guards the repository.
  const open =
    named.length === 0 || named.some((each) => each === null || !/\.\w+$/.test(each) || mayFindCredential(each));
  if (args.includes("-delete") || (first >= 0 && open)) native.words.add("native.unplaced");
  for (const [i, arg] of args.entries()) {
    if (!RUNS.test(arg ?? "")) continue;
    const end = args.findIndex((each, at) => at > i && (each === ";" || each === "+"));
    const words = args.slice(i + 1, end < 0 ? undefined : end);
    const carried = words[0] ?? null;
    if (MODIFIERS.has(carried ?? "")) native.words.add("native.unplaced");
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

/** Files that the line's own redirections open. */
export function seeRedirected(files: readonly Argument[], native: Native): void {
  for (const file of files) place(file, "$", native);
}
