// Where a word of a command line leads: into the project, out of it, or nobody knows before it runs. What a link on that machine leads to,
// only that machine knows.

import type { Hazard } from "../hazards.ts";
import type { Touch } from "./native-programs.ts";
import type { Operand } from "./options.ts";
import { isCredentialPath, isInstalled, movesGuard, touchesGuard } from "./paths.ts";

export interface Folder {
  /** Where the command runs; absolute. null: not known. */
  readonly directory: string | null;
  /** The project: `directory`, or above it. */
  readonly root: string | null;
}

/** Words of `shell` in the facts, for the rules about them. `native` says that it is one at all. */
export type NativeWord =
  | "native.code" // of the project, run as the person who sits there
  | "native.fetch" // what others made, brought here
  | "native.install" // the same, and it may run scripts
  | "native.network"
  | "native.production"
  | "native.unknown" // a program, an option or a setting that is not known here
  | "native.unplaced" // what it touches does not stand on the line
  | "native.writes"; // files, as no rule reads it

export interface Native {
  readonly folder: Folder;
  readonly words: Set<string>;
  readonly hazards: Set<Hazard>;
  /** Where the line may have changed to, below the folder or not. */
  readonly moved: string[];
}

/** Not the terminal: what a person types there, and what it does at a sign, is theirs. */
const ALWAYS_THERE = /^\/dev\/(?:null|zero|stdin|stdout|stderr)$/;
const ENDING = "(?:c|cc|cpp|cs|css|cts|go|h|hpp|html|java|js|jsx|kt|less|md|mjs|mts|php|py|rb|rs|scala|scss|sh|sql|svelte|swift|ts|tsx|txt|vue)"; // prettier-ignore
/** Of a pattern that is read: code by its ending, so that it finds no key and no settings. */
const CODE = new RegExp(String.raw`^(?:[\w@.-]+/)*[\w-]*\*[\w.-]*\.${ENDING}$`);
const FOLDERS = String.raw`^(?:(?:[\w@-][\w@.-]*|\*\*)/)*`;
const SOUGHT = ENDING.replace("|sh|", "|").replace("|txt|", "|");
const CODE_GLOB = new RegExp(
  String.raw`${FOLDERS}(?:[\w@-][\w@.-]*)?\*[\w.-]*\.(?:${SOUGHT}|\{${SOUGHT}(?:,${SOUGHT})*\})$`,
);
/** By one name a search finds what `.gitignore` leaves out, in hidden folders, too. */
const ONE_NAME = new RegExp(
  String.raw`${FOLDERS}(?:[\w@-][\w@.-]*\.${SOUGHT}|package\.json|tsconfig\.json|Dockerfile|Makefile|go\.mod|Cargo\.toml|pyproject\.toml|requirements\.txt|pom\.xml|build\.gradle|composer\.json|Gemfile)$`,
);
const MOVES: ReadonlySet<Touch> = new Set(["move", "receive", "remove"]);
/** Where Claude Code itself keeps further checkouts of the repository. */
const WORKTREE = /^\.claude\/worktrees\/[^/]+\//;
/** Hidden, and written for whoever reads the project. */
const SHOWN = /^\.(?:github|circleci|husky|changeset|storybook|(?:git|docker|npm|prettier|eslint)ignore|gitattributes|gitmodules|gitlab-ci\.yml|travis\.yml|editorconfig|nvmrc|node-version|(?:eslint|prettier|babel|browserslist|swc)rc(?:\.\w+)?)$/; // prettier-ignore

/** Where it is, seen from the project's root: "" is the root itself. */
type Place = { readonly kind: "inside"; readonly path: string } | { readonly kind: "outside" | "unknown" };

function placeOf(path: string, { directory, root }: Folder): Place {
  if (/^~|::|[\\\p{Cc}]/u.test(path)) return { kind: "outside" };
  // `x/..`: what stands before it may be a link.
  if (/(?:^|\/)\.\.(?:\/|$)/.test(path.replace(/^\/?(?:\.{1,2}(?:\/|$))+/, "")))
    return { kind: directory === null || inside(path, directory, root) === null ? "outside" : "unknown" };
  if (directory === null || root === null)
    return /^\/|(?:^|\/)\.\.(?:\/|$)/.test(path)
      ? { kind: "outside" }
      : { kind: "inside", path: resolved(path).slice(1) };
  const found = inside(path, directory, root);
  return found === null ? { kind: "outside" } : { kind: "inside", path: found };
}

function inside(path: string, directory: string, root: string | null): string | null {
  const whole = resolved(path.startsWith("/") ? path : `${directory}/${path}`);
  const project = resolved(root ?? "/");
  // The root of a machine is no project.
  if (project === "/" || !`${whole}/`.startsWith(`${project}/`)) return null;
  return whole.slice(project.length + 1);
}

function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function place(touch: Touch, { value, written }: Operand, native: Native): void {
  const { folder, moved, words, hazards } = native;
  const path = value ?? written;
  if (value === null && touch !== "list" && !(touch === "read" && CODE.test(written))) words.add("native.unplaced");
  if (/^[-+]/.test(path) && touch === "enter") words.add("native.unplaced");
  if (touch === "read" && (path === "-" || ALWAYS_THERE.test(path))) return;
  // Not the input: it is the file that was opened there.
  if (touch === "write" && path !== "/dev/stdin" && ALWAYS_THERE.test(path)) return;
  // A name that is an option to those who do not look, and a folder of packages.
  if (touch === "make" && (/(?:^|\/)-/.test(path) || isInstalled(path))) words.add("native.unplaced");
  // A folder, which is searched by those that take one.
  if (touch === "read" && /(?:^|\/)\.{0,2}$/.test(path)) words.add("native.unplaced");
  if (touch === "write" || MOVES.has(touch)) words.add("native.writes");
  // Another name of a file, where long names have short ones.
  if (touch !== "search" && /(?:^|\/)[^/]{1,6}~\d/.test(path)) words.add("native.unplaced");
  // What is named from a folder that nobody knows may be anywhere.
  if (folder.directory === null || folder.root === null) words.add("native.unplaced");
  const found = [folder.directory, ...moved].map((directory) => placeOf(path, { ...folder, directory }));
  if (found.every(({ kind }) => kind === "outside")) hazards.add("paths.escape");
  else if (!found.every(({ kind }) => kind === "inside")) words.add("native.unplaced");
  for (const each of found) if (each.kind === "inside") reach(touch, each.path.replace(WORKTREE, ""), native);
}

/** Hidden, and not written for whoever reads the project. */
export const isHidden = (path: string): boolean =>
  path
    .split("/")
    .some(
      (part) =>
        /^\.(?!\.?$)/.test(part) && !SHOWN.test(part) && !/^\.env\.(?:example|sample|template|dist)$/.test(part),
    );

/**
 * What an agent's own search may look into. INVARIANT: nothing but code by its ending, or one name that is no credential's: programs take blanks and
 * commas for the end of a pattern, and find by a pattern what `.gitignore` leaves out.
 */
export const isCodeGlob = (glob: string): boolean =>
  CODE_GLOB.test(glob) || (ONE_NAME.test(glob) && !isCredentialPath(glob));

/** `path` from the root. */
function reach(touch: Touch, path: string, { words, hazards }: Native): void {
  if (touch !== "list" && touch !== "enter" && isCredentialPath(path)) hazards.add("credentials.read");
  if (
    ((touch === "write" || touch === "make") && touchesGuard(path)) ||
    (MOVES.has(touch) && path !== "" && movesGuard(path))
  )
    hazards.add("checks.bypass");
  if (touch === "remove" && path === "") hazards.add("git.hard_reset");
  if ((touch === "search" || touch === "read" || touch === "move") && path === "") words.add("native.unplaced");
  // What is hidden is for programs: their settings, and what they keep to themselves.
  const hidden = path.split("/").filter((part) => part.startsWith("."));
  const shown = touch === "read" ? SHOWN : touch === "list" || touch === "enter" ? /^\.(?!git$)/i : /(?!)/;
  if (!hidden.every((part) => shown.test(part))) words.add("native.unplaced");
}
