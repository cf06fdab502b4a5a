import type { Account } from "../model/accounts.ts";
import { account, ownerOf, pull as findPull, repository, team, tip } from "../model/find.ts";
import { mergeBase } from "../model/history.ts";
import type { MergeMethod, PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { teamShape, userShape } from "../shapes/accounts.ts";
import { labelShape, pullShape } from "../shapes/pulls.ts";
import type { Shape } from "../shapes/shape.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";

export interface At {
  readonly repo: string;
  readonly number: number;
  readonly by: string;
}

/** A pull request by an act's address, and who acts. */
export function at(
  w: World,
  given: At,
): { readonly repo: Repository; readonly pull: PullRequest; readonly by: Account } {
  const repo = repository(w, given.repo);
  return { repo, pull: findPull(repo, given.number), by: account(w, given.by) };
}

export function emitPull(
  w: World,
  repo: Repository,
  pull: PullRequest,
  action: string,
  by: Account,
  more: Shape = {},
): void {
  emit(w, repo, {
    event: "pull_request",
    action,
    sender: by,
    body: { number: pull.number, pull_request: pullShape(w, repo, pull), ...more },
  });
}

export interface NewPull {
  readonly repo: string;
  readonly by: string;
  /** `branch`, or `login:branch` of a fork. */
  readonly head: string;
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  readonly draft?: boolean;
}

function headOf(w: World, repo: Repository, head: string): { readonly home: Repository; readonly branch: string } {
  const [login, branch] = head.includes(":") ? head.split(":", 2) : [undefined, head];
  const home = login === undefined ? repo : repository(w, `${login}/${repo.name}`);
  return { home, branch: branch ?? "" };
}

export function openPullRequest(w: World, given: NewPull): number {
  const repo = repository(w, given.repo);
  const by = account(w, given.by);
  const { home, branch } = headOf(w, repo, given.head);
  const baseRef = given.base ?? repo.defaultBranch;
  const number = repo.nextNumber++;
  const pull: PullRequest = {
    id: w.ids.next("pull"),
    number,
    title: given.title ?? `Pull request ${number}`,
    body: given.body ?? "",
    authorId: by.id,
    state: "open",
    merged: false,
    draft: given.draft ?? false,
    createdAt: w.now(),
    updatedAt: w.now(),
    closedAt: null,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    headRepoId: home.id,
    headOwnerId: ownerOf(w, home).id,
    headRef: branch,
    headSha: tip(home, branch),
    baseRef,
    baseSha: tip(repo, baseRef),
    autoMerge: null,
    reviews: [],
    requestedReviewers: new Set(),
    requestedTeams: new Set(),
    timeline: [],
    labels: [],
    frozen: null,
  };
  repo.pulls.set(number, pull);
  emitPull(w, repo, pull, "opened", by);
  return number;
}

export function close(w: World, repo: Repository, pull: PullRequest, by: Account): void {
  const base = repo.branches.get(pull.baseRef) ?? pull.baseSha;
  pull.frozen ??= { mergeBase: mergeBase(repo.network, base, pull.headSha) ?? base, head: pull.headSha };
  pull.state = "closed";
  pull.closedAt = w.now();
  pull.updatedAt = w.now();
  pull.autoMerge = null;
  pull.timeline.push({ kind: "closed", id: w.ids.next("event"), at: w.now(), actorId: by.id });
}

export function closePullRequest(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  close(w, repo, pull, by);
  emitPull(w, repo, pull, "closed", by);
}

export function reopenPullRequest(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  Object.assign(pull, { state: "open", closedAt: null, frozen: null, updatedAt: w.now() });
  emitPull(w, repo, pull, "reopened", by);
}

export function markDraft(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  pull.draft = true;
  emitPull(w, repo, pull, "converted_to_draft", by);
}

export function markReady(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  pull.draft = false;
  emitPull(w, repo, pull, "ready_for_review", by);
}

export function editPullRequest(w: World, given: At & { readonly title: string }): void {
  const { repo, pull, by } = at(w, given);
  const from = pull.title;
  pull.title = given.title;
  emitPull(w, repo, pull, "edited", by, { changes: { title: { from } } });
}

/** A new base fires nothing but `pull_request.edited` (D01). */
export function retarget(w: World, given: At & { readonly base: string }): void {
  const { repo, pull, by } = at(w, given);
  const from = { ref: pull.baseRef, sha: pull.baseSha };
  pull.timeline.push({
    kind: "base_ref_changed",
    id: w.ids.next("event"),
    at: w.now(),
    actorId: by.id,
    from: pull.baseRef,
    to: given.base,
  });
  pull.baseRef = given.base;
  pull.baseSha = tip(repo, given.base);
  pull.updatedAt = w.now();
  emitPull(w, repo, pull, "edited", by, { changes: { base: { ref: { from: from.ref }, sha: { from: from.sha } } } });
}

export function addLabel(w: World, given: At & { readonly label: string }): void {
  const { repo, pull, by } = at(w, given);
  pull.labels.push(given.label);
  emitPull(w, repo, pull, "labeled", by, { label: labelShape(w, repo, given.label) });
}

/** Asking somebody who already reviewed is the round arrow beside the name (B08). */
export function requestReview(w: World, given: At & { readonly from: string }): void {
  const { repo, pull, by } = at(w, given);
  const isTeam = given.from.includes("/");
  const asked = isTeam ? team(w, given.from) : account(w, given.from);
  (isTeam ? pull.requestedTeams : pull.requestedReviewers).add(asked.id);
  pull.updatedAt = w.now();
  pull.timeline.push({
    kind: "review_requested",
    id: w.ids.next("event"),
    at: w.now(),
    actorId: by.id,
    reviewerId: isTeam ? null : asked.id,
    teamId: isTeam ? asked.id : null,
  });
  emitPull(
    w,
    repo,
    pull,
    "review_requested",
    by,
    "login" in asked
      ? { requested_reviewer: userShape(w, asked) }
      : { requested_team: teamShape(w, repo.ownerId, asked) },
  );
}

export function armAutoMerge(w: World, given: At & { readonly method?: MergeMethod }): void {
  const { repo, pull, by } = at(w, given);
  pull.autoMerge = { by: by.id, at: w.now(), method: given.method ?? "squash" };
  emitPull(w, repo, pull, "auto_merge_enabled", by);
}

export function disarmAutoMerge(w: World, given: At): void {
  const { repo, pull, by } = at(w, given);
  pull.autoMerge = null;
  emitPull(w, repo, pull, "auto_merge_disabled", by, { reason: "Auto-merge was disabled." });
}
