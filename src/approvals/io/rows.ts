// Requests and answers as their tables have them.

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import {
  agentId,
  approvalId,
  callId,
  commitSha,
  digest,
  installationId,
  instantOfMillis,
  personId,
  prNumber,
  repoName,
  repositoryId,
  type AgentId,
  type ApprovalId,
  type CallId,
  type CommitSha,
  type Digest,
  type Instant,
  type PersonId,
} from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { STATES, type State } from "../decide.ts";
import { ANSWERS, CHANNELS, RISKS, VOID_CAUSES } from "../types.ts";
import type { AnswerWord, Channel, Delivery, Risk, VoidCause } from "../types.ts";

export const approvalColumn: z.ZodType<ApprovalId> = branded(z.string(), approvalId);
export const personColumn: z.ZodType<PersonId> = branded(z.string(), personId);
const bytes = z.instanceof(Uint8Array);

export interface Row {
  readonly approval: ApprovalId;
  readonly call: CallId;
  readonly agent: AgentId;
  readonly requester: PersonId | null;
  readonly digest: Digest;
  readonly policySet: string;
  readonly headSha: CommitSha | null;
  readonly risk: Risk;
  readonly quorum: number;
  readonly sameEpoch: boolean;
  readonly shown: Uint8Array;
  readonly deliver: Delivery | null;
  readonly boot: string;
  readonly monotonicMs: number;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly state: State;
  readonly cause: VoidCause | null;
  readonly decidedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly usedAt: Instant | null;
  /** The database's clock at the moment of reading. */
  readonly now: Instant;
}

const shape = z
  .object({
    approval_id: approvalColumn,
    call_id: branded(z.string(), callId),
    agent_id: branded(z.string(), agentId),
    requester_id: personColumn.nullable(),
    digest: branded(z.string(), digest),
    policy_set: z.string(),
    head_sha: branded(z.string(), commitSha).nullable(),
    risk: z.enum(RISKS),
    quorum: z.int(),
    same_epoch: z.boolean(),
    shown: bytes,
    repository_id: branded(z.int(), repositoryId).nullable(),
    repository_name: branded(z.string(), repoName).nullable(),
    installation_id: branded(z.int(), installationId).nullable(),
    number: branded(z.int(), prNumber).nullable(),
    sha: branded(z.string(), commitSha).nullable(),
    boot: z.string(),
    monotonic_ms: z.int(),
    requested_at: instantColumn,
    expires_at: instantColumn,
    state: z.enum(STATES),
    cause: z.enum(VOID_CAUSES).nullable(),
    decided_at: instantColumn.nullable(),
    ended_at: instantColumn.nullable(),
    used_at: instantColumn.nullable(),
    now: instantColumn,
  })
  .transform((row): Row => ({
    approval: row.approval_id,
    call: row.call_id,
    agent: row.agent_id,
    requester: row.requester_id,
    digest: row.digest,
    policySet: row.policy_set,
    headSha: row.head_sha,
    risk: row.risk,
    quorum: row.quorum,
    sameEpoch: row.same_epoch,
    shown: row.shown,
    deliver:
      row.repository_id === null ||
      row.repository_name === null ||
      row.installation_id === null ||
      row.number === null ||
      row.sha === null
        ? null
        : {
            repository: { id: row.repository_id, name: row.repository_name, installation: row.installation_id },
            number: row.number,
            sha: row.sha,
          },
    boot: row.boot,
    monotonicMs: row.monotonic_ms,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    state: row.state,
    cause: row.cause,
    decidedAt: row.decided_at,
    endedAt: row.ended_at,
    usedAt: row.used_at,
    now: row.now,
  }));

const COLUMNS = sql`approval_id, call_id, agent_id, requester_id, digest, policy_set, head_sha, risk, quorum,
  epoch = approvals.own_epoch() as same_epoch, shown, repository_id, repository_name, installation_id, number, sha, boot, monotonic_ms,
  requested_at, expires_at, state, cause, decided_at, ended_at, used_at, clock_timestamp() as now`;

export const rowsWhere = (tx: TenantTx, where: Sql): Promise<readonly Row[]> =>
  tx.many(sql`select ${COLUMNS} from approvals.approval where tenant_id = ${tx.tenantId} and ${where}`, shape);

export const oneRow = (tx: TenantTx, id: ApprovalId): Promise<Row | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from approvals.approval where tenant_id = ${tx.tenantId} and approval_id = ${id}`,
    shape,
  );

/** INVARIANT: whoever answers, ends or executes holds this first, so that two at the same moment come one after the other. */
export async function locked(tx: TenantTx, id: ApprovalId): Promise<Row | null> {
  const there = await tx.run(
    sql`select from approvals.approval where tenant_id = ${tx.tenantId} and approval_id = ${id} for update`,
  );
  // Read after the lock was given, and not with it: the clock is of the moment that counts.
  return there === 0 ? null : oneRow(tx, id);
}

/** An operator has no row among a tenant's people. */
export const NOBODY = "00000000-0000-0000-0000-000000000000";

export interface AnswerRow {
  /** null: an operator. */
  readonly person: PersonId | null;
  readonly answer: AnswerWord;
  readonly channel: Channel;
  readonly reason: Uint8Array;
}

const answerShape = z
  .object({ person_id: personColumn, answer: z.enum(ANSWERS), channel: z.enum(CHANNELS), reason: bytes })
  .transform(({ person_id, ...row }): AnswerRow => ({ ...row, person: person_id === NOBODY ? null : person_id }));

/** The first one first. */
export const answersTo = (tx: TenantTx, id: ApprovalId): Promise<readonly AnswerRow[]> =>
  tx.many(
    sql`select person_id, answer, channel, reason from approvals.answer where tenant_id = ${tx.tenantId} and approval_id = ${id}
      order by answered_at, person_id`,
    answerShape,
  );

export const databaseNow = async (tx: TenantTx): Promise<Instant> =>
  (await tx.one(sql`select clock_timestamp() as now`, z.object({ now: instantColumn }))).now;

export const asDate = (at: Instant): Date => new Date(instantOfMillis(at));
