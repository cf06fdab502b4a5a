import { stamp } from "../model/clock.ts";
import { accountOfEmail } from "../model/commits.ts";
import type { Commit, FileChange } from "../model/git.ts";
import { changesOf } from "../model/history.ts";
import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { userOrNull } from "./accounts.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

export const gitUser = (who: Commit["author"]): Shape => ({ name: who.name, email: who.email, date: stamp(who.at) });

export const verification = (commit: Commit): Shape =>
  commit.web
    ? {
        verified: true,
        reason: "valid",
        signature: "-----BEGIN PGP SIGNATURE-----",
        payload: `tree ${commit.treeSha}`,
        verified_at: stamp(commit.committer.at),
      }
    : { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

export function commitShape(w: World, repo: Repository, commit: Commit): Shape {
  const [api, html] = [repoApi(w, repo), repoHtml(w, repo)];
  const url = `${api}/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: nodeId("C", `${repo.id}/${commit.sha}`),
    url,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      author: gitUser(commit.author),
      committer: gitUser(commit.committer),
      message: commit.message,
      tree: { sha: commit.treeSha, url: `${api}/git/trees/${commit.treeSha}` },
      url: `${api}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verification(commit),
    },
    author: userOrNull(w, accountOfEmail(w, commit.author.email)),
    committer: userOrNull(w, accountOfEmail(w, commit.committer.email)),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

export function fileShape(w: World, repo: Repository, ref: string, file: FileChange): Shape {
  const html = repoHtml(w, repo);
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${ref}/${path}`,
    raw_url: `${html}/raw/${ref}/${path}`,
    contents_url: `${repoApi(w, repo)}/contents/${path}?ref=${ref}`,
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}

/** With what changed in it, as `GET /repos/{owner}/{repo}/commits/{ref}` answers. */
export function wholeCommitShape(w: World, repo: Repository, commit: Commit): Shape {
  const files = changesOf(repo.network, commit);
  const sum = (of: (file: FileChange) => number): number => files.reduce((total, file) => total + of(file), 0);
  const [additions, deletions] = [sum((file) => file.additions), sum((file) => file.deletions)];
  return {
    ...commitShape(w, repo, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.slice(0, 300).map((file) => fileShape(w, repo, commit.sha, file)),
  };
}

const pushUser = (w: World, who: Commit["author"]): Shape => {
  const account = accountOfEmail(w, who.email);
  return {
    name: who.name,
    email: who.email,
    date: stamp(who.at),
    ...(account === null ? {} : { username: account.login }),
  };
};

/** A commit as push payloads list it. */
export function pushCommitShape(w: World, repo: Repository, commit: Commit): Shape {
  const files = changesOf(repo.network, commit);
  const paths = (...statuses: readonly FileChange["status"][]): readonly string[] =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: stamp(commit.committer.at),
    url: `${repoHtml(w, repo)}/commit/${commit.sha}`,
    author: pushUser(w, commit.author),
    committer: pushUser(w, commit.committer),
    added: paths("added", "renamed"),
    removed: [...paths("removed"), ...files.flatMap((file) => file.previousPath ?? [])],
    modified: paths("modified", "changed"),
  };
}

export const simpleCommitShape = (commit: Commit): Shape => ({
  id: commit.sha,
  tree_id: commit.treeSha,
  message: commit.message,
  timestamp: stamp(commit.committer.at),
  author: { name: commit.author.name, email: commit.author.email },
  committer: { name: commit.committer.name, email: commit.committer.email },
});
