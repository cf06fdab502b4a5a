// A command line that an agent's own program would run on its machine, where there is no sandbox: what each of its programs reaches.
// INVARIANT: what is not known here to stay in the project and off the network is asked about, never let through.

import { isRemote, seeGit } from "./native-git.ts";
import { isListed, reachOf } from "./native-programs.ts";
import { place, type Native, type NativeWord } from "./native-paths.ts";
import { INTERPRETERS, kindOf, set, SHELLS } from "./programs.ts";
import type { Argument } from "./words.ts";

export interface Run {
  /** As it is written: `./cat` is another program than `cat`. */
  readonly given: string;
  /** Its plain name. */
  readonly program: string;
  readonly args: readonly Argument[];
  readonly written: readonly string[];
}

const CODE = set(
  "make gmake just task rake tox nox pytest jest vitest mocha ava tap rspec phpunit ctest cmake ninja meson eslint prettier biome webpack rollup vite esbuild turbo nx bazel tsc source .",
);
const RELEASES = set(
  "twine lerna semantic-release release-it np goreleaser fastlane serverless sls sam wrangler firebase cdk cap kamal eb capistrano skaffold argocd flux nomad consul railway render supabase surge now ghp-import gh-pages dpl rclone s3cmd gsutil restic ansible-galaxy changeset",
);
const RUNNERS = set("npx pnpx bunx uvx pipx corepack mise asdf nix nix-shell");
const ENGINES = set("docker podman");
/** Those of bash's grammar. */
const BASH = set("sh bash dash zsh ksh");
/** Not on the list of those that go by themselves; where they lead out of the project, that is seen all the same. */
const LEADS = set("ln chmod less more truncate install fd");
/** More folders than anybody changes to by hand. */
const MAX_MOVED = 4;
const MAX_NAME = 256;

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
  const name = given.replace(/^.*\//, "");
  // Another program than the one that is known by these letters.
  if (name !== name.toLowerCase()) word("native.unknown");
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
  if (BASH.has(program) && args.length === 2 && /^-(?:c|lc|ec|euc)$/.test(args[0] ?? "")) return;
  if (SHELLS.has(program)) return word("native.code");
  // Its program lies in a file of the project.
  if (program === "sed" && known.some((arg) => /^(?:-[nErsuzi]*f|--file)/.test(arg))) return word("native.code");
  if (name === "rm" && written.some((each) => /^(?:\.\/)?\.?\*$/.test(each))) native.hazards.add("git.hard_reset");
  const reach = reachOf(name, args, written);
  if (reach === null) {
    word("native.unknown");
    if (isListed(name) || LEADS.has(name)) seeLeading(args, native);
    return;
  }
  for (const { touch, operand } of reach) {
    place(touch, operand, native);
    if (touch === "enter") moved(operand.value, native);
  }
}

/** Of words that are not taken apart: what plainly leads out of the project. */
function seeLeading(args: readonly Argument[], native: Native): void {
  for (const arg of args) {
    const path = arg?.replace(/^-[^=]*=|^-[a-zA-Z]+(?=[/~.])/, "") ?? "";
    if (/^[/~]|^\.\.(?:\/|$)/.test(path)) place("list", { value: path, written: path }, native);
  }
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

/** After `cd sub` a relative path may lead from there, or, when that was in a subshell, from where it was before. */
function moved(to: Argument, { folder, moved: places, words }: Native): void {
  if (to === null || folder.directory === null) return;
  const from = [folder.directory, ...places];
  if (places.length + from.length > MAX_MOVED || to.length > MAX_NAME) words.add("native.unplaced");
  else for (const each of from) places.push(to.startsWith("/") ? to : `${each}/${to}`);
}

/** Files that the line's own redirections open. */
export function seeRedirected(touch: "read" | "write", files: readonly Argument[], native: Native): void {
  for (const value of files) place(touch, { value, written: "$" }, native);
}
