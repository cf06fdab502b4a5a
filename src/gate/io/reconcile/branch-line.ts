// The commits of a branch since a known one, as GitHub tells them, along the branch itself.

import { z } from "zod";
import { Fault } from "#kernel";
import type { BranchName, CommitSha } from "#kernel";
import type { GitHubClient } from "#platform/github";
import { sha } from "../answers.ts";
import type { Repository } from "../ledger.ts";
import { split } from "../read-pull.ts";

const node = z.object({ sha, parents: z.array(z.object({ sha })) });
const comparison = z.object({
  status: z.string(),
  total_commits: z.int(),
  commits: z.array(node),
  files: z.array(z.object({ filename: z.string(), previous_filename: z.string().optional() })).optional(),
});
export type Node = z.infer<typeof node>;

export type Since =
  | { readonly kind: "same" }
  /** From oldest to newest. `files` null: not every changed file is listed. */
  | { readonly kind: "line"; readonly commits: readonly Node[]; readonly files: readonly string[] | null }
  /** It no longer follows from the known commit, or by more than can be read. */
  | { readonly kind: "broken" };

/** GitHub lists no more files of a comparison, and those on its first page only. */
const FILES = 300;

export async function since(
  client: GitHubClient,
  repository: Repository,
  from: CommitSha,
  branch: BranchName,
): Promise<Since> {
  const compared = await compare(client, repository, from, branch);
  // Not comparable: the known commit is gone, the branch has another history, or the branch itself is gone.
  if (compared === null) return { kind: "broken" };
  if (compared.status === "identical") return { kind: "same" };
  const whole = compared.status === "ahead" && compared.commits.length === compared.total_commits;
  const commits = whole ? firstParents(compared.commits, from) : null;
  if (commits === null) return { kind: "broken" };
  const files = compared.files ?? null;
  const listed =
    files === null || files.length >= FILES
      ? null
      : files.flatMap((f) => (f.previous_filename === undefined ? [f.filename] : [f.filename, f.previous_filename]));
  return { kind: "line", commits, files: listed };
}

/** The newest commit of a branch; null when there is no such branch. */
export async function tipOf(
  client: GitHubClient,
  repository: Repository,
  branch: BranchName,
): Promise<CommitSha | null> {
  const { owner, name: repo } = split(repository.name);
  const answer = await client.rest(
    "GET /repos/{owner}/{repo}/commits/{ref}",
    { owner, repo, ref: `heads/${branch}` },
    GONE,
  );
  if (GONE.includes(answer.status)) return null;
  const tip = node.safeParse(answer.data);
  if (!tip.success) throw new Fault("github_unavailable", "GitHub's answer about a branch cannot be read.");
  return tip.data.sha;
}

/** The commit is on the branch, at its end or before. */
export async function isOn(
  client: GitHubClient,
  repository: Repository,
  sha: CommitSha,
  branch: BranchName,
): Promise<boolean> {
  const compared = await compare(client, repository, sha, branch);
  return compared !== null && (compared.status === "identical" || compared.status === "ahead");
}

/** No such branch (404, 422), or a repository without a commit (409). */
const GONE = [404, 409, 422];
const PER_PAGE = 100;
const PAGES = 10;

/** null: GitHub cannot compare the two. Fewer commits than `total_commits`: more than can be walked. */
async function compare(
  client: GitHubClient,
  repository: Repository,
  from: CommitSha,
  branch: BranchName,
): Promise<z.infer<typeof comparison> | null> {
  const { owner, name: repo } = split(repository.name);
  const commits: Node[] = [];
  let files: z.infer<typeof comparison>["files"];
  for (let page = 1; ; page += 1) {
    const answer = await client.rest(
      "GET /repos/{owner}/{repo}/compare/{basehead}",
      { owner, repo, basehead: `${from}...${branch}`, per_page: PER_PAGE, page },
      [404],
    );
    if (answer.status === 404) return null;
    const compared = comparison.safeParse(answer.data);
    if (!compared.success) throw new Fault("github_unavailable", "GitHub's comparison of two commits cannot be read.");
    commits.push(...compared.data.commits);
    files ??= compared.data.files;
    const done = commits.length >= compared.data.total_commits || compared.data.commits.length === 0 || page === PAGES;
    if (done) return { ...compared.data, commits, files };
  }
}

/** From oldest to newest along the branch itself, or null when the known commit is not reached. */
export function firstParents(commits: readonly Node[], from: CommitSha): readonly Node[] | null {
  const bySha = new Map(commits.map((commit) => [commit.sha, commit]));
  const line: Node[] = [];
  let at = commits.at(-1);
  while (at !== undefined) {
    line.unshift(at);
    const parent: CommitSha | undefined = at.parents[0]?.sha;
    if (parent === from) return line;
    at = parent === undefined || line.length > commits.length ? undefined : bySha.get(parent);
  }
  return null;
}
