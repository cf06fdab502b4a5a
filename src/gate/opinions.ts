// What each reviewer says now: the latest decisive review per numeric user id, in the order (submitted_at, id).

import type { Instant, ReviewId, UserId } from "#kernel";
import type { Account, Review } from "./facts.ts";
import type { ReviewCode } from "./verdict.ts";

export type Decisive = Review & {
  readonly author: Account;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED";
};

export interface Opinion {
  readonly latest: Decisive;
  /** Decisive reviews of the same person that the latest one replaces. */
  readonly earlier: readonly Decisive[];
}

export interface Opinions {
  readonly byUser: ReadonlyMap<UserId, Opinion>;
  /** Reviews that take no part, and why. */
  readonly apart: readonly { readonly review: Review; readonly code: ReviewCode }[];
  /** One id, two contents: the list changed while it was read, so it is not one moment's list. */
  readonly conflicting: readonly ReviewId[];
}

export function opinions(reviews: readonly Review[], now: Instant): Opinions {
  const { distinct, conflicting } = deduplicate(reviews);
  const apart: { review: Review; code: ReviewCode }[] = [];
  const decisive = new Map<UserId, Decisive[]>();
  for (const review of distinct) {
    const code = standsApart(review, now);
    if (code !== null || !isDecisive(review)) {
      apart.push({ review, code: code ?? "not_decisive" });
      continue;
    }
    const own = decisive.get(review.author.id);
    if (own === undefined) decisive.set(review.author.id, [review]);
    else own.push(review);
  }
  const byUser = new Map<UserId, Opinion>();
  for (const [user, own] of decisive) {
    const [latest, ...earlier] = own.sort(latestFirst);
    if (latest !== undefined) byUser.set(user, { latest, earlier });
  }
  return { byUser, apart, conflicting };
}

/** INVARIANT: only a yes is disqualified by its time. A veto or a dismissal without a usable time still stops. */
function standsApart(review: Review, now: Instant): ReviewCode | null {
  if (review.state === "COMMENTED" || review.state === "PENDING") return "not_decisive";
  if (review.author === null) return "unknown_reviewer";
  if (review.state !== "APPROVED") return null;
  if (!hasTime(review)) return "malformed_time";
  return review.submittedAt <= now ? null : "submitted_in_future";
}

function isDecisive(review: Review): review is Decisive {
  return (
    review.author !== null &&
    (review.state === "APPROVED" || review.state === "CHANGES_REQUESTED" || review.state === "DISMISSED")
  );
}

export function hasTime(review: Review): review is Review & { readonly submittedAt: Instant } {
  return review.submittedAt !== null && Number.isFinite(review.submittedAt);
}

/** Without a usable time a review is taken to be the last word: it can only be a veto or a dismissal. */
function latestFirst(a: Decisive, b: Decisive): number {
  const [at, bt] = [hasTime(a) ? a.submittedAt : Infinity, hasTime(b) ? b.submittedAt : Infinity];
  return at === bt ? b.id - a.id : bt > at ? 1 : -1;
}

function deduplicate(reviews: readonly Review[]): {
  readonly distinct: readonly Review[];
  readonly conflicting: readonly ReviewId[];
} {
  const byId = new Map<ReviewId, Review>();
  const conflicting = new Set<ReviewId>();
  for (const review of reviews) {
    const seen = byId.get(review.id);
    if (seen === undefined) byId.set(review.id, review);
    else if (!same(seen, review)) conflicting.add(review.id);
  }
  // Which of the two is true is not known, and must not depend on which came first: neither is judged.
  return {
    distinct: [...byId.values()].filter((r) => !conflicting.has(r.id)),
    conflicting: [...conflicting].sort((a, b) => a - b),
  };
}

function same(a: Review, b: Review): boolean {
  const sameAuthor =
    a.author?.id === b.author?.id && a.author?.type === b.author?.type && a.author?.login === b.author?.login;
  return (
    sameAuthor &&
    a.state === b.state &&
    a.commitSha === b.commitSha &&
    Object.is(a.submittedAt, b.submittedAt) &&
    a.editedBy === b.editedBy
  );
}
