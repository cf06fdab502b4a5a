// Our check run of one commit on GitHub: found, written.

import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha } from "#kernel";
import type { GitHubClient } from "#platform/github";
import { CHECK_NAME } from "../protection.ts";
import type { Annotation, CheckReport } from "../report.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
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

const annotation = z.object({
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  annotation_level: z.string(),
  message: z.string(),
});
const PER_PAGE = 100;

/** GitHub adds those of every call to the ones that are there, so only what is missing is sent. Nothing can be taken away. */
async function missingAnnotations(
  client: GitHubClient,
  repository: Repository,
  target: number,
  wanted: readonly Annotation[],
): Promise<readonly Annotation[]> {
  if (wanted.length === 0) return [];
  const { owner, name } = split(repository.name);
  const there = new Set<string>();
  for (let page = 1; page <= limits.annotationPages; page += 1) {
    const answer = await client.rest(
      "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations",
      { owner, repo: name, check_run_id: target, per_page: PER_PAGE, page },
      [404],
    );
    const read = z.array(annotation).safeParse(answer.status === 404 ? [] : answer.data);
    if (!read.success) throw new Fault("github_unavailable", "GitHub's list of annotations cannot be read.");
    for (const each of read.data) there.add(keyOf(each));
    if (read.data.length < PER_PAGE) break;
  }
  return wanted.filter((each) => !there.has(keyOf(each)));
}

const keyOf = (each: z.infer<typeof annotation>): string =>
  JSON.stringify([each.path, each.start_line, each.end_line, each.annotation_level, each.message]);

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
    const annotations = await missingAnnotations(client, repository, target, rest.output.annotations);
    const answer = await client.rest(
      "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
      { owner, repo: name, check_run_id: target, ...rest, output: { ...rest.output, annotations } },
      [404],
    );
    if (answer.status !== 404) return target;
  }
  const answer = await client.rest("POST /repos/{owner}/{repo}/check-runs", { owner, repo: name, head_sha, ...rest });
  const made = z.object({ id: z.int() }).safeParse(answer.data);
  if (!made.success) throw new Fault("github_unavailable", "GitHub's answer to the check run cannot be read.");
  return made.data.id;
}
