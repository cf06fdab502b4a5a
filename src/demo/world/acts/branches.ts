import type { Account } from "../model/accounts.ts";
import { commit } from "../model/find.ts";
import { commitsBetween, isAncestor } from "../model/history.ts";
import { ZERO } from "../model/git.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Activity, Repository } from "../model/repositories.ts";
import { signatureOf } from "../model/accounts.ts";
import { pushCommitShape } from "../shapes/commits.ts";
import { pullShape } from "../shapes/pulls.ts";
import { repoHtml } from "../shapes/repositories.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";

/** Open pull requests, in any repository, whose head is this branch. */
function pullsFrom(
  w: World,
  repo: Repository,
  branch: string,
): readonly { readonly home: Repository; readonly pull: PullRequest }[] {
  return [...w.repositories.values()].flatMap((home) =>
    [...home.pulls.values()]
      .filter((pull) => pull.state === "open" && pull.headRepoId === repo.id && pull.headRef === branch)
      .map((pull) => ({ home, pull })),
  );
}

function emitPush(
  w: World,
  repo: Repository,
  branch: string,
  before: string,
  after: string,
  by: Account,
  forced: boolean,
): void {
  const gone = after === ZERO;
  const commits = gone ? [] : before === ZERO ? [commit(repo, after)] : commitsBetween(repo.network, before, after);
  emit(w, repo, {
    event: "push",
    action: null,
    sender: by,
    body: {
      ref: `refs/heads/${branch}`,
      before,
      after,
      base_ref: null,
      created: before === ZERO,
      deleted: gone,
      forced,
      compare: `${repoHtml(w, repo)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits: commits.slice(0, 2048).map((one) => pushCommitShape(w, repo, one)),
      head_commit: gone ? null : pushCommitShape(w, repo, commit(repo, after)),
      pusher: { name: by.login, email: signatureOf(by).email },
    },
  });
}

function moveHead(
  w: World,
  home: Repository,
  pull: PullRequest,
  before: string,
  after: string,
  by: Account,
  forced: boolean,
): void {
  pull.headSha = after;
  pull.baseSha = home.branches.get(pull.baseRef) ?? pull.baseSha;
  pull.updatedAt = w.now();
  if (forced)
    pull.timeline.push({
      kind: "head_ref_force_pushed",
      id: w.ids.next("event"),
      at: w.now(),
      actorId: by.id,
      before,
      after,
    });
  if (forced && w.knobs.rebind) {
    for (const review of pull.reviews) if (review.state === "APPROVED") review.commitSha = after;
  }
  emit(w, home, {
    event: "pull_request",
    action: "synchronize",
    sender: by,
    body: { number: pull.number, before, after, pull_request: pullShape(w, home, pull) },
  });
}

export interface Move {
  readonly branch: string;
  /** All zeroes deletes the branch. */
  readonly to: string;
  readonly by: Account;
  readonly as?: Activity["type"];
}

/** The one way a branch moves: activity, push event, and whatever follows for the pull requests whose head it is. */
export function moveBranch(w: World, repo: Repository, { branch, to, by, as }: Move): void {
  const before = repo.branches.get(branch) ?? ZERO;
  if (before === to) return;
  const forced = before !== ZERO && to !== ZERO && !isAncestor(repo.network, before, to);
  const type =
    before === ZERO ? "branch_creation" : to === ZERO ? "branch_deletion" : forced ? "force_push" : (as ?? "push");
  if (to === ZERO) repo.branches.delete(branch);
  else repo.branches.set(branch, to);
  repo.pushedAt = w.now();
  repo.activity.push({
    id: w.ids.next("activity"),
    before,
    after: to,
    ref: `refs/heads/${branch}`,
    at: w.now(),
    type,
    actorId: by.id,
  });
  emitPush(w, repo, branch, before, to, by, forced);
  if (before === ZERO || to === ZERO) return;
  for (const { home, pull } of pullsFrom(w, repo, branch)) moveHead(w, home, pull, before, to, by, forced);
}
