import { addCommit, signed, WEB_COMMITTER } from "../model/commits.ts";
import type { Signature } from "../model/accounts.ts";
import { account, commit as findCommit, pull as findPull, repository, tip } from "../model/find.ts";
import { type Commit, ZERO } from "../model/git.ts";
import { mergedTree } from "../model/mergeable.ts";
import type { Repository } from "../model/repositories.ts";
import { changed } from "../model/trees.ts";
import type { World } from "../world.ts";
import { moveBranch } from "./branches.ts";

export interface Push {
  readonly repo: string;
  readonly branch: string;
  /** Who pushes; also author and committer unless they are named. */
  readonly by: string;
  /** Path to new text; null deletes. None: an empty commit. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly message?: string;
  readonly author?: string | Signature;
  readonly committer?: string | Signature;
  /** The branch or commit that a new branch starts from; the default branch unless said. */
  readonly from?: string;
}

const signedAs = (w: World, who: string | Signature): Commit["author"] =>
  typeof who === "string" ? signed(account(w, who), w.now()) : { ...who, at: w.now() };

function draft(w: World, repo: Repository, given: Push, parent: Commit, onto: readonly string[]): Commit {
  return addCommit(repo.network, {
    tree: changed(parent.tree, given.files ?? {}),
    parents: onto,
    author: signedAs(w, given.author ?? given.by),
    committer: signedAs(w, given.committer ?? given.author ?? given.by),
    message: given.message ?? "Change",
  });
}

/** One commit on top of a branch (made if it is new). Returns the commit's SHA. */
export function push(w: World, given: Push): string {
  const repo = repository(w, given.repo);
  const start =
    repo.branches.get(given.branch) ?? repo.branches.get(given.from ?? repo.defaultBranch) ?? given.from ?? "";
  const made = draft(w, repo, given, findCommit(repo, start), [start]);
  moveBranch(w, repo, { branch: given.branch, to: made.sha, by: account(w, given.by) });
  return made.sha;
}

/** Stores a commit that no branch names yet: what a force-push, or a push of several commits, can move to. */
export function prepareCommit(w: World, given: Push & { readonly parent: string }): string {
  const repo = repository(w, given.repo);
  return draft(w, repo, given, findCommit(repo, given.parent), [given.parent]).sha;
}

/** Moves a branch to a commit that exists, whatever was there: forward it is a push, otherwise a force-push. */
export function pushTo(
  w: World,
  given: { readonly repo: string; readonly branch: string; readonly by: string; readonly to: string },
): void {
  const repo = repository(w, given.repo);
  moveBranch(w, repo, {
    branch: given.branch,
    to: given.to === ZERO ? ZERO : findCommit(repo, given.to).sha,
    by: account(w, given.by),
  });
}

/** Replaces the head commit by one with the same parent. */
export function forcePush(w: World, given: Push): string {
  const repo = repository(w, given.repo);
  const head = findCommit(repo, tip(repo, given.branch));
  const [parent] = head.parents;
  const base = parent === undefined ? head : findCommit(repo, parent);
  const made = draft(w, repo, { message: head.message, ...given }, base, head.parents);
  moveBranch(w, repo, { branch: given.branch, to: made.sha, by: account(w, given.by) });
  return made.sha;
}

/** `git commit --amend` and a force-push: the same tree, unless files are named, under a new SHA. */
export function amend(w: World, given: Push): string {
  const repo = repository(w, given.repo);
  const head = findCommit(repo, tip(repo, given.branch));
  const made = addCommit(repo.network, {
    tree: changed(head.tree, given.files ?? {}),
    parents: head.parents,
    author: head.author,
    committer: signedAs(w, given.committer ?? given.by),
    message: given.message ?? `${head.message} (amended)`,
  });
  moveBranch(w, repo, { branch: given.branch, to: made.sha, by: account(w, given.by) });
  return made.sha;
}

/** The "Update branch" button, or with `extra` the web conflict editor: a merge of the base, committed and signed by GitHub. */
export function updateBranch(
  w: World,
  given: {
    readonly repo: string;
    readonly number: number;
    readonly by: string;
    readonly extra?: Readonly<Record<string, string>>;
  },
): string {
  const repo = repository(w, given.repo);
  const pull = findPull(repo, given.number);
  const [base, head] = [tip(repo, pull.baseRef), pull.headSha];
  const tree = mergedTree(repo, base, head) ?? findCommit(repo, head).tree;
  const home = pull.headRepoId === null ? repo : (w.repositories.get(pull.headRepoId) ?? repo);
  const made = addCommit(repo.network, {
    tree: changed(tree, given.extra ?? {}),
    parents: [head, base],
    author: signed(account(w, given.by), w.now()),
    committer: { ...WEB_COMMITTER, at: w.now() },
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    web: true,
  });
  moveBranch(w, home, { branch: pull.headRef, to: made.sha, by: account(w, given.by) });
  return made.sha;
}

export function deleteBranch(
  w: World,
  given: { readonly repo: string; readonly branch: string; readonly by: string },
): void {
  moveBranch(w, repository(w, given.repo), { branch: given.branch, to: ZERO, by: account(w, given.by) });
}
