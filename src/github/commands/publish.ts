// Writes the owed reply as a comment, once: the intent is in the log before, the outcome after, and the marker is looked for before
// anything is written.

import sql from "sql-template-tag";
import { z } from "zod";
import { withReceipt, type NewEntry } from "#audit";
import { readReceipt, type Append, type AskWorld } from "#audit/io";
import {
  entryId,
  installationId,
  instantOfMillis,
  iso,
  prNumber,
  repoName,
  repositoryId,
  type EntryId,
  type TenantId,
} from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import type { Enqueue, Job } from "#platform/jobs";
import { branded, type Database, instantColumn, type TenantClaim, type TenantTx } from "#platform/postgres";
import { LIMITS } from "../limits.ts";
import { replyMarker } from "./reply.ts";

export const REPLY_TASK = "github.reply";

export const replyJob = (tenant: TenantId, guid: string): Job => ({
  task: REPLY_TASK,
  payload: { tenant, guid },
  key: `reply:${tenant}:${guid}`,
});

export interface ReplyParts {
  readonly db: Database;
  readonly github: GitHub;
  readonly append: Append;
}

const owedRow = z.object({
  guid: z.string(),
  installation_id: branded(z.int(), installationId),
  repository_id: branded(z.int(), repositoryId),
  repository_name: branded(z.string(), repoName),
  pull_request: branded(z.int(), prNumber),
  asked_at: instantColumn,
  body: z.string(),
  intent: branded(z.string(), entryId).nullable(),
  entry_id: branded(z.string(), entryId).nullable(),
});
type Owed = z.infer<typeof owedRow>;
const COLUMNS = sql`guid, installation_id, repository_id, repository_name, pull_request, asked_at, body, intent, entry_id`;

const comments = z.array(z.object({ id: z.int(), body: z.string().nullish() }));
const made = z.object({ id: z.int() });

/** Our clock and GitHub's may differ: look a little further back than the command. */
const SINCE_MARGIN_MS = 60_000;

export async function publishReply(parts: ReplyParts, claim: TenantClaim, guid: string): Promise<void> {
  const { db, github } = parts;
  const begun = await db.withTenant(claim, async (tx) => {
    const owed = await tx.maybe(
      sql`select ${COLUMNS} from inbox.reply where tenant_id = ${tx.tenantId} and guid = ${guid} for update`,
      owedRow,
    );
    return owed === null ? null : { owed, intent: owed.intent ?? (await intend(parts, tx, owed)) };
  });
  if (begun === null) return;
  const { owed, intent } = begun;
  const client = github.installation(owed.installation_id, owed.repository_id, "report");
  const there = await findReply(client, owed);
  const written = there ?? (await write(client, owed, await receiptOf(parts, claim, owed)));
  await db.withTenant(claim, async (tx) => {
    if (!(await settled(tx, guid))) return;
    await parts.append(tx, {
      ...aboutReply(parts, owed),
      outcome: written === null ? "refused" : there === null ? "success" : "recovered",
      intent,
      body: { comment: written },
    });
  });
}

function aboutReply({ github }: Pick<ReplyParts, "github">, owed: Owed): Omit<NewEntry, "outcome" | "body"> {
  return {
    kind: "github.reply",
    observer: { type: "app", id: String(github.appId) },
    initiator: { type: "job", id: REPLY_TASK },
    target: targetOf(owed),
    requestId: owed.guid,
  };
}

const targetOf = (owed: Owed): NewEntry["target"] => ({
  type: "pull_request",
  id: `${owed.repository_id}#${owed.pull_request}`,
});

async function intend(parts: ReplyParts, tx: TenantTx, owed: Owed): Promise<EntryId> {
  const intent = await parts.append(tx, { ...aboutReply(parts, owed), outcome: "intent", body: { text: owed.body } });
  await tx.run(sql`update inbox.reply set intent = ${intent} where tenant_id = ${tx.tenantId} and guid = ${owed.guid}`);
  return intent;
}

/** Of the entry that records the command. */
const receiptOf = (parts: ReplyParts, claim: TenantClaim, { entry_id: entry }: Owed): Promise<string | null> =>
  entry === null ? Promise.resolve(null) : parts.db.withTenant(claim, (tx) => readReceipt(tx, entry, null));

/** false: somebody else wrote the outcome. */
const settled = async (tx: TenantTx, guid: string): Promise<boolean> =>
  (await tx.run(sql`delete from inbox.reply where tenant_id = ${tx.tenantId} and guid = ${guid}`)) === 1;

const placeOf = (owed: Owed): { owner: string; repo: string; issue_number: number } => {
  const [owner = "", repo = ""] = owed.repository_name.split("/");
  return { owner, repo, issue_number: owed.pull_request };
};

/** The comment's id; null: the pull request is gone or locked. Nobody is left to answer then, and the log has the command. */
async function write(client: GitHubClient, owed: Owed, receipt: string | null): Promise<number | null> {
  const answer = await client.rest(
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    { ...placeOf(owed), body: withReceipt(owed.body, receipt) },
    [403, 404, 410],
  );
  return answer.status < 300 ? made.parse(answer.data).id : null;
}

async function findReply(client: GitHubClient, owed: Owed): Promise<number | null> {
  const since = iso(instantOfMillis(owed.asked_at - SINCE_MARGIN_MS));
  for (let page = 1; page <= LIMITS.replyPages; page += 1) {
    const answer = await client.rest("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...placeOf(owed),
      since,
      per_page: 100,
      page,
    });
    const found = comments.parse(answer.data);
    const ours = found.find((comment) => comment.body?.includes(replyMarker(owed.guid)));
    if (ours !== undefined) return ours.id;
    if (found.length < 100) return null;
  }
  return null;
}

/** For the log's reconciler: whether the reply is on the pull request. One that is not stays owed, so its job is asked for again. */
export function replyWorld(parts: Pick<ReplyParts, "db" | "github"> & { readonly enqueue: Enqueue }): AskWorld {
  return async (claim, intent, conclude) => {
    const owed = await parts.db.withTenant(claim, (tx) =>
      tx.maybe(
        sql`select ${COLUMNS} from inbox.reply where tenant_id = ${tx.tenantId} and intent = ${intent.id}`,
        owedRow,
      ),
    );
    if (owed === null)
      return conclude({
        standing: { kind: "unknown", why: "no reply is owed for it: the inbox may be older than the log" },
        target: { type: "job", id: REPLY_TASK },
      });
    const client = parts.github.installation(owed.installation_id, owed.repository_id, "report");
    const comment = await findReply(client, owed);
    if (comment !== null)
      return conclude({
        standing: { kind: "performed", body: { comment } },
        target: targetOf(owed),
        settle: (tx) => settled(tx, owed.guid),
      });
    await parts.db.withTenant(claim, (tx) => parts.enqueue(tx, replyJob(claim.tenantId, owed.guid)));
    return conclude({ standing: { kind: "pending", why: "the reply is not written yet" }, target: targetOf(owed) });
  };
}
