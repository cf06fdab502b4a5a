import { stamp } from "../model/clock.ts";
import { nodeId } from "../model/ids.ts";
import { associationOf } from "../model/permission.ts";
import type { PullRequest, Review } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { reviewShape } from "../shapes/pulls.ts";
import { actor } from "./actors.ts";
import type { Context } from "./context.ts";

export function reviewNode(context: Context, repo: Repository, pull: PullRequest, review: Review) {
  const { w } = context;
  const commit = review.commitSha === null ? undefined : repo.network.commits.get(review.commitSha);
  return {
    __typename: "PullRequestReview",
    id: nodeId("PRR", `${repo.id}/${pull.number}/${review.id}`),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    author: actor(w, review.authorId),
    authorAssociation: associationOf(w, repo, review.authorId),
    state: review.state,
    submittedAt: stamp(review.submittedAt),
    createdAt: stamp(review.submittedAt),
    updatedAt: stamp(review.updatedAt),
    lastEditedAt: review.edited === null ? null : stamp(review.edited.at),
    editor: review.edited === null ? null : actor(w, review.edited.by),
    body: review.body,
    url: reviewShape(w, repo, pull, review)["html_url"],
    commit: commit === undefined ? null : context.nodes.commit(context, repo, commit),
  };
}
