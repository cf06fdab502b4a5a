// What became of the gate's own acts, for the reconciler of the log: each kind asks GitHub, and says how the gate's state follows.

import sql from "sql-template-tag";
import { z } from "zod";
import type { OpenIntent, Party } from "#audit";
import type { Answer, AskWorld, Audit, Conclude } from "#audit/io";
import { attemptOf, findAttempt, moveToDone } from "../attempts.ts";
import type { Attempt, Ending } from "../attempts.ts";
import { findOwn } from "../check-runs.ts";
import { numberColumn, repositoryColumn, shaColumn } from "../columns.ts";
import { pullParty } from "../commit.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import { recover, underLock } from "../execute.ts";
import type { Recovered } from "../execute.ts";
import { raiseIncident } from "../incidents.ts";
import { findRepository } from "../ledger.ts";
import type { Repository } from "../ledger.ts";
import { readQueue } from "../merge-queue.ts";
import { publishJob } from "../tasks.ts";
import { redeliveryWorld } from "./deliveries.ts";
import { findRevert } from "./revert.ts";

type Ask = (deps: GateDeps, ground: Ground, intent: OpenIntent, conclude: Conclude) => Promise<void>;

const GATE: Party = { type: "job", id: "gate" };
const unknown = (why: string, target: Party = GATE): Answer => ({ standing: { kind: "unknown", why }, target });
const NO_STATE = unknown("the gate's own tables know nothing of this intent: they may be older than the log");
const NO_REPOSITORY = unknown("its repository is not reached by an installation of ours any more");

/** The gate's acts by kind of entry. */
export function gateWorld(
  deps: GateDeps,
  entryById: Audit["entryById"],
): Readonly<Record<"gate.merge" | "gate.publish" | "gate.revert" | "github.redelivery", AskWorld>> {
  const asking =
    (ask: Ask): AskWorld =>
    (claim, intent, conclude) =>
      ask(deps, { claim, inTenant: (fn) => deps.database.withTenant(claim, fn) }, intent, conclude);
  return {
    "gate.merge": asking(askMerge),
    "gate.publish": asking(askPublish),
    "gate.revert": asking(askRevert),
    "github.redelivery": redeliveryWorld(deps, entryById),
  };
}

const askMerge: Ask = async (deps, { inTenant }, intent, conclude) => {
  const { asked, repository } = await inTenant(async (tx) => {
    const found = await attemptOf(tx, intent.id);
    return { asked: found, repository: found === null ? null : await findRepository(tx, found.repositoryId) };
  });
  if (asked === null) return conclude(NO_STATE);
  if (repository === null) return conclude(NO_REPOSITORY);
  // INVARIANT: under the lock of the merge itself, until the outcome is written: nobody merges what is being called "not performed".
  await inTenant((lock) =>
    underLock(lock, asked, async () => {
      const attempt = await findAttempt(lock, asked.id);
      if (attempt === null || attempt.state === "done") return;
      const ending: Recovered =
        (attempt.state === "calling" ? await recovered(deps, repository, attempt) : null) ?? NEVER_CALLED;
      await conclude({
        standing: { kind: ending.outcome === "not_performed" ? "not_performed" : "performed", body: ending.body },
        target: pullParty(attempt.repositoryId, attempt.number),
        settle: async (tx) => {
          if (!(await moveToDone(deps, tx, attempt, ending))) return false;
          if (ending.alarm !== undefined)
            await raiseIncident(deps, tx, {
              repositoryId: attempt.repositoryId,
              kind: "merge_mismatch",
              subject: ending.mergeSha ?? attempt.id,
              number: attempt.number,
              detail: ending.alarm,
            });
          return true;
        },
      });
    }),
  );
};

const NEVER_CALLED: Ending = {
  outcome: "not_performed",
  mergeSha: null,
  body: { why: "the process ended before the merge; ask again" },
};

/** Merged, or, where GitHub's queue merges, waiting in it; null: neither. */
async function recovered(deps: GateDeps, repository: Repository, attempt: Attempt): Promise<Recovered | null> {
  const merged = await recover({ deps, repository, attempt });
  if (merged !== null || attempt.method !== "queue" || attempt.baseRef === null) return merged;
  const client = deps.github.installation(repository.installation, repository.id, "queue");
  const queue = await readQueue(client, repository, attempt.baseRef);
  const entry = queue?.entries.find((each) => each.number === attempt.number);
  if (entry === undefined) return null;
  return { outcome: "recovered", mergeSha: null, body: { queued: true, head: entry.headSha, recovered: true } };
}

const publishRow = z.object({
  repository_id: repositoryColumn,
  sha: shaColumn,
  intent_conclusion: z.string().nullable(),
  intent_external_id: z.string().nullable(),
});

const askPublish: Ask = async (deps, { inTenant }, intent, conclude) => {
  const { asked, repository } = await inTenant(async (tx) => {
    const found = await tx.maybe(
      sql`select repository_id, sha, intent_conclusion, intent_external_id from gate.check_run where tenant_id = ${tx.tenantId} and open_intent = ${intent.id}`,
      publishRow,
    );
    return { asked: found, repository: found === null ? null : await findRepository(tx, found.repository_id) };
  });
  if (asked === null) return conclude(NO_STATE);
  if (repository === null) return conclude(NO_REPOSITORY);
  const client = deps.github.installation(repository.installation, repository.id, "report");
  const shown = await findOwn(client, repository, asked.sha, deps.github.appId);
  const there =
    shown !== null && shown.conclusion === asked.intent_conclusion && shown.externalId === asked.intent_external_id;
  await conclude({
    standing: there
      ? { kind: "performed", body: { checkRunId: shown.id, conclusion: shown.conclusion, recovered: true } }
      : { kind: "not_performed", body: { why: "GitHub's check run does not say it; it is written anew" } },
    target: { type: "check_run", id: `${repository.id}@${asked.sha}` },
    settle: async (tx) => {
      const kept = there
        ? sql`check_run_id = ${shown.id}, conclusion = intent_conclusion, report_digest = intent_report_digest, published_at = clock_timestamp()`
        : sql`report_digest = null`;
      const moved = await tx.run(sql`update gate.check_run set ${kept}, open_intent = null, intent_at = null
        where tenant_id = ${tx.tenantId} and repository_id = ${repository.id} and sha = ${asked.sha} and open_intent = ${intent.id}`);
      // What is wanted now may be something else than what was intended then.
      if (moved === 1) await deps.enqueue(tx, publishJob(tx.tenantId, repository.id, asked.sha));
      return moved === 1;
    },
  });
};

const revertRow = z.object({ repository: repositoryColumn, number: numberColumn });

const askRevert: Ask = async (deps, { inTenant }, intent, conclude) => {
  const { asked, repository } = await inTenant(async (tx) => {
    const found = await tx.maybe(
      sql`select i.repository_id as repository, i.number from gate.revert r join gate.incident i on i.tenant_id = r.tenant_id and i.incident_id = r.incident_id
        where r.tenant_id = ${tx.tenantId} and r.intent = ${intent.id} and i.number is not null`,
      revertRow,
    );
    return { asked: found, repository: found === null ? null : await findRepository(tx, found.repository) };
  });
  if (asked === null) return conclude(NO_STATE);
  if (repository === null) return conclude(NO_REPOSITORY);
  const client = deps.github.installation(repository.installation, repository.id, "read");
  const number = await findRevert(client, repository, asked.number);
  const target = pullParty(repository.id, asked.number);
  // A revert that is owed stays owed: the watch opens it at its next round.
  if (number === null)
    return conclude({ standing: { kind: "pending", why: "the revert pull request is not open yet" }, target });
  await conclude({
    standing: { kind: "performed", body: { number, why: "it was open already" } },
    target,
    settle: async (tx) =>
      (await tx.run(sql`update gate.revert set outcome = 'success', revert_number = ${number}
        where tenant_id = ${tx.tenantId} and intent = ${intent.id} and outcome is null`)) === 1,
  });
};
