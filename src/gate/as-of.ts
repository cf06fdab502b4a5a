// Facts as they stood at an earlier moment, so that a merge is judged by what was true when it happened: a later yes does
// not excuse it, and a later no does not condemn it.

import type { Instant, List } from "#kernel";
import type { Facts, Review } from "./facts.ts";

export function asOf(facts: Facts, moment: Instant): Facts {
  const upTo = <T extends { readonly at: Instant }>(list: List<T>): List<T> => ({
    ...list,
    items: list.items.filter((item) => item.at <= moment),
  });
  return {
    ...facts,
    now: moment,
    pullRequest: { ...facts.pullRequest, state: "open", merged: false },
    reviews: { ...facts.reviews, items: facts.reviews.items.flatMap((r) => reviewAsOf(r, facts, moment)) },
    sightings: upTo(facts.sightings),
    dismissals: upTo(facts.dismissals),
    reviewRequests: upTo(facts.reviewRequests),
    stepUps: upTo(facts.stepUps),
    ...(facts.holds === undefined ? {} : { holds: upTo(facts.holds) }),
    ...(facts.withdrawals === undefined ? {} : { withdrawals: upTo(facts.withdrawals) }),
    baseChanges: { ...facts.baseChanges, items: facts.baseChanges.items.filter((at) => at <= moment) },
    siblings: {
      ...facts.siblings,
      items: facts.siblings.items.map((s) =>
        s.facts === null || !s.open ? s : { ...s, facts: asOf(s.facts, moment) },
      ),
    },
  };
}

/** Not there yet, or with the state it had before a later dismissal, when that is on record. */
function reviewAsOf(review: Review, facts: Facts, moment: Instant): readonly Review[] {
  if (review.submittedAt !== null && review.submittedAt > moment) return [];
  if (review.state !== "DISMISSED") return [review];
  const own = facts.dismissals.items.filter((d) => d.reviewId === review.id);
  const [first] = own;
  const before = own.length === 1 && first !== undefined && first.at > moment ? (first.was ?? null) : null;
  return [before === null ? review : { ...review, state: before }];
}
