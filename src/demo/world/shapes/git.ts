import type { Commit, Tree } from "../model/git.ts";
import { entryOf } from "../model/entries.ts";
import { nodeId } from "../model/ids.ts";
import { oidOf, treeObjects, treeShaOf } from "../model/objects.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { gitUser, verification } from "./commits.ts";
import { base64 } from "./contents.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

/** What GitHub answers to whoever made one. */
export const madeBlobShape = (w: World, repo: Repository, sha: string): Shape => ({
  sha,
  url: `${repoApi(w, repo)}/git/blobs/${sha}`,
});

export const blobShape = (w: World, repo: Repository, sha: string, bytes: Buffer): Shape => ({
  ...madeBlobShape(w, repo, sha),
  node_id: nodeId("B", sha),
  size: bytes.length,
  content: base64(bytes),
  encoding: "base64",
});

/** Its own files and folders; `recursive`: all that is in them, too. */
export function treeShape(w: World, repo: Repository, tree: Tree, recursive: boolean): Shape {
  const api = `${repoApi(w, repo)}/git`;
  const sha = treeShaOf(tree);
  const listed = [
    ...[...treeObjects(tree)]
      .filter(([path]) => path !== "")
      .map(([path, { oid }]) => ({ path, mode: "040000", type: "tree", sha: oid, url: `${api}/trees/${oid}` })),
    ...[...tree].map(([path, kept]) => {
      const own = oidOf(kept);
      const { mode, bytes } = entryOf(kept);
      if (mode === "160000") return { path, mode, type: "commit", sha: own };
      return { path, mode, type: "blob", sha: own, size: bytes.length, url: `${api}/blobs/${own}` };
    }),
  ];
  return {
    sha,
    url: `${api}/trees/${sha}`,
    tree: listed.filter(({ path }) => recursive || !path.includes("/")).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    truncated: false,
  };
}

export function gitCommitShape(w: World, repo: Repository, commit: Commit): Shape {
  const [api, html] = [`${repoApi(w, repo)}/git`, `${repoHtml(w, repo)}/commit`];
  return {
    sha: commit.sha,
    node_id: nodeId("C", `${repo.id}/${commit.sha}`),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: gitUser(commit.author),
    committer: gitUser(commit.committer),
    message: commit.message,
    tree: { sha: commit.treeSha, url: `${api}/trees/${commit.treeSha}` },
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/${sha}` })),
    verification: verification(commit),
  };
}

export const refShape = (w: World, repo: Repository, branch: string, sha: string): Shape => ({
  ref: `refs/heads/${branch}`,
  node_id: nodeId("REF", `${repo.id}/${branch}`),
  url: `${repoApi(w, repo)}/git/refs/heads/${branch}`,
  object: { type: "commit", sha, url: `${repoApi(w, repo)}/git/commits/${sha}` },
});
