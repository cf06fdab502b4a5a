// A merge group: the commit GitHub's queue made of several pull requests. Each of them is decided on fresh facts, and the
// group's own commit gets the check (E08, E09, E10).

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { known, unknown } from "#kernel";
import type { BranchName, CommitSha, Known } from "#kernel";
import type { JobHandler } from "#platform/jobs";
import { decideGroup } from "../group.ts";
import type { GroupMember, GroupVerdict } from "../group.ts";
import { toJson } from "../record.ts";
import { report } from "../report.ts";
import type { Reported } from "../report.ts";
import { branchColumn } from "./columns.ts";
import { factsDigest } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { digestOf } from "./digest.ts";
import { groundOf } from "./evaluate.ts";
import type { Ground } from "./evaluate.ts";
import { findRepository } from "./ledger.ts";
import type { Repository } from "./ledger.ts";
import { loadFacts } from "./load.ts";
import { readQueue } from "./merge-queue.ts";
import { isOn } from "./reconcile/branch-line.ts";
import { parsePayload, publishJob, shaPayload } from "./tasks.ts";

export function groupHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const { tenant, repository: id, sha } = parsePayload(shaPayload, payload);
    const ground = await groundOf(deps, tenant);
    const found =
      ground === null
        ? null
        : await ground.inTenant(async (tx) => {
            const repository = await findRepository(tx, id);
            const row = await tx.maybe(
              sql`select base_ref from gate.merge_group where tenant_id = ${tx.tenantId} and repository_id = ${id} and sha = ${sha}`,
              z.object({ base_ref: branchColumn }),
            );
            return repository === null || row === null ? null : { repository, base: row.base_ref };
          });
    if (ground === null || found === null) return;
    await evaluateGroup(deps, ground, found.repository, sha, found.base);
  };
}

async function evaluateGroup(
  deps: GateDeps,
  ground: Ground,
  repository: Repository,
  sha: CommitSha,
  base: BranchName,
): Promise<void> {
  const members = await membersOf(deps, ground, repository, sha, base);
  // Merged, and so in no queue any more: what it was allowed has been used, and the watch judges the commit itself.
  const client = deps.github.installation(repository.installation, repository.id, "read");
  if (!members.known && (await isOn(client, repository, sha, base))) return;
  const verdict = decideGroup({ headSha: sha, baseRef: base, members });
  const digest = digestOf(
    members.known
      ? members.value.map((m) => ({
          number: m.number,
          head: m.queuedHead,
          facts: m.facts === null ? null : factsDigest(m.facts),
        }))
      : { unmapped: members.why },
  );
  const said = report(reported(verdict), digest);
  await ground.inTenant(async (tx) => {
    const entry = await deps.append(tx, {
      kind: "gate.verdict",
      outcome: verdict.decision === "pass" ? "success" : verdict.decision === "fail" ? "refused" : "unknown",
      observer: { type: "app", id: String(deps.github.appId) },
      initiator: { type: "job", id: "gate.group" },
      target: { type: "branch", id: `${repository.id}@${sha}` },
      requestId: randomUUID(),
      body: { factsDigest: digest, group: toJson(verdict) },
    });
    await tx.run(sql`update gate.merge_group set decision = ${verdict.decision}, facts_digest = ${digest}, report = ${JSON.stringify(said)}, entry_id = ${entry}
      where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and sha = ${sha}`);
    await deps.enqueue(tx, publishJob(tx.tenantId, repository.id, sha));
  });
}

/** Everybody in the queue up to this group's commit: that commit carries those before it too. */
async function membersOf(
  deps: GateDeps,
  ground: Ground,
  repository: Repository,
  sha: CommitSha,
  base: BranchName,
): Promise<Known<readonly GroupMember[]>> {
  const client = deps.github.installation(repository.installation, repository.id, "queue");
  const queue = await readQueue(client, repository, base);
  if (queue === null) return unknown("the branch has no merge queue");
  const at = queue.entries.findIndex((entry) => entry.groupSha === sha);
  if (at < 0)
    return unknown(
      queue.whole ? "no entry of the merge queue has this commit" : "the merge queue could not be read whole",
    );
  const members: GroupMember[] = [];
  for (const entry of queue.entries.slice(0, at + 1)) {
    if (entry.number === null || entry.headSha === null)
      return unknown("an entry of the merge queue names no pull request");
    const loaded = await loadFacts(deps, ground.inTenant, { repository, number: entry.number });
    members.push({ number: entry.number, queuedHead: entry.headSha, facts: loaded?.facts ?? null });
  }
  return known(members);
}

function reported(group: GroupVerdict): Reported {
  return {
    decision: group.decision,
    headSha: group.headSha,
    baseRef: group.baseRef,
    reasons: group.reasons,
    counted: group.members.flatMap((m) => m.counted),
    rejected: group.members.flatMap((m) => m.rejected),
    approvals: { needed: 0, had: 0 },
    awaitsHuman: false,
    notes: group.notes,
  };
}
