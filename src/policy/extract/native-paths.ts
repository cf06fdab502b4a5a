// Where a word of a command line leads: into the project, out of it, or nobody knows before it runs. What a link on that machine leads to,
// only that machine knows.

import type { Hazard } from "../hazards.ts";
import type { Argument } from "./words.ts";

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
  | "native.unplaced"; // what it touches does not stand on the line

export interface Native {
  readonly folder: Folder;
  readonly words: Set<string>;
  readonly hazards: Set<Hazard>;
  /** Where the line may have changed to, below the folder or not. */
  readonly moved: string[];
}

export type Place = "inside" | "outside" | "unknown";

const ALWAYS_THERE = /^\/dev\/(?:null|zero|stdin|stdout|stderr|tty|fd\/\d)$/;
/** Words whose one value is not known, and whose parts are: `src/*.ts`, `{a,b}.ts`. */
const PATTERN = /^[\w.*?[\]{},@+:=/!^-]+$/;

/** `written` where the shell would make something else of the word, as it stands there. */
function placeOf(arg: Argument, written: string, { directory, root }: Folder): Place {
  const bare = written.replaceAll(/["']/g, "");
  if (arg === null && (!PATTERN.test(bare) || /\{[^}]*[/~]|,[/~]|\{[^}]*\.\./.test(bare))) return "unknown";
  const path = (arg ?? bare).replace(/^-[^=]*=|^-[a-zA-Z]+(?=[/~.])/, "");
  if (path === "" || path === "-" || ALWAYS_THERE.test(path)) return "inside";
  if (/^~|[\\\p{Cc}]/u.test(path)) return "outside";
  if (directory === null || root === null) return /^\/|(?:^|\/)\.\.(?:\/|$)/.test(path) ? "outside" : "inside";
  const whole = resolved(path.startsWith("/") ? path : `${directory}/${path}`);
  const project = resolved(root);
  // The root of a machine is no project.
  return project !== "/" && `${whole}/`.startsWith(`${project}/`) ? "inside" : "outside";
}

function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function place(arg: Argument, written: string, { folder, moved: places, words, hazards }: Native): void {
  const from = [folder.directory, ...places];
  const found = from.map((directory) => placeOf(arg, written, { ...folder, directory }));
  if (found.every((each) => each === "outside")) hazards.add("paths.escape");
  else if (!found.every((each) => each === "inside")) words.add("native.unplaced");
}
