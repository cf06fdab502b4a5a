import { account, pull as findPull, repository } from "../model/find.ts";
import type { Account } from "../model/accounts.ts";
import type { PullRequest, Review, ReviewState } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { pullSimpleShape, webhookReviewShape } from "../shapes/pulls.ts";
import type { Shape } from "../shapes/shape.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";
import { type At, at } from "./pulls.ts";

export interface NewReview extends At {
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED";
  readonly body?: string;
  /** The API lets a reviewer name any commit of the pull request; null: GitHub lost it. The head unless said. */
  readonly commit?: string | null;
}

function emitReview(
  w: World,
  repo: Repository,
  pull: PullRequest,
  review: Review,
  action: string,
  by: Account,
  more: Shape = {},
): void {
  emit(w, repo, {
    event: "pull_request_review",
    action,
    sender: by,
    body: { review: webhookReviewShape(w, repo, pull, review), pull_request: pullSimpleShape(w, repo, pull), ...more },
  });
}

/** Returns the review's id. Whoever reviews is no longer asked to. */
export function review(w: World, given: NewReview): number {
  const { repo, pull, by } = at(w, given);
  const added: Review = {
    id: w.ids.next("review"),
    authorId: by.id,
    state: given.state,
    commitSha: given.commit === undefined ? pull.headSha : given.commit,
    body: given.body ?? "",
    submittedAt: w.now(),
    updatedAt: w.now(),
    edited: null,
  };
  pull.reviews.push(added);
  pull.requestedReviewers.delete(by.id);
  pull.updatedAt = w.now();
  emitReview(w, repo, pull, added, "submitted", by);
  return added.id;
}

type Opinion = Omit<NewReview, "state">;
export const approve = (w: World, given: Opinion): number => review(w, { ...given, state: "APPROVED" });
export const requestChanges = (w: World, given: Opinion): number =>
  review(w, { ...given, state: "CHANGES_REQUESTED", body: given.body ?? "Please change this." });
export const remark = (w: World, given: Opinion): number =>
  review(w, { ...given, state: "COMMENTED", body: given.body ?? "A remark." });

function reviewOf(
  w: World,
  given: At & { readonly review: number },
): { readonly repo: Repository; readonly pull: PullRequest; readonly review: Review; readonly by: Account } {
  const repo = repository(w, given.repo);
  const pull = findPull(repo, given.number);
  const found = pull.reviews.find((candidate) => candidate.id === given.review);
  if (found === undefined) throw new Error(`The world has no review ${given.review} on #${given.number}.`);
  return { repo, pull, review: found, by: account(w, given.by) };
}

export function dismissReview(w: World, given: At & { readonly review: number; readonly message?: string }): void {
  const { repo, pull, review: found, by } = reviewOf(w, given);
  const previous: ReviewState = found.state;
  found.state = "DISMISSED";
  found.updatedAt = w.now();
  pull.updatedAt = w.now();
  pull.timeline.push({
    kind: "review_dismissed",
    id: w.ids.next("event"),
    at: w.now(),
    actorId: by.id,
    reviewId: found.id,
    previous,
    message: given.message ?? "Dismissed.",
  });
  emitReview(w, repo, pull, found, "dismissed", by);
}

/** Anybody with write access may edit the text of somebody else's review (B18). */
export function editReview(w: World, given: At & { readonly review: number; readonly body: string }): void {
  const { repo, pull, review: found, by } = reviewOf(w, given);
  const from = found.body;
  found.body = given.body;
  found.edited = { by: by.id, at: w.now() };
  found.updatedAt = w.now();
  emitReview(w, repo, pull, found, "edited", by, { changes: { body: { from } } });
}
