// Time and push evidence from GitHub's timeline and repository activity.
//
// `created_at` of the pull request is not used as evidence: it proves that there was some head then, not which one, and
// an ordinary push after it leaves no timed event on the timeline (gate.md 2: only server evidence that names the head).

import type { z } from "zod";
import { complete, incomplete } from "#kernel";
import type { CommitSha, Instant, List } from "#kernel";
import type { Contribution, Dismissal, HeadSighting, ReviewRequest } from "./facts.ts";
import { toAccount } from "./snapshot-accounts.ts";
import type { Directory } from "./snapshot-accounts.ts";
import { isObject, mapped } from "./snapshot-document.ts";
import { baseChange, dismissal, firstProblem, forcePush, reviewRequest } from "./snapshot-shapes.ts";
import type { RestAccount, RestActivity, RestPullRequest } from "./snapshot-shapes.ts";

export interface Timeline {
  readonly forcePushes: List<z.infer<typeof forcePush>>;
  readonly dismissals: List<z.infer<typeof dismissal>>;
  readonly reviewRequests: List<z.infer<typeof reviewRequest>>;
  readonly baseChanges: List<z.infer<typeof baseChange>>;
}

/** GitHub retargets by itself when a base branch is deleted: that is a change of base like any other. */
const BASE_CHANGES = ["base_ref_changed", "automatic_base_change_succeeded"];

export function readTimeline(events: List<unknown>, raw: unknown): Timeline {
  const elements: readonly unknown[] = Array.isArray(raw) ? raw : [];
  const pick = <T>(names: readonly string[], shape: z.ZodType<T>): List<T> => {
    const items: T[] = [];
    let why: string | null = events.complete ? null : events.why;
    elements.forEach((element, i) => {
      if (!isObject(element) || !names.some((name) => name === element["event"])) return;
      const parsed = shape.safeParse(element);
      if (parsed.success) items.push(parsed.data);
      else why ??= `timeline[${i}]: ${firstProblem(parsed.error)}`;
    });
    return why === null ? complete(items) : incomplete(why, items);
  };
  return {
    forcePushes: pick(["head_ref_force_pushed"], forcePush),
    dismissals: pick(["review_dismissed"], dismissal),
    reviewRequests: pick(["review_requested"], reviewRequest),
    baseChanges: pick(BASE_CHANGES, baseChange),
  };
}

export function accountsOf(timeline: Timeline): readonly (RestAccount | null)[] {
  return [
    ...timeline.forcePushes.items.map((e) => e.actor),
    ...timeline.dismissals.items.map((e) => e.actor),
    ...timeline.reviewRequests.items.map((e) => e.requested_reviewer ?? null),
  ];
}

export function toDismissals(timeline: Timeline, who: Directory): List<Dismissal> {
  // An actor of unknown type is no human here: a dismissal then frees nobody from a veto.
  const items = timeline.dismissals.items.map((e): Dismissal => ({
    reviewId: e.dismissed_review.review_id,
    actor: e.actor === null ? null : toAccount(e.actor, who, "Mannequin"),
    at: e.created_at,
    was: e.dismissed_review.state,
  }));
  return mapped(timeline.dismissals, items);
}

export function toReviewRequests(timeline: Timeline): List<ReviewRequest> {
  return mapped(
    timeline.reviewRequests,
    timeline.reviewRequests.items.map((e) => ({ reviewer: e.requested_reviewer?.id ?? null, at: e.created_at })),
  );
}

export function toBaseChanges(timeline: Timeline): List<Instant> {
  return mapped(
    timeline.baseChanges,
    timeline.baseChanges.items.map((e) => e.created_at),
  );
}

/** Entries about the branch this pull request comes from. */
export function aboutHead(activity: List<RestActivity>, pull: RestPullRequest): List<RestActivity> {
  const names = [pull.head.ref, `refs/heads/${pull.head.ref}`];
  return mapped(
    activity,
    activity.items.filter((entry) => names.includes(entry.ref)),
  );
}

/** All zeroes: the branch did not exist before, or does not after. */
function tip(sha: CommitSha): CommitSha | null {
  return /^0+$/.test(sha) ? null : sha;
}

/**
 * INVARIANT: `activity` is that of the repository which holds the head branch, for a fork the fork's own. Entries do not name
 * their repository, so the document's maker answers for that: docs/gate.md says so, because a branch of the same name in the
 * base repository could have held the same commit earlier (pre-staging).
 */
export function toSightings(timeline: Timeline, activity: List<RestActivity>, who: Directory): List<HeadSighting> {
  const pushed = timeline.forcePushes.items.map((e): HeadSighting => ({
    source: "force_push",
    at: e.created_at,
    before: null,
    after: null,
    actor: e.actor === null ? null : toAccount(e.actor, who, "User"),
  }));
  const seen = activity.items.map((e): HeadSighting => ({
    source: "activity",
    at: e.timestamp,
    before: tip(e.before),
    after: tip(e.after),
    actor: e.actor === null ? null : toAccount(e.actor, who, "User"),
  }));
  const items = [...seen, ...pushed];
  if (!activity.complete) return incomplete(activity.why, items);
  return mapped(timeline.forcePushes, items);
}

/**
 * The author, and everybody who ever pushed to the branch: more than today's commits show. A fork's activity may be
 * unreadable for good (D07); the sightings report that gap already.
 */
export function toContributions(
  pull: RestPullRequest,
  timeline: Timeline,
  activity: List<RestActivity>,
  fork: boolean,
  who: Directory,
): List<Contribution> {
  const items: Contribution[] =
    pull.user === null ? [] : [{ user: toAccount(pull.user, who, "Mannequin"), as: "author" }];
  for (const { actor } of [...activity.items, ...timeline.forcePushes.items]) {
    if (actor !== null) items.push({ user: toAccount(actor, who, "User"), as: "pusher" });
  }
  if (!activity.complete && !fork) return incomplete(activity.why, items);
  return mapped(timeline.forcePushes, items);
}
