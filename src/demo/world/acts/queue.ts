import { addCommit, signed, WEB_COMMITTER } from "../model/commits.ts";
import type { Account } from "../model/accounts.ts";
import { account, commit, living, pull as findPull, repository, tip } from "../model/find.ts";
import { ZERO } from "../model/git.ts";
import { WEB_FLOW_ID } from "../model/known-accounts.ts";
import { mergedTree } from "../model/mergeable.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { MergeGroup, QueueEntry, Repository } from "../model/repositories.ts";
import { simpleCommitShape } from "../shapes/commits.ts";
import { violations } from "../model/rules.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";
import { moveBranch } from "./branches.ts";
import { markMerged } from "./merge.ts";
import { type At, at, emitPull } from "./pulls.ts";

const groupShape = (repo: Repository, group: MergeGroup) => ({
  head_sha: group.headSha,
  head_ref: `refs/heads/${group.branch}`,
  base_sha: group.baseSha,
  base_ref: `refs/heads/${group.base}`,
  head_commit: simpleCommitShape(commit(repo, group.headSha)),
});

const queueBot = (w: World, fallback: Account): Account => living(w, WEB_FLOW_ID) ?? fallback;

/** Puts a pull request at the end of its base's queue and asks for checks on the group that ends with it (E08). */
export function enqueue(w: World, repo: Repository, pull: PullRequest, by: Account): QueueEntry {
  const entry: QueueEntry = {
    id: w.ids.next("entry"),
    number: pull.number,
    base: pull.baseRef,
    byId: by.id,
    at: w.now(),
  };
  repo.queue.push(entry);
  emitPull(w, repo, pull, "enqueued", by);
  const last = repo.groups.filter((group) => group.base === pull.baseRef).at(-1);
  const baseSha = last?.headSha ?? tip(repo, pull.baseRef);
  const head = addCommit(repo.network, {
    tree: mergedTree(repo, baseSha, pull.headSha) ?? commit(repo, pull.headSha).tree,
    parents: [baseSha, pull.headSha],
    author: signed(by, w.now()),
    committer: { ...WEB_COMMITTER, at: w.now() },
    message: `Merge pull request #${pull.number} from ${pull.headRef}\n\n${pull.title}`,
    web: true,
  });
  const branch = `gh-readonly-queue/${pull.baseRef}/pr-${pull.number}-${baseSha}`;
  const group: MergeGroup = {
    branch,
    base: pull.baseRef,
    baseSha,
    headSha: head.sha,
    numbers: [...(last?.numbers ?? []), pull.number],
  };
  repo.groups.push(group);
  moveBranch(w, repo, { branch, to: head.sha, by: queueBot(w, by) });
  emit(w, repo, {
    event: "merge_group",
    action: "checks_requested",
    sender: by,
    body: { merge_group: groupShape(repo, group) },
  });
  return entry;
}

export const addToMergeQueue = (w: World, given: At): void => {
  const { repo, pull, by } = at(w, given);
  enqueue(w, repo, pull, by);
};

function destroy(
  w: World,
  repo: Repository,
  group: MergeGroup,
  by: Account,
  reason: "merged" | "invalidated" | "dequeued",
): void {
  repo.groups.splice(repo.groups.indexOf(group), 1);
  emit(w, repo, {
    event: "merge_group",
    action: "destroyed",
    sender: by,
    body: { reason, merge_group: groupShape(repo, group) },
  });
  moveBranch(w, repo, { branch: group.branch, to: ZERO, by: queueBot(w, by) });
}

/** Takes a pull request out; groups that contain it fall with it. */
export function dequeue(w: World, repo: Repository, pull: PullRequest, by: Account): QueueEntry | null {
  const index = repo.queue.findIndex((entry) => entry.number === pull.number);
  const [entry] = index < 0 ? [] : repo.queue.splice(index, 1);
  if (entry === undefined) return null;
  for (const group of repo.groups.filter((one) => one.numbers.includes(pull.number)))
    destroy(w, repo, group, by, "dequeued");
  emitPull(w, repo, pull, "dequeued", by, { reason: "MANUAL" });
  return entry;
}

export const removeFromMergeQueue = (w: World, given: At): void => {
  const { repo, pull, by } = at(w, given);
  dequeue(w, repo, pull, by);
};

/** GitHub merges a group whose required checks succeeded.. */
function mergeGroup(w: World, repo: Repository, group: MergeGroup, by: Account): void {
  for (const number of group.numbers) {
    const pull = findPull(repo, number);
    if (pull.state !== "open") continue;
    const index = repo.queue.findIndex((entry) => entry.number === number);
    if (index >= 0) repo.queue.splice(index, 1);
    markMerged(w, repo, pull, by, group.headSha);
    emitPull(w, repo, pull, "closed", by);
  }
  moveBranch(w, repo, { branch: group.base, to: group.headSha, by, as: "merge_queue_merge" });
  for (const done of repo.groups.filter((one) => one.numbers.every((number) => group.numbers.includes(number))))
    destroy(w, repo, done, by, "merged");
}

/** Merges, in order, every group whose required checks succeeded, as GitHub does by itself. Returns what it merged. */
export function advanceQueue(w: World, given: { readonly repo: string; readonly by: string }): readonly number[] {
  const repo = repository(w, given.repo);
  const merged: number[] = [];
  for (const group of repo.groups.slice()) {
    const last = group.numbers.at(-1);
    if (last === undefined || !repo.groups.includes(group)) continue;
    if (violations(w, repo, findPull(repo, last), group.headSha, 0).length > 0) break;
    merged.push(...group.numbers.filter((number) => findPull(repo, number).state === "open"));
    mergeGroup(w, repo, group, account(w, given.by));
  }
  return merged;
}
