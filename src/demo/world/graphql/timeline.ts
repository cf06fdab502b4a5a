import { stamp } from "../model/clock.ts";
import { teamById } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { PullRequest, TimelineItem } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { actor, teamNode } from "./actors.ts";
import type { Context } from "./context.ts";
import { reviewNode } from "./reviews.ts";

/** The word of `itemTypes` for each kind. */
export const ITEM_TYPE: Readonly<Record<TimelineItem["kind"], string>> = {
  head_ref_force_pushed: "HEAD_REF_FORCE_PUSHED_EVENT",
  base_ref_changed: "BASE_REF_CHANGED_EVENT",
  review_dismissed: "REVIEW_DISMISSED_EVENT",
  review_requested: "REVIEW_REQUESTED_EVENT",
  closed: "CLOSED_EVENT",
  merged: "MERGED_EVENT",
};

function reviewer(context: Context, repo: Repository, item: TimelineItem & { readonly kind: "review_requested" }) {
  const organisation = context.w.organisations.get(repo.ownerId);
  const team = item.teamId === null ? undefined : teamById(context.w, item.teamId);
  return team !== undefined && organisation !== undefined
    ? teamNode(context, organisation, team)
    : actor(context.w, item.reviewerId);
}

export function timelineNode(context: Context, repo: Repository, pull: PullRequest, item: TimelineItem) {
  const common = {
    id: nodeId("TE", item.id),
    databaseId: item.id,
    createdAt: stamp(item.at),
    actor: actor(context.w, item.actorId),
  };
  const commitOf = (sha: string) => {
    const found = repo.network.commits.get(sha);
    return found === undefined ? null : context.nodes.commit(context, repo, found);
  };
  switch (item.kind) {
    case "head_ref_force_pushed":
      return {
        ...common,
        __typename: "HeadRefForcePushedEvent",
        beforeCommit: commitOf(item.before),
        afterCommit: commitOf(item.after),
      };
    case "base_ref_changed":
      return { ...common, __typename: "BaseRefChangedEvent", previousRefName: item.from, currentRefName: item.to };
    case "review_dismissed": {
      const review = pull.reviews.find((one) => one.id === item.reviewId);
      return {
        ...common,
        __typename: "ReviewDismissedEvent",
        dismissalMessage: item.message,
        previousReviewState: item.previous,
        review: review === undefined ? null : reviewNode(context, repo, pull, review),
      };
    }
    case "review_requested":
      return { ...common, __typename: "ReviewRequestedEvent", requestedReviewer: reviewer(context, repo, item) };
    case "closed":
      return { ...common, __typename: "ClosedEvent" };
    case "merged":
      return { ...common, __typename: "MergedEvent", mergeRefName: pull.baseRef };
  }
}
