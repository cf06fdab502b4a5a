import { stamp } from "../model/clock.ts";
import { fullName, ownerOf } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { userShape } from "./accounts.ts";
import type { Shape } from "./shape.ts";

export const repoApi = (w: World, repo: Repository): string => `${w.urls.api}/repos/${fullName(w, repo)}`;
export const repoHtml = (w: World, repo: Repository): string => `${w.urls.html}/${fullName(w, repo)}`;

/** The templates of RFC 6570 that stand behind each `*_url`. */
const LINKS: Readonly<Record<string, string>> = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};

export function repositoryShape(w: World, repo: Repository): Shape {
  const [api, html, owner] = [repoApi(w, repo), repoHtml(w, repo), ownerOf(w, repo)];
  const name = fullName(w, repo);
  const open = [...repo.pulls.values()].filter((pull) => pull.state === "open").length;
  const forks = [...w.repositories.values()].filter((other) => other.forkOf === repo.id).length;
  return {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: name,
    private: repo.private,
    owner: userShape(w, owner),
    html_url: html,
    description: null,
    fork: repo.forkOf !== null,
    url: api,
    ...Object.fromEntries(Object.entries(LINKS).map(([key, path]) => [key, `${api}${path}`])),
    git_url: `git://${new URL(w.urls.html).host}/${name}.git`,
    ssh_url: `git@${new URL(w.urls.html).hostname}:${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: "TypeScript",
    license: null,
    topics: [],
    visibility: repo.private ? "private" : "public",
    default_branch: repo.defaultBranch,
    created_at: stamp(repo.createdAt),
    updated_at: stamp(repo.createdAt),
    pushed_at: stamp(repo.pushedAt),
    size: 128,
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: forks,
    open_issues_count: open,
    watchers: 0,
    forks,
    open_issues: open,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
  };
}

/** What `GET /repos/{owner}/{repo}` adds. */
export const fullRepositoryShape = (w: World, repo: Repository): Shape => ({
  ...repositoryShape(w, repo),
  ...(w.organisations.has(repo.ownerId) ? { organization: userShape(w, ownerOf(w, repo)) } : {}),
  allow_merge_commit: true,
  allow_squash_merge: true,
  allow_rebase_merge: true,
  allow_auto_merge: true,
  allow_update_branch: true,
  delete_branch_on_merge: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
  subscribers_count: 0,
  network_count: 0,
});

/** Push payloads write times as seconds, not as text. */
export const pushRepositoryShape = (w: World, repo: Repository): Shape => ({
  ...repositoryShape(w, repo),
  created_at: Math.floor(repo.createdAt / 1000),
  pushed_at: Math.floor(repo.pushedAt / 1000),
  master_branch: repo.defaultBranch,
  stargazers: 0,
});
