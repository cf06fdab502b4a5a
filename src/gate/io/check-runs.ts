// Our check run of one commit on GitHub: found, written.

import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha } from "#kernel";
import { findCheckRun, putCheckRun } from "#platform/github";
import type { GitHubClient, OwnCheckRun } from "#platform/github";
import { CHECK_NAME } from "../protection.ts";
import type { Annotation, CheckReport } from "../report.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";

export const findOwn = (
  client: GitHubClient,
  repository: Repository,
  sha: CommitSha,
  appId: number,
): Promise<OwnCheckRun | null> => findCheckRun(client, { repository: repository.name, sha, appId, name: CHECK_NAME });

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
  const missing =
    target === null
      ? report.output.annotations
      : await missingAnnotations(client, repository, target, report.output.annotations);
  return putCheckRun(
    client,
    repository.name,
    { ...report, output: { ...report.output, annotations: missing } },
    target,
  );
}
