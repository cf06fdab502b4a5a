import { stamp } from "../model/clock.ts";
import { app as findApp, orGhost } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import { associationOf } from "../model/permission.ts";
import type { Issue, IssueComment, PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { userShape } from "./accounts.ts";
import { appShape } from "./checks.ts";
import { labelShape } from "./pulls.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

const reactions = (url: string): Shape => ({
  url: `${url}/reactions`,
  total_count: 0,
  "+1": 0,
  "-1": 0,
  laugh: 0,
  hooray: 0,
  confused: 0,
  heart: 0,
  rocket: 0,
  eyes: 0,
});

const via = (w: World, appId: number | null): Shape | null => (appId === null ? null : appShape(w, findApp(w, appId)));

export function commentShape(w: World, repo: Repository, comment: IssueComment): Shape {
  const url = `${repoApi(w, repo)}/issues/comments/${comment.id}`;
  const page = repo.pulls.has(comment.number) ? "pull" : "issues";
  return {
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    url,
    html_url: `${repoHtml(w, repo)}/${page}/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${repoApi(w, repo)}/issues/${comment.number}`,
    user: userShape(w, orGhost(w, comment.authorId)),
    body: comment.body,
    created_at: stamp(comment.createdAt),
    updated_at: stamp(comment.updatedAt),
    author_association: associationOf(w, repo, comment.authorId),
    reactions: reactions(url),
    performed_via_github_app: via(w, comment.appId),
  };
}

interface IssueLike {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly authorId: number;
  readonly appId: number | null;
  readonly labels: readonly string[];
  readonly state: "open" | "closed";
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
}

function issueLikeShape(w: World, repo: Repository, issue: IssueLike): Shape {
  const url = `${repoApi(w, repo)}/issues/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId("I", issue.id),
    url,
    repository_url: repoApi(w, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${repoHtml(w, repo)}/${repo.pulls.has(issue.number) ? "pull" : "issues"}/${issue.number}`,
    number: issue.number,
    state: issue.state,
    state_reason: null,
    title: issue.title,
    body: issue.body,
    user: userShape(w, orGhost(w, issue.authorId)),
    labels: issue.labels.map((name) => labelShape(w, repo, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: repo.comments.filter((comment) => comment.number === issue.number).length,
    created_at: stamp(issue.createdAt),
    updated_at: stamp(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : stamp(issue.closedAt),
    author_association: associationOf(w, repo, issue.authorId),
    reactions: reactions(url),
    performed_via_github_app: via(w, issue.appId),
  };
}

export const issueShape = (w: World, repo: Repository, issue: Issue): Shape =>
  issueLikeShape(w, repo, { ...issue, state: "open", updatedAt: issue.createdAt, closedAt: null });

/** A pull request as the issue it also is: what comment payloads carry. */
export function pullAsIssueShape(w: World, repo: Repository, pull: PullRequest): Shape {
  const html = `${repoHtml(w, repo)}/pull/${pull.number}`;
  return {
    ...issueLikeShape(w, repo, { ...pull, appId: null }),
    draft: pull.draft,
    pull_request: {
      url: `${repoApi(w, repo)}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: pull.mergedAt === null ? null : stamp(pull.mergedAt),
    },
  };
}
