// What GitHub says became of a merge: asked after every merge call, and whenever a call's answer was lost.

import { z } from "zod";
import { Fault, userId } from "#kernel";
import type { CommitSha, PrNumber } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import { branded } from "#platform/postgres";
import { sha } from "./answers.ts";
import type { Repository } from "./ledger.ts";
import { split } from "./read-pull.ts";

export interface ReadBack {
  readonly merged: boolean;
  readonly headSha: CommitSha;
  /** null: not merged. */
  readonly mergeSha: CommitSha | null;
  readonly mergedBy: string | null;
  readonly parents: readonly CommitSha[];
}

const pull = z.object({
  merged: z.boolean(),
  merge_commit_sha: sha.nullish(),
  merged_by: z.object({ id: branded(z.number(), userId), login: z.string() }).nullish(),
  head: z.object({ sha }),
});
const commit = z.object({ sha, parents: z.array(z.object({ sha })) });

/** Two calls when it is merged, one when it is not. */
export async function readBack(client: GitHubClient, repository: Repository, number: PrNumber): Promise<ReadBack> {
  const place = { owner: split(repository.name).owner, repo: split(repository.name).name };
  const live = pull.safeParse(
    (await client.rest("GET /repos/{owner}/{repo}/pulls/{pull_number}", { ...place, pull_number: number })).data,
  );
  if (!live.success)
    throw new Fault("github_unavailable", `GitHub's answer about pull request #${number} cannot be read.`);
  const mergeSha = live.data.merged ? (live.data.merge_commit_sha ?? null) : null;
  return {
    merged: live.data.merged,
    headSha: live.data.head.sha,
    mergeSha,
    mergedBy: live.data.merged_by?.login ?? null,
    parents: mergeSha === null ? [] : await parentsOf(client, repository, mergeSha),
  };
}

export async function parentsOf(
  client: GitHubClient,
  repository: Repository,
  ref: CommitSha,
): Promise<readonly CommitSha[]> {
  const { owner, name } = split(repository.name);
  const found = commit.safeParse(
    (await client.rest("GET /repos/{owner}/{repo}/commits/{ref}", { owner, repo: name, ref })).data,
  );
  if (!found.success) throw new Fault("github_unavailable", "GitHub's answer about a commit cannot be read.");
  return found.data.parents.map((parent) => parent.sha);
}

/** The login under which GitHub shows what our App does. */
export async function ownLogin(github: GitHub): Promise<string> {
  const app = z.object({ slug: z.string() }).safeParse((await github.app().rest("GET /app", {})).data);
  if (!app.success) throw new Fault("github_unavailable", "GitHub's answer about the App cannot be read.");
  return `${app.data.slug}[bot]`;
}
