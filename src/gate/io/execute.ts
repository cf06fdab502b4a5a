// The only code that merges: intent in the log, fresh facts, decision, one call bound to the decided head, read back, outcome.
//
// INVARIANT (G1): every merge call carries the SHA that was decided on; GitHub refuses it when the head has moved.
// INVARIANT: no intent in the log, no call. At most one merge and exactly one outcome, wherever the process dies.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { CommitSha, EntryId, Json } from "#kernel";
import type { GitHubClient, RestAnswer } from "#platform/github";
import type { JobHandler } from "#platform/jobs";
import type { TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import type { OwnMerge } from "../merged.ts";
import { outcomeOf, record, toJson } from "../record.ts";
import { aboutToCall, findAttempt, finish, intend } from "./attempts.ts";
import type { Attempt, Ending } from "./attempts.ts";
import { factsDigest } from "./commit.ts";
import type { GateDeps } from "./deps.ts";
import { groundOf } from "./evaluate.ts";
import type { Ground } from "./evaluate.ts";
import { raiseIncident } from "./incidents.ts";
import { findRepository } from "./ledger.ts";
import type { Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { loadFacts } from "./load.ts";
import type { Loaded } from "./load.ts";
import { tryLock } from "./lock.ts";
import { enqueueInQueue, hasQueue } from "./merge-queue.ts";
import { ownLogin, readBack } from "./read-back.ts";
import type { ReadBack } from "./read-back.ts";
import { split } from "./read-pull.ts";
import { demandSequenced } from "./sequenced.ts";
import { mergePayload, parsePayload } from "./tasks.ts";

export function mergeHandler(deps: GateDeps): JobHandler {
  return async (payload) => {
    const { tenant, attempt: id } = parsePayload(mergePayload, payload);
    const ground = await groundOf(deps, tenant);
    if (ground === null) return;
    await ground.inTenant(async (lock) => {
      const asked = await findAttempt(lock, id);
      const repository = asked === null ? null : await findRepository(lock, asked.repositoryId);
      if (asked === null || repository === null) return;
      await underLock(lock, asked, async () => {
        // Read again: who held the lock before may have finished it.
        const attempt = await findAttempt(lock, id);
        if (attempt === null || attempt.state === "done") return;
        await run({ deps, ground, repository, attempt, alive: () => beat(lock), requestId: randomUUID() });
      });
    });
  };
}

/** One merge at a time in a repository, across all processes; the lock lives as long as this transaction. */
export async function underLock<T>(
  lock: TenantTx,
  { repositoryId }: Pick<Attempt, "repositoryId">,
  fn: () => Promise<T>,
): Promise<T> {
  if (!(await tryLock(lock, `gate.merge:${repositoryId}`)))
    throw new Fault("database_unavailable", "Another merge in this repository is under way.", { retryAfterMs: 2_000 });
  return fn();
}

/** Throws when the lock's transaction is gone, and keeps it from being taken for idle. */
async function beat(lock: TenantTx): Promise<void> {
  await lock.one(sql`select 1 as one`, z.object({ one: z.int() }));
}

interface Run {
  readonly deps: GateDeps;
  readonly ground: Ground;
  readonly repository: Repository;
  readonly attempt: Attempt;
  readonly alive: () => Promise<void>;
  readonly requestId: string;
}

async function run(r: Run): Promise<void> {
  const { deps, ground, attempt } = r;
  const intent = await ground.inTenant((tx) => intend(deps, tx, attempt, r.requestId));
  await deps.crash?.("merge:intended");
  const recovered = attempt.state === "calling" ? await recover(r) : null;
  if (recovered === null) await demandSequenced(deps, ground, intent, "The merge");
  const ending = recovered ?? (await decideAndMerge(r));
  await end(r, intent, ending);
}

async function end({ deps, ground, attempt, requestId }: Run, intent: EntryId, ending: Recovered): Promise<void> {
  await ground.inTenant(async (tx) => {
    await finish(deps, tx, attempt, intent, ending, requestId);
    if (ending.alarm === undefined) return;
    await raiseIncident(deps, tx, {
      repositoryId: attempt.repositoryId,
      kind: "merge_mismatch",
      subject: ending.mergeSha ?? attempt.id,
      number: attempt.number,
      detail: ending.alarm,
    });
  });
}

/** `alarm`: what landed is not what was decided. */
export type Recovered = Ending & { readonly alarm?: string };

/** The call may have been made before the process died: GitHub knows. null: it was not, and the decision is made anew. */
export async function recover({
  deps,
  repository,
  attempt,
}: Pick<Run, "deps" | "repository" | "attempt">): Promise<Recovered | null> {
  const client = deps.github.installation(repository.installation, repository.id, "read");
  const found = await readBack(client, repository, attempt.number);
  if (!found.merged) return null;
  const ours = found.mergedBy === (await ownLogin(deps.github)) && found.headSha === attempt.headSha;
  if (!ours)
    return {
      outcome: "not_performed",
      mergeSha: null,
      body: { why: "somebody else merged it", mergedBy: found.mergedBy },
    };
  return landed(attempt.headSha, attempt.method ?? "merge", found, { recovered: true }, "recovered");
}

async function decideAndMerge(r: Run): Promise<Recovered> {
  const { deps, ground, repository, attempt } = r;
  for (let attemptNo = 1; attemptNo <= limits.mergeTries; attemptNo += 1) {
    await r.alive();
    const loaded = await loadFacts(deps, ground.inTenant, { repository, number: attempt.number }, { fresh: true });
    if (loaded === null) return refused({ why: "there is no such pull request" });
    const verdict = decide(loaded.facts, loaded.policy);
    const decided: Json = { factsDigest: factsDigest(loaded.facts), verdict: toJson(outcomeOf(verdict)) };
    await deps.crash?.("merge:decided");
    if (verdict.decision !== "pass") return refused({ decided, why: verdict.reasons.join(", ") });
    if (attempt.wantedHead !== null && attempt.wantedHead !== verdict.headSha)
      return refused({ decided, why: "the head moved" });
    if (loaded.policy.kind !== "policy") return refused({ decided, why: loaded.policy.kind });
    const queue = await hasQueue(deps, repository, verdict.baseRef);
    const method = queue ? "queue" : loaded.policy.policy.mergeMethod;
    await r.alive();
    await ground.inTenant((tx) => aboutToCall(tx, attempt, verdict.headSha, verdict.baseRef, method));
    await deps.crash?.("merge:calling");
    const result = await call(r, loaded, method, record(loaded.facts, verdict));
    if (result !== "again") return result;
  }
  return refused({ why: "the base branch kept moving" });
}

const refused = (body: Json): Recovered => ({ outcome: "refused", mergeSha: null, body });

/** "again": the base branch was modified under us; what was decided on may be old (E03). */
async function call(r: Run, loaded: Loaded, method: OwnMerge["method"], decidedOn: Json): Promise<Recovered | "again"> {
  const { deps, repository, attempt } = r;
  const head = loaded.facts.pullRequest.headSha;
  const client = deps.github.installation(repository.installation, repository.id, "merge");
  if (method === "queue") {
    const problem = await enqueueInQueue(client, loaded.nodeId, head);
    return problem === null
      ? { outcome: "success", mergeSha: null, body: { queued: true, head, record: decidedOn } }
      : refused({ why: problem, record: decidedOn });
  }
  try {
    const answer = await put(client, repository, attempt, head, method);
    await deps.crash?.("merge:called");
    if (answer.status === 405 && /base branch was modified/i.test(messageOf(answer))) return "again";
    if (answer.status !== 200)
      return refused({
        status: answer.status,
        why: answer.status === 409 ? "the head moved" : messageOf(answer),
        record: decidedOn,
      });
  } catch (error) {
    // The answer was lost, not necessarily the call.
    if (!(error instanceof Fault) || error.code !== "github_unavailable") throw error;
    const found = await recover({ deps, repository, attempt: { ...attempt, headSha: head, method } });
    if (found === null) throw error;
    return { ...found, outcome: found.outcome === "recovered" ? "success" : found.outcome };
  }
  const found = await readBack(client, repository, attempt.number);
  await deps.crash?.("merge:read_back");
  return landed(head, method, found, { record: decidedOn }, "success");
}

const REFUSALS = [403, 404, 405, 409, 422];

async function put(
  client: GitHubClient,
  repository: Repository,
  attempt: Attempt,
  head: CommitSha,
  method: string,
): Promise<RestAnswer> {
  const { owner, name } = split(repository.name);
  return client.rest(
    "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge",
    { owner, repo: name, pull_number: attempt.number, sha: head, merge_method: method },
    REFUSALS,
  );
}

function messageOf(answer: RestAnswer): string {
  return (
    z.object({ message: z.string() }).safeParse(answer.data).data?.message.slice(0, 300) ??
    `GitHub answered ${answer.status}`
  );
}

/** What landed is held against what was decided: another head or another parent is an alarm (E13). */
function landed(
  head: CommitSha | null,
  method: OwnMerge["method"],
  found: ReadBack,
  more: Readonly<Record<string, Json>>,
  outcome: "success" | "recovered",
): Recovered {
  const body: Json = {
    ...more,
    head,
    mergeSha: found.mergeSha,
    parents: found.parents,
    mergedBy: found.mergedBy,
    method,
  };
  const whole =
    found.merged && found.mergeSha !== null && head !== null && (method === "queue" || fits(head, method, found));
  return whole
    ? { outcome, mergeSha: found.mergeSha, body }
    : {
        outcome,
        mergeSha: found.mergeSha,
        body,
        alarm: `The merge commit ${found.mergeSha ?? "(none)"} does not bring in the head that was decided on, ${head ?? "(none)"}.`,
      };
}

function fits(head: CommitSha, method: OwnMerge["method"], { headSha, parents }: ReadBack): boolean {
  if (headSha !== head) return false;
  return method === "merge" ? parents.length === 2 && parents[1] === head : parents.length === 1;
}
