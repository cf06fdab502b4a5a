import { kindOf } from "./entries.ts";
import { type Commit, EMPTY, type FileChange, type Network, type Tree } from "./git.ts";
import { oidOf } from "./objects.ts";
import { isWhole } from "./trees.ts";

/** Everything a commit can reach, itself included. */
export function ancestors(network: Network, sha: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [sha];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(network.commits.get(next)?.parents ?? []));
  }
  return seen;
}

const commitsOf = (network: Network, shas: Iterable<string>): Commit[] =>
  [...shas].flatMap((sha) => network.commits.get(sha) ?? []);

/** Parents before children. The store keeps commits in the order they were made, which is such an order. */
const inOrder = (network: Network, shas: ReadonlySet<string>): Commit[] =>
  commitsOf(
    network,
    [...network.commits.keys()].filter((sha) => shas.has(sha)),
  );

/** The newest commit that both sides reach; null when their histories never met. */
export function mergeBase(network: Network, a: string, b: string): string | null {
  const left = ancestors(network, a);
  const both = new Set([...ancestors(network, b)].filter((sha) => left.has(sha)));
  return inOrder(network, both).at(-1)?.sha ?? null;
}

/** Commits of `head` that `base` does not reach, oldest first: what a pull request lists. */
export function commitsBetween(network: Network, base: string, head: string): readonly Commit[] {
  const known = ancestors(network, base);
  return inOrder(network, new Set([...ancestors(network, head)].filter((sha) => !known.has(sha))));
}

/** Newest first, as GitHub lists a branch. */
export const historyOf = (network: Network, sha: string): readonly Commit[] =>
  inOrder(network, ancestors(network, sha)).toReversed();

export const isAncestor = (network: Network, ancestor: string, of: string): boolean =>
  ancestors(network, of).has(ancestor);

const linesOf = (text: string): number => (text === "" ? 0 : text.split("\n").length);

/** What changed between two trees; a path that vanished while the same text appeared elsewhere is a rename. */
export function changesBetween(before: Tree, after: Tree): readonly FileChange[] {
  const gone = [...before].filter(([path]) => !after.has(path));
  const changes: FileChange[] = [];
  for (const [path, text] of after) {
    const old = before.get(path);
    if (old === text) continue;
    const lines = linesOf(text);
    if (old !== undefined) {
      changes.push({
        path,
        status: kindOf(old) === kindOf(text) ? "modified" : "changed",
        previousPath: null,
        sha: oidOf(text),
        additions: lines,
        deletions: linesOf(old),
      });
      continue;
    }
    const from = gone.findIndex(([, goneText]) => goneText === text);
    const [previous] = from < 0 ? [] : gone.splice(from, 1);
    changes.push(
      previous === undefined
        ? { path, status: "added", previousPath: null, sha: oidOf(text), additions: lines, deletions: 0 }
        : { path, status: "renamed", previousPath: previous[0], sha: oidOf(text), additions: 0, deletions: 0 },
    );
  }
  for (const [path, text] of gone) {
    changes.push({
      path,
      status: "removed",
      previousPath: null,
      sha: oidOf(text),
      additions: 0,
      deletions: linesOf(text),
    });
  }
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** A commit's own changes, against its first parent. */
export function changesOf(network: Network, commit: Commit): readonly FileChange[] {
  const [parent] = commit.parents;
  return changesBetween(parent === undefined ? EMPTY : (network.commits.get(parent)?.tree ?? EMPTY), commit.tree);
}

/** Three-way merge by file; null when both sides changed one file differently, or one has a file where the other has a folder. */
export function mergeTrees(base: Tree, ours: Tree, theirs: Tree): Tree | null {
  const merged = new Map<string, string>();
  for (const path of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [was, left, right] = [base.get(path), ours.get(path), theirs.get(path)];
    if (left !== was && right !== was && left !== right) return null;
    const text = left === was ? right : left;
    if (text !== undefined) merged.set(path, text);
  }
  return isWhole(merged) ? merged : null;
}
