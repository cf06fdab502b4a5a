import { stamp } from "../model/clock.ts";
import { mergeable } from "../model/mergeable.ts";
import { living, orGhost, ownerOf, teamById } from "../model/find.ts";
import { nodeId, sha1 } from "../model/ids.ts";
import { associationOf } from "../model/permission.ts";
import { MAX_FILES, pullCommits, pullFiles } from "../model/diff.ts";
import type { PullRequest, Review } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { teamShape, userOrNull, userShape } from "./accounts.ts";
import { repoApi, repoHtml, repositoryShape } from "./repositories.ts";
import type { Shape } from "./shape.ts";

const LABEL_COLOUR = "ededed";

export function labelShape(w: World, repo: Repository, name: string): Shape {
  return {
    id: Number.parseInt(sha1(name).slice(0, 8), 16),
    node_id: nodeId("LA", name),
    url: `${repoApi(w, repo)}/labels/${encodeURIComponent(name)}`,
    name,
    color: LABEL_COLOUR,
    default: false,
    description: "",
  };
}

/** What lists carry; `GET` of one pull request adds the counts and whether it can be merged. */
export function pullSimpleShape(w: World, repo: Repository, pull: PullRequest): Shape {
  const url = `${repoApi(w, repo)}/pulls/${pull.number}`;
  const issue = `${repoApi(w, repo)}/issues/${pull.number}`;
  const html = `${repoHtml(w, repo)}/pull/${pull.number}`;
  const headRepo = pull.headRepoId === null ? undefined : w.repositories.get(pull.headRepoId);
  const headOwner = living(w, pull.headOwnerId);
  const baseOwner = ownerOf(w, repo);
  const enabledBy = pull.autoMerge === null ? null : orGhost(w, pull.autoMerge.by);
  return {
    id: pull.id,
    node_id: nodeId("PR", `${repo.id}/${pull.number}`),
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repoApi(w, repo)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repoApi(w, repo)}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    title: pull.title,
    user: userShape(w, orGhost(w, pull.authorId)),
    body: pull.body === "" ? null : pull.body,
    labels: pull.labels.map((name) => labelShape(w, repo, name)),
    milestone: null,
    created_at: stamp(pull.createdAt),
    updated_at: stamp(pull.updatedAt),
    closed_at: pull.closedAt === null ? null : stamp(pull.closedAt),
    merged_at: pull.mergedAt === null ? null : stamp(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [...pull.requestedReviewers].flatMap((id) => userOrNull(w, living(w, id)) ?? []),
    requested_teams: [...pull.requestedTeams].flatMap((id) => {
      const team = teamById(w, id);
      return team === undefined ? [] : [teamShape(w, repo.ownerId, team)];
    }),
    head: {
      label: `${headOwner?.login ?? "unknown"}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: userOrNull(w, headOwner),
      repo: headRepo === undefined || headRepo.deleted ? null : repositoryShape(w, headRepo),
    },
    base: {
      label: `${baseOwner.login}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: userShape(w, baseOwner),
      repo: repositoryShape(w, repo),
    },
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${repoApi(w, repo)}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${repoApi(w, repo)}/statuses/${pull.headSha}` },
    },
    author_association: associationOf(w, repo, pull.authorId),
    auto_merge:
      pull.autoMerge === null || enabledBy === null
        ? null
        : {
            enabled_by: userShape(w, enabledBy),
            merge_method: pull.autoMerge.method,
            commit_title: "",
            commit_message: "",
          },
    draft: pull.draft,
  };
}

export function pullShape(w: World, repo: Repository, pull: PullRequest): Shape {
  const files = pullFiles(repo, pull);
  const state = mergeable(repo, pull);
  return {
    ...pullSimpleShape(w, repo, pull),
    merged: pull.merged,
    mergeable: pull.merged ? null : state,
    rebaseable: pull.merged ? null : state,
    mergeable_state: pull.draft ? "draft" : state ? "clean" : "dirty",
    merged_by: userOrNull(w, living(w, pull.mergedById)),
    comments: repo.comments.filter((comment) => comment.number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pullCommits(repo, pull).length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: Math.min(files.length, MAX_FILES),
  };
}

export function reviewShape(w: World, repo: Repository, pull: PullRequest, review: Review): Shape {
  const html = `${repoHtml(w, repo)}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const url = `${repoApi(w, repo)}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId("PRR", `${repo.id}/${pull.number}/${review.id}`),
    user: userOrNull(w, living(w, review.authorId)),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    author_association: associationOf(w, repo, review.authorId),
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: stamp(review.submittedAt),
    commit_id: review.commitSha,
  };
}

/** Webhooks write the state in lower case and add `updated_at`. */
export const webhookReviewShape = (w: World, repo: Repository, pull: PullRequest, review: Review): Shape => ({
  ...reviewShape(w, repo, pull, review),
  body: review.body === "" ? null : review.body,
  state: review.state.toLowerCase(),
  updated_at: stamp(review.updatedAt),
});

/** As check runs list the pull requests of their head. */
export function pullMinimalShape(w: World, repo: Repository, pull: PullRequest): Shape {
  const ref = { id: repo.id, url: repoApi(w, repo), name: repo.name };
  return {
    id: pull.id,
    number: pull.number,
    url: `${repoApi(w, repo)}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo: ref },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo: ref },
  };
}
