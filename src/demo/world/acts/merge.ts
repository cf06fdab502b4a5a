import type { Account } from "../model/accounts.ts";
import { accountOfEmail, addCommit, coauthoredBy, signed, WEB_COMMITTER } from "../model/commits.ts";
import { pullCommits } from "../model/diff.ts";
import { account, commit, orGhost, repository, tip } from "../model/find.ts";
import { isAncestor } from "../model/history.ts";
import { mergedTree } from "../model/mergeable.ts";
import type { MergeMethod, PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { moveBranch } from "./branches.ts";
import { type At, at, close, emitPull } from "./pulls.ts";
import { type Push, push } from "./push.ts";

export interface Merge {
  readonly method: MergeMethod;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

function squash(w: World, repo: Repository, pull: PullRequest, by: Account, given: Merge, base: string): string {
  const commits = pullCommits(repo, pull);
  const author = orGhost(w, pull.authorId);
  const others = [...new Set(commits.flatMap((one) => accountOfEmail(w, one.author.email) ?? []))].filter(
    (who) => who.id !== author.id,
  );
  const title = given.title ?? `${pull.title} (#${pull.number})`;
  const body = given.message ?? commits.map((one) => `* ${one.message.split("\n", 1)[0] ?? ""}`).join("\n");
  const trailers = others.map(coauthoredBy).join("\n");
  return addCommit(repo.network, {
    tree: mergedTree(repo, base, pull.headSha) ?? commit(repo, pull.headSha).tree,
    parents: [base],
    author: signed(author.type === "Bot" ? author : by, w.now()),
    committer: { ...WEB_COMMITTER, at: w.now() },
    message: [title, body, trailers].filter((part) => part !== "").join("\n\n"),
    web: true,
  }).sha;
}

function rebase(w: World, repo: Repository, pull: PullRequest, base: string): string {
  return pullCommits(repo, pull)
    .filter((one) => one.parents.length < 2)
    .reduce(
      (onto, one) =>
        addCommit(repo.network, {
          tree: mergedTree(repo, onto, one.sha) ?? one.tree,
          parents: [onto],
          author: one.author,
          committer: { ...one.committer, at: w.now() },
          message: one.message,
        }).sha,
      base,
    );
}

function mergeCommit(w: World, repo: Repository, pull: PullRequest, by: Account, given: Merge, base: string): string {
  const head = `${orGhost(w, pull.headOwnerId).login}/${pull.headRef}`;
  return addCommit(repo.network, {
    tree: mergedTree(repo, base, pull.headSha) ?? commit(repo, pull.headSha).tree,
    parents: [base, pull.headSha],
    author: signed(by, w.now()),
    committer: { ...WEB_COMMITTER, at: w.now() },
    message: `${given.title ?? `Merge pull request #${pull.number} from ${head}`}\n\n${given.message ?? pull.title}`,
    web: true,
  }).sha;
}

/** Marks a pull request as merged by what is now on its base, and says so. */
export function markMerged(w: World, repo: Repository, pull: PullRequest, by: Account, sha: string): void {
  pull.merged = true;
  pull.mergedAt = w.now();
  pull.mergedById = by.id;
  pull.mergeCommitSha = sha;
  pull.timeline.push({ kind: "merged", id: w.ids.next("event"), at: w.now(), actorId: by.id, sha });
  close(w, repo, pull, by);
}

/** Merges whatever the rules say; who may call this is decided before. Returns the new tip of the base. */
export function performMerge(w: World, repo: Repository, pull: PullRequest, by: Account, given: Merge): string {
  const base = tip(repo, pull.baseRef);
  const sha =
    given.method === "squash"
      ? squash(w, repo, pull, by, given, base)
      : given.method === "rebase"
        ? rebase(w, repo, pull, base)
        : mergeCommit(w, repo, pull, by, given, base);
  pull.baseSha = base;
  markMerged(w, repo, pull, by, sha);
  moveBranch(w, repo, { branch: pull.baseRef, to: sha, by, as: "pr_merge" });
  emitPull(w, repo, pull, "closed", by);
  return sha;
}

function recordSuite(
  w: World,
  repo: Repository,
  branch: string,
  before: string,
  after: string,
  by: Account,
  result: "pass" | "bypass",
): void {
  repo.ruleSuites.push({
    id: w.ids.next("suite-of-rules"),
    actorId: by.id,
    before,
    after,
    ref: `refs/heads/${branch}`,
    pushedAt: w.now(),
    result,
  });
}

/** An administrator's merge in the browser that goes around the gate (E11): the rule suite says `bypass`. */
export function mergeAsAdmin(w: World, given: At & { readonly method?: MergeMethod }): string {
  const { repo, pull, by } = at(w, given);
  const before = tip(repo, pull.baseRef);
  const sha = performMerge(w, repo, pull, by, { method: given.method ?? "merge" });
  recordSuite(w, repo, pull.baseRef, before, sha, by, "bypass");
  return sha;
}

/** A push straight to a branch (E12), past its rulesets. */
export function directPush(w: World, given: Push): string {
  const repo = repository(w, given.repo);
  const before = tip(repo, given.branch);
  const sha = push(w, given);
  recordSuite(w, repo, given.branch, before, sha, account(w, given.by), "bypass");
  return sha;
}

/** Pushes a pull request's head straight onto its base: GitHub then shows the pull request as merged, with no button pressed. */
export function pushMerged(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  const before = tip(repo, pull.baseRef);
  if (!isAncestor(repo.network, before, pull.headSha))
    throw new Error("The head does not contain its base: it cannot be fast-forwarded.");
  markMerged(w, repo, pull, by, pull.headSha);
  moveBranch(w, repo, { branch: pull.baseRef, to: pull.headSha, by });
  recordSuite(w, repo, pull.baseRef, before, pull.headSha, by, "bypass");
  emitPull(w, repo, pull, "closed", by);
}
