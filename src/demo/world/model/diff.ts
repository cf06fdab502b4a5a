import type { Commit, FileChange } from "./git.ts";
import { EMPTY } from "./git.ts";
import { changesBetween, commitsBetween, mergeBase } from "./history.ts";
import type { PullRequest } from "./pulls.ts";
import type { Repository } from "./repositories.ts";

/** Both are GitHub's own limits: longer lists end here, and nothing but the count says so. */
export const MAX_COMMITS = 250;
export const MAX_FILES = 3000;

/** Where the pull request's side began; frozen once it is closed. */
export function mergeBaseOf(repo: Repository, pull: PullRequest): string | null {
  if (pull.frozen !== null) return pull.frozen.mergeBase;
  return mergeBase(repo.network, repo.branches.get(pull.baseRef) ?? pull.baseSha, pull.headSha);
}

export function pullCommits(repo: Repository, pull: PullRequest): readonly Commit[] {
  const base = pull.frozen?.mergeBase ?? repo.branches.get(pull.baseRef) ?? pull.baseSha;
  return commitsBetween(repo.network, base, pull.headSha);
}

/** The three-dot difference. */
export function pullFiles(repo: Repository, pull: PullRequest): readonly FileChange[] {
  const base = mergeBaseOf(repo, pull);
  const before = base === null ? EMPTY : (repo.network.commits.get(base)?.tree ?? EMPTY);
  return changesBetween(before, repo.network.commits.get(pull.headSha)?.tree ?? EMPTY);
}
