// Walks what is new on a production branch. Every commit must be a merge we made, or a merge by somebody else that `decide`
// passes on the facts of its moment; everything else is an incident (G4; E11, E12, E13).

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { BranchName, CommitSha } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { TenantTx } from "#platform/postgres";
import { judgeLanding } from "../../merged.ts";
import type { AlarmCause, LandingJudgement, MergedPullRequest } from "../../merged.ts";
import { outcomeOf, toJson } from "../../record.ts";
import { branch as branchValue, number, sha, time } from "../answers.ts";
import { isCalling, mergedByUs } from "../attempts.ts";
import { shaColumn } from "../columns.ts";
import { pullParty } from "../commit.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import { raiseIncident } from "../incidents.ts";
import type { IncidentKind } from "../incidents.ts";
import type { Repository } from "../ledger.ts";
import { loadFacts } from "../load.ts";
import type { Loaded } from "../load.ts";
import { split } from "../read-pull.ts";
import { since, tipOf } from "./branch-line.ts";
import type { Node } from "./branch-line.ts";
import { intendRevert } from "./revert.ts";
import { alarmMerge, isOurs } from "./unlogged.ts";

export interface Walk {
  /** The gate's own files changed on this branch: its open pull requests are decided by other rules from now on. */
  readonly policyChanged: boolean;
}

const POLICY_FILE = /^(?:\.github\/merge-gate\.yml|(?:\.github\/|docs\/)?CODEOWNERS)$/;

export async function walkBranch(
  deps: GateDeps,
  ground: Ground,
  repository: Repository,
  branch: BranchName,
): Promise<Walk> {
  const client = deps.github.installation(repository.installation, repository.id, "read");
  const from = await ground.inTenant((tx) =>
    tx.maybe(
      sql`select sha from gate.branch_walk where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and branch = ${branch}`,
      z.object({ sha: shaColumn }),
    ),
  );
  if (from === null) {
    const tip = await tipOf(client, repository, branch);
    // What landed before the gate watched this branch is not judged.
    if (tip !== null) await ground.inTenant((tx) => moveTo(tx, repository, branch, tip));
    return { policyChanged: false };
  }
  const landed = await since(client, repository, from.sha, branch);
  switch (landed.kind) {
    case "same":
      return { policyChanged: false };
    case "broken":
      return rewritten(deps, ground, client, repository, branch, from.sha);
    case "line":
      for (const commit of landed.commits) {
        if (!(await judge(deps, ground, client, repository, branch, commit))) break;
      }
      return { policyChanged: landed.files === null || landed.files.some((path) => POLICY_FILE.test(path)) };
  }
}

async function rewritten(
  deps: GateDeps,
  { inTenant }: Ground,
  client: GitHubClient,
  repository: Repository,
  branch: BranchName,
  from: CommitSha,
): Promise<Walk> {
  const tip = await tipOf(client, repository, branch);
  // A deleted branch lands nothing; should it come back with another history, it is compared with what was known.
  if (tip === null) return { policyChanged: false };
  await inTenant(async (tx) => {
    await raiseIncident(deps, tx, {
      repositoryId: repository.id,
      kind: "history_rewritten",
      subject: `${branch}:${from}:${tip}`,
      number: null,
      detail: `${branch} no longer follows from ${from}: it was force-pushed, or moved by more than can be read. Look at who did that.`,
    });
    await moveTo(tx, repository, branch, tip);
  });
  return { policyChanged: true };
}

/** false: not yet. Its merge is under way here, and whoever finishes it has the branch walked again. */
async function judge(
  deps: GateDeps,
  ground: Ground,
  client: GitHubClient,
  repository: Repository,
  branch: BranchName,
  commit: Node,
): Promise<boolean> {
  const merged = await mergedAs(deps, ground, client, repository, branch, commit.sha);
  if (merged === "under_way") return false;
  const judgement = judgeLanding({
    commit: commit.sha,
    parents: commit.parents.map((p) => p.sha),
    branch,
    pullRequest: merged?.pull ?? null,
  });
  const pull = merged?.pull ?? null;
  const unlogged = pull?.ours === null && (await isOurs(deps.github, merged?.loaded?.mergedBy ?? null));
  await ground.inTenant(async (tx) => {
    await record(deps, tx, repository, branch, commit.sha, judgement, merged);
    if (pull !== null && unlogged) await alarmMerge(deps, tx, repository.id, commit.sha, pull.number);
    await moveTo(tx, repository, branch, commit.sha);
  });
  return true;
}

interface Merged {
  readonly pull: MergedPullRequest;
  readonly loaded: Loaded | null;
}

const pulls = z.array(
  z.object({
    number,
    merged_at: time.nullish(),
    merge_commit_sha: sha.nullish(),
    head: z.object({ sha }),
    base: z.object({ ref: branchValue }),
  }),
);

async function mergedAs(
  deps: GateDeps,
  { inTenant }: Ground,
  client: GitHubClient,
  repository: Repository,
  branch: BranchName,
  commit: CommitSha,
): Promise<Merged | "under_way" | null> {
  const { owner, name: repo } = split(repository.name);
  const answer = pulls.safeParse(
    (
      await client.rest("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
        owner,
        repo,
        commit_sha: commit,
        per_page: 100,
      })
    ).data,
  );
  if (!answer.success)
    throw new Fault("github_unavailable", "GitHub's list of a commit's pull requests cannot be read.");
  const into = answer.data.filter((p) => p.merged_at !== null && p.merged_at !== undefined && p.base.ref === branch);
  const found = into.find((p) => p.merge_commit_sha === commit) ?? into[0];
  if (found === undefined || found.merged_at === null || found.merged_at === undefined) return null;
  const { ours, calling } = await inTenant(async (tx) => ({
    ours: await mergedByUs(tx, repository.id, found.number),
    calling: await isCalling(tx, repository.id, found.number),
  }));
  if (ours === null && calling) return "under_way";
  const own =
    ours === null || ours.headSha === null || ours.method === null
      ? null
      : { approvedHead: ours.headSha, method: ours.method };
  const loaded =
    own === null || own.method === "queue"
      ? await loadFacts(deps, inTenant, { repository, number: found.number })
      : null;
  return {
    pull: {
      number: found.number,
      headAtMerge: found.head.sha,
      mergedAt: found.merged_at,
      ours: own,
      facts: loaded?.facts ?? null,
    },
    loaded,
  };
}

const KINDS: Readonly<Record<AlarmCause, IncidentKind>> = {
  no_pull_request: "direct_push",
  no_pass_verdict: "merged_around",
  undecidable: "merged_around",
  head_differs: "merge_mismatch",
  foreign_parent: "merge_mismatch",
};
const SENTENCES: Readonly<Record<AlarmCause, string>> = {
  no_pull_request: "It was pushed there directly, without a pull request.",
  no_pass_verdict: "Its pull request was merged around the gate: there was no verified approval at that moment.",
  undecidable: "Its pull request was merged around the gate, and whether it was approved cannot be found out.",
  head_differs: "The head that went in is not the head that was approved.",
  foreign_parent: "The merge commit brings in another commit than the approved head.",
};

async function record(
  deps: GateDeps,
  tx: TenantTx,
  repository: Repository,
  branch: BranchName,
  commit: CommitSha,
  judgement: LandingJudgement,
  merged: Merged | null,
): Promise<void> {
  switch (judgement.kind) {
    case "ours":
      return;
    case "merged_outside_executor":
      await deps.append(tx, {
        kind: "gate.merge",
        outcome: "unknown",
        observer: { type: "app", id: String(deps.github.appId) },
        initiator: { type: "job", id: "gate.watch" },
        target: pullParty(repository.id, judgement.verdict.number),
        requestId: randomUUID(),
        body: {
          judgement: "merged_outside_executor",
          commit,
          branch,
          mergedBy: merged?.loaded?.mergedBy?.login ?? null,
          verdict: toJson(outcomeOf(judgement.verdict)),
        },
      });
      return;
    case "alarm": {
      const kind = KINDS[judgement.cause];
      const number = merged?.pull.number ?? null;
      const id = await raiseIncident(deps, tx, {
        repositoryId: repository.id,
        kind,
        subject: commit,
        number,
        detail: `Commit ${commit} landed on ${branch}. ${SENTENCES[judgement.cause]}`,
      });
      if (id !== null && kind === "merged_around" && number !== null)
        await intendRevert(deps, tx, repository, id, number);
    }
  }
}

/** With what was found there in the same transaction: a commit is judged once, whenever the process dies. */
async function moveTo(tx: TenantTx, repository: Repository, branch: BranchName, to: CommitSha): Promise<void> {
  await tx.run(sql`insert into gate.branch_walk (tenant_id, repository_id, branch, sha) values (${tx.tenantId}, ${repository.id}, ${branch}, ${to})
    on conflict (tenant_id, repository_id, branch) do update set sha = excluded.sha, walked_at = clock_timestamp()`);
}
