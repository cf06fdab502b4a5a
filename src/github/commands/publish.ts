// Writes the owed reply as a comment, once: the marker is looked for before anything is written.

import sql from "sql-template-tag";
import { z } from "zod";
import { installationId, instantOfMillis, iso, prNumber, repoName, repositoryId, type TenantId } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import type { Job } from "#platform/jobs";
import { branded, type Database, instantColumn, type TenantClaim } from "#platform/postgres";
import { LIMITS } from "../limits.ts";
import { replyMarker } from "./reply.ts";

export const REPLY_TASK = "github.reply";

export const replyJob = (tenant: TenantId, guid: string): Job => ({
  task: REPLY_TASK,
  payload: { tenant, guid },
  key: `reply:${tenant}:${guid}`,
});

const owedRow = z.object({
  installation_id: branded(z.int(), installationId),
  repository_id: branded(z.int(), repositoryId),
  repository_name: branded(z.string(), repoName),
  pull_request: branded(z.int(), prNumber),
  asked_at: instantColumn,
  body: z.string(),
});
type Owed = z.infer<typeof owedRow>;

const comments = z.array(z.object({ body: z.string().nullish() }));

/** Our clock and GitHub's may differ: look a little further back than the command. */
const SINCE_MARGIN_MS = 60_000;

export async function publishReply(db: Database, github: GitHub, claim: TenantClaim, guid: string): Promise<void> {
  const owed = await db.withTenant(claim, (tx) =>
    tx.maybe(
      sql`select installation_id, repository_id, repository_name, pull_request, asked_at, body from inbox.reply where tenant_id = ${tx.tenantId} and guid = ${guid}`,
      owedRow,
    ),
  );
  if (owed === null) return;
  const client = github.installation(owed.installation_id, owed.repository_id, "report");
  const [owner = "", repo = ""] = owed.repository_name.split("/");
  const at = { owner, repo, issue_number: owed.pull_request };
  if (!(await isThere(client, at, owed, guid))) {
    // Gone or locked: nobody is left to answer, and the audit log has the command.
    await client.rest(
      "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { ...at, body: owed.body },
      [403, 404, 410],
    );
  }
  await db.withTenant(claim, (tx) =>
    tx.run(sql`delete from inbox.reply where tenant_id = ${tx.tenantId} and guid = ${guid}`),
  );
}

async function isThere(
  client: GitHubClient,
  at: Readonly<Record<string, unknown>>,
  owed: Owed,
  guid: string,
): Promise<boolean> {
  const since = iso(instantOfMillis(owed.asked_at - SINCE_MARGIN_MS));
  for (let page = 1; page <= LIMITS.replyPages; page += 1) {
    const answer = await client.rest("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...at,
      since,
      per_page: 100,
      page,
    });
    const found = comments.parse(answer.data);
    if (found.some((comment) => comment.body?.includes(replyMarker(guid)))) return true;
    if (found.length < 100) return false;
  }
  return false;
}
