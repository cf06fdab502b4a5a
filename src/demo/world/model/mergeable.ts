import { EMPTY, type Tree } from "./git.ts";
import { mergeBase, mergeTrees } from "./history.ts";
import type { PullRequest } from "./pulls.ts";
import type { Repository } from "./repositories.ts";

/** What merging `head` into `base` would give; null on a conflict. */
export function mergedTree(repo: Repository, base: string, head: string): Tree | null {
  const treeOf = (sha: string | null): Tree => (sha === null ? EMPTY : (repo.network.commits.get(sha)?.tree ?? EMPTY));
  return mergeTrees(treeOf(mergeBase(repo.network, base, head)), treeOf(base), treeOf(head));
}

/** Without conflicts, and still open. Checks and rulesets are another matter. */
export function mergeable(repo: Repository, pull: PullRequest): boolean {
  const base = repo.branches.get(pull.baseRef);
  return pull.state === "open" && base !== undefined && mergedTree(repo, base, pull.headSha) !== null;
}
