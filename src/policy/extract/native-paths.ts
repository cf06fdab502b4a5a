// Where a word of a command line leads: into the project, out of it, or nobody knows before it runs. What a link on that machine leads to,
// only that machine knows.

import type { Argument } from "./words.ts";

export interface Folder {
  /** Where the command runs; absolute. null: not known. */
  readonly directory: string | null;
  /** The project: `directory`, or above it. */
  readonly root: string | null;
}

export type Place = "inside" | "outside" | "unknown";

const ALWAYS_THERE = /^\/dev\/(?:null|zero|stdin|stdout|stderr|tty|fd\/\d)$/;
/** Words whose one value is not known, and whose parts are: `src/*.ts`, `{a,b}.ts`. */
const PATTERN = /^[\w.*?[\]{},@+:=/!^-]+$/;

/** `written` where the shell would make something else of the word, as it stands there. */
export function placeOf(arg: Argument, written: string, { directory, root }: Folder): Place {
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
