// A check run of this App's on one commit: found, written.

import { z } from "zod";
import { Fault, type AppId, type CommitSha, type RepoName } from "#kernel";
import type { GitHubClient } from "./types.ts";

export interface CheckRunPlace {
  readonly repository: RepoName;
  readonly sha: CommitSha;
  readonly appId: AppId | number;
  readonly name: string;
}

export interface OwnCheckRun {
  readonly id: number;
  readonly conclusion: string | null;
  readonly externalId: string | null;
}

const ownRuns = z.object({
  check_runs: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      app: z.object({ id: z.int() }).nullish(),
      conclusion: z.string().nullish(),
      external_id: z.string().nullish(),
    }),
  ),
});

const split = (repository: RepoName): { readonly owner: string; readonly repo: string } => {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo };
};

/** INVARIANT: our own check run is found by app id. By name, another app's would be taken for it. */
export async function findCheckRun(
  client: GitHubClient,
  { repository, sha, appId, name }: CheckRunPlace,
): Promise<OwnCheckRun | null> {
  const answer = await client.rest("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
    ...split(repository),
    ref: sha,
    app_id: appId,
    check_name: name,
    per_page: 100,
  });
  const runs = ownRuns.safeParse(answer.data);
  if (!runs.success) throw new Fault("github_unavailable", "GitHub's list of check runs cannot be read.");
  const run = runs.data.check_runs.find((each) => each.app?.id === appId && each.name === name);
  return run === undefined
    ? null
    : { id: run.id, conclusion: run.conclusion ?? null, externalId: run.external_id ?? null };
}

/** `target` null, or gone: a new one on `head_sha`. Returns the id of the one that says it now. */
export async function putCheckRun(
  client: GitHubClient,
  repository: RepoName,
  { head_sha, ...body }: { readonly head_sha: CommitSha; readonly name: string } & Readonly<Record<string, unknown>>,
  target: number | null,
): Promise<number> {
  if (target !== null) {
    const answer = await client.rest(
      "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
      { ...split(repository), check_run_id: target, ...body },
      [404],
    );
    if (answer.status !== 404) return target;
  }
  const answer = await client.rest("POST /repos/{owner}/{repo}/check-runs", {
    ...split(repository),
    head_sha,
    ...body,
  });
  const made = z.object({ id: z.int() }).safeParse(answer.data);
  if (!made.success) throw new Fault("github_unavailable", "GitHub's answer to the check run cannot be read.");
  return made.data.id;
}
