import type { Tree } from "./git.ts";

const foldersOf = (path: string): readonly string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, at, parts) => parts.slice(0, at + 1).join("/"));

/** As git does: what is written stands in the place of whatever stood in its way, and null takes a path out. */
export function changed(tree: Tree, files: Readonly<Record<string, string | null>>): Tree {
  const next = new Map(tree);
  for (const [path, text] of Object.entries(files)) {
    if (text === null) {
      next.delete(path);
      continue;
    }
    for (const other of [...foldersOf(path), ...[...next.keys()].filter((one) => one.startsWith(`${path}/`))])
      next.delete(other);
    next.set(path, text);
  }
  return next;
}

/** No file is where another one's folder is. */
export function isWhole(tree: Tree): boolean {
  const folders = new Set([...tree.keys()].flatMap(foldersOf));
  return [...tree.keys()].every((path) => !folders.has(path));
}

/** One folder's own tree. "": the tree itself. */
export const folderOf = (tree: Tree, folder: string): Tree =>
  folder === ""
    ? tree
    : new Map(
        [...tree].flatMap(([path, kept]) =>
          path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), kept]] : [],
        ),
      );
