// Our check run of one commit on GitHub: found, written.

import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha } from "#kernel";
import type { GitHubClient } from "#platform/github";
import { CHECK_NAME } from "../protection.ts";
import type { CheckReport } from "../report.ts";
import type { Repository } from "./ledger.ts";
import { split } from "./read-pull.ts";

export interface OwnRun {
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

/** INVARIANT: our own check run is found by app id. By name, another app's would be taken for it. */
export async function findOwn(
  client: GitHubClient,
  repository: Repository,
  sha: CommitSha,
  appId: number,
): Promise<OwnRun | null> {
  const { owner, name } = split(repository.name);
  const answer = await client.rest("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
    owner,
    repo: name,
    ref: sha,
    app_id: appId,
    check_name: CHECK_NAME,
    per_page: 100,
  });
  const runs = ownRuns.safeParse(answer.data);
  if (!runs.success) throw new Fault("github_unavailable", "GitHub's list of check runs cannot be read.");
  const run = runs.data.check_runs.find((each) => each.app?.id === appId && each.name === CHECK_NAME);
  return run === undefined
    ? null
    : { id: run.id, conclusion: run.conclusion ?? null, externalId: run.external_id ?? null };
}

/** `target` null, or gone: a new one. Returns the id of the one that says it now. */
export async function writeCheck(
  client: GitHubClient,
  repository: Repository,
  report: CheckReport,
  target: number | null,
): Promise<number> {
  const { owner, name } = split(repository.name);
  const { head_sha, ...rest } = report;
  if (target !== null) {
    const answer = await client.rest(
      "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
      { owner, repo: name, check_run_id: target, ...rest },
      [404],
    );
    if (answer.status !== 404) return target;
  }
  const answer = await client.rest("POST /repos/{owner}/{repo}/check-runs", { owner, repo: name, head_sha, ...rest });
  const made = z.object({ id: z.int() }).safeParse(answer.data);
  if (!made.success) throw new Fault("github_unavailable", "GitHub's answer to the check run cannot be read.");
  return made.data.id;
}
