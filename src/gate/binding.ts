// What an approval was given on: this commit, against this base, after it became the head.

import type { Instant, Millis, ReviewId, UserId } from "#kernel";
import type { Facts, ReviewSeen } from "./facts.ts";
import { hasTime } from "./opinions.ts";
import type { Decisive } from "./opinions.ts";
import type { ReviewCode } from "./verdict.ts";

/**
 * The first reason why an approval is not bound to the current head and base, or null. One reason only: of a review on an
 * old commit it says nothing new that it is also older than the head.
 */
export function bindingTest(
  facts: Facts,
  headSince: Instant | null,
  dwell: Millis,
): (review: Decisive) => ReviewCode | null {
  const { headSha, baseRef } = facts.pullRequest;
  const seen = groupSeen(facts.firstSeen.items);
  const requested = lastByUser(facts.reviewRequests.items.map((r) => ({ user: r.reviewer, at: r.at })));
  const withdrawn = lastByUser(facts.withdrawals?.items ?? []);
  const lastBaseChange = facts.baseChanges.items.reduce<number>(
    (last, at) => (at > last || Number.isNaN(at) ? at : last),
    -Infinity,
  );

  return (review) => {
    const rows = seen.get(review.id) ?? [];
    if (review.commitSha === null) return "unbound_review";
    // GitHub re-points an approval after a force-push: what we saw first is what the human saw (A04).
    if (rows.some((row) => row.sha !== review.commitSha)) return "review_rebound";
    if (review.commitSha !== headSha) return "stale_sha";
    if (!hasTime(review)) return "malformed_time";
    if (rows.some((row) => row.baseRef !== baseRef) || !(second(lastBaseChange) < second(review.submittedAt)))
      return "base_changed";
    if (headSince === null) return "head_time_unknown";
    if (!(second(review.submittedAt) > second(headSince))) return "predates_head";
    if (!(review.submittedAt - headSince >= dwell)) return "too_fast";
    if (notAfter(review, withdrawn)) return "withdrawn";
    return notAfter(review, requested) ? "review_rerequested" : null;
  };
}

function groupSeen(rows: readonly ReviewSeen[]): ReadonlyMap<ReviewId, readonly ReviewSeen[]> {
  const byReview = new Map<ReviewId, ReviewSeen[]>();
  for (const row of rows) {
    const group = byReview.get(row.reviewId);
    if (group === undefined) byReview.set(row.reviewId, [row]);
    else group.push(row);
  }
  return byReview;
}

function lastByUser(
  events: readonly { readonly user: UserId | null; readonly at: Instant }[],
): ReadonlyMap<UserId, number> {
  const last = new Map<UserId, number>();
  for (const { user, at } of events) {
    if (user === null) continue;
    const before = last.get(user) ?? -Infinity;
    last.set(user, at > before || Number.isNaN(at) ? at : before);
  }
  return last;
}

/** In the same second the order is not known: the approval is taken to be the earlier one (B08). */
function notAfter(
  review: { readonly submittedAt: Instant; readonly author: { readonly id: UserId } },
  last: ReadonlyMap<UserId, number>,
): boolean {
  const at = last.get(review.author.id);
  return at !== undefined && !(second(at) < second(review.submittedAt));
}

/** GitHub's clock shows whole seconds: a fraction on one side only says nothing about the order within the second. */
function second(at: number): number {
  return Math.floor(at / 1000);
}
