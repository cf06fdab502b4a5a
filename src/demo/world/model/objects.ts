// Objects as git itself names and writes them: what a client fetches has, to the byte, the names that the API told.

import { entryOf } from "./entries.ts";
import type { Commit, Tree } from "./git.ts";
import { sha1 } from "./ids.ts";

export interface GitObject {
  readonly oid: string;
  /** Kind, length and content: what is hashed, and what git keeps deflated. */
  readonly bytes: Buffer;
}

function objectOf(kind: "blob" | "tree" | "commit", content: Buffer): GitObject {
  const bytes = Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content]);
  return { oid: sha1(bytes), bytes };
}

/** null: a submodule, which is a commit of another repository. */
export function blobObject(kept: string): GitObject | null {
  const { mode, bytes } = entryOf(kept);
  return mode === "160000" ? null : objectOf("blob", bytes);
}

/** A submodule is no blob: git names it by the commit. */
export const oidOf = (kept: string): string => blobObject(kept)?.oid ?? entryOf(kept).bytes.toString();

type Folder = Map<string, string | Folder>;

/** A tree that git cannot write is a mistake of whoever made it. */
class NoTree extends Error {}

function nested(tree: Tree): Folder {
  const root: Folder = new Map();
  for (const [path, kept] of tree) {
    const folders = path.split("/");
    const name = folders.pop() ?? "";
    let at = root;
    for (const folder of folders) {
      const next = at.get(folder) ?? new Map<string, string | Folder>();
      if (typeof next === "string") throw new NoTree(`${path}: a part of it is a file`);
      at.set(folder, next);
      at = next;
    }
    if (at.has(name)) throw new NoTree(`${path} is a folder`);
    at.set(name, kept);
  }
  return root;
}

function write(folder: Folder, path: string, into: Map<string, GitObject>): GitObject {
  const rows = [...folder].map(([name, held]) => {
    const [mode, oid] =
      typeof held === "string"
        ? [entryOf(held).mode, oidOf(held)]
        : ["40000", write(held, path === "" ? name : `${path}/${name}`, into).oid];
    // Git compares a folder's name as if a slash stood behind it: a.b comes before the folder a.
    const order = Buffer.from(typeof held === "string" ? name : `${name}/`);
    return { order, row: Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, "hex")]) };
  });
  const sorted = rows.toSorted((a, b) => Buffer.compare(a.order, b.order));
  const made = objectOf("tree", Buffer.concat(sorted.map(({ row }) => row)));
  into.set(path, made);
  return made;
}

/** Trees never change, and are asked for again and again. */
const known = new WeakMap<Tree, ReadonlyMap<string, GitObject>>();

/** The tree itself under "", and that of each of its folders under the folder's path. */
export function treeObjects(tree: Tree): ReadonlyMap<string, GitObject> {
  const found = known.get(tree);
  if (found !== undefined) return found;
  const made = new Map<string, GitObject>();
  write(nested(tree), "", made);
  known.set(tree, made);
  return made;
}

export const treeShaOf = (tree: Tree): string => treeObjects(tree).get("")?.oid ?? "";

/** As git does with a name that would end its own line. */
const plain = (text: string): string => text.replaceAll(/[<>\n\0]/g, "");

const signature = ({ name, email, at }: Commit["author"]): string =>
  `${plain(name)} <${plain(email)}> ${Math.floor(at / 1000)} +0000`;

export const commitObject = (commit: Omit<Commit, "sha" | "tree" | "web">): GitObject =>
  objectOf(
    "commit",
    Buffer.from(
      [
        `tree ${commit.treeSha}`,
        ...commit.parents.map((parent) => `parent ${parent}`),
        `author ${signature(commit.author)}`,
        `committer ${signature(commit.committer)}`,
        "",
        commit.message,
      ].join("\n"),
    ),
  );
