import type { Account } from "../model/accounts.ts";
import { addCommit, signed } from "../model/commits.ts";
import { commit, fullName, tip } from "../model/find.ts";
import { EMPTY } from "../model/git.ts";
import { mergeTrees } from "../model/history.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { moveBranch } from "./branches.ts";
import { openPullRequest } from "./pulls.ts";

export interface Revert {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

/** The "Revert" button: a branch with the inverse change, and a pull request for it. null when it would conflict. */
export function revert(w: World, repo: Repository, pull: PullRequest, by: Account, given: Revert = {}): number | null {
  if (pull.mergeCommitSha === null) return null;
  const base = tip(repo, pull.baseRef);
  const before = repo.network.commits.get(pull.baseSha)?.tree ?? EMPTY;
  const tree = mergeTrees(commit(repo, pull.mergeCommitSha).tree, commit(repo, base).tree, before);
  if (tree === null) return null;
  const who = signed(by, w.now());
  const made = addCommit(repo.network, {
    tree,
    parents: [base],
    author: who,
    committer: who,
    message: `Revert "${pull.title}"\n\nThis reverts commit ${pull.mergeCommitSha}.`,
  });
  const branch = `revert-${pull.number}-${pull.headRef}`;
  moveBranch(w, repo, { branch, to: made.sha, by });
  return openPullRequest(w, {
    repo: fullName(w, repo),
    by: by.login,
    head: branch,
    base: pull.baseRef,
    title: given.title ?? `Revert "${pull.title}"`,
    body: given.body ?? `Reverts ${fullName(w, repo)}#${pull.number}`,
  });
}
