// Rows of calls. What was asked, planned and answered is sealed, each in its own column of its own row.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import {
  agentId,
  approvalId,
  callId,
  digest,
  entryId,
  Fault,
  repositoryId,
  type AgentId,
  type ApprovalId,
  type CallId,
  type Digest,
  type EntryId,
  type Instant,
  type Json,
  type RepositoryId,
} from "#kernel";
import { openColumn, sealColumn, type Keys } from "#keys/io";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { TOOL_NAMES, type Tool, type Verdict } from "#policy";
import type { Origin } from "#screening";
import { writtenBy } from "../../origins.ts";
import type { Answer } from "../../types.ts";
import { bytesOf } from "../digest.ts";
import { answerShape, planShape, recordShape, type CallRecord } from "../shapes.ts";

export interface Call {
  readonly id: CallId;
  readonly agent: AgentId;
  readonly tool: Tool | null;
  readonly explain: boolean;
  readonly state: "received" | "pending" | "executing" | "ended";
  readonly askedHash: Digest;
  readonly argsHash: Digest | null;
  readonly repository: RepositoryId | null;
  readonly approval: ApprovalId | null;
  readonly intent: EntryId | null;
  readonly issuedAt: Instant | null;
  readonly movedAt: Instant;
  readonly sealed: { readonly asked: Uint8Array; readonly plan: Uint8Array | null; readonly answer: Uint8Array | null };
}

const hashColumn = z.instanceof(Uint8Array).transform((bytes, ctx) => {
  const found = digest(Buffer.from(bytes).toString("hex"));
  if (found !== null) return found;
  ctx.addIssue("no digest");
  return z.NEVER;
});
const row = z
  .object({
    call_id: branded(z.string(), callId),
    agent_id: branded(z.string(), agentId),
    tool: z.enum(TOOL_NAMES).nullable().catch(null),
    explain: z.boolean(),
    state: z.enum(["received", "pending", "executing", "ended"]),
    asked_hash: hashColumn,
    args_hash: hashColumn.nullable(),
    repository_id: branded(z.number(), repositoryId).nullable(),
    approval_id: branded(z.string(), approvalId).nullable(),
    intent: branded(z.string(), entryId).nullable(),
    issued_at: instantColumn.nullable(),
    moved_at: instantColumn,
    asked: z.instanceof(Uint8Array),
    plan: z.instanceof(Uint8Array).nullable(),
    answer: z.instanceof(Uint8Array).nullable(),
  })
  .transform((raw): Call => ({
    id: raw.call_id,
    agent: raw.agent_id,
    tool: raw.tool,
    explain: raw.explain,
    state: raw.state,
    askedHash: raw.asked_hash,
    argsHash: raw.args_hash,
    repository: raw.repository_id,
    approval: raw.approval_id,
    intent: raw.intent,
    issuedAt: raw.issued_at,
    movedAt: raw.moved_at,
    sealed: { asked: raw.asked, plan: raw.plan, answer: raw.answer },
  }));
const COLUMNS = sql`call_id, agent_id, tool, explain, state, asked_hash, args_hash, repository_id, approval_id, intent, issued_at, moved_at, asked, plan, answer`;

type Sealed = "asked" | "plan" | "answer";
const place = (column: Sealed, call: CallId) => ({ column: `gateway.call.${column}`, row: call }) as const;
const seal = (keys: Keys, tx: TenantTx, column: Sealed, call: CallId, value: Json): Promise<Buffer> =>
  sealColumn(keys, tx, place(column, call), value);

export function newCallId(): CallId {
  const id = callId(randomUUID());
  if (id === null) throw new Fault("invariant_broken", "A UUID is a call's id.");
  return id;
}

export interface NewCall {
  readonly id: CallId;
  readonly record: CallRecord;
  /** null: there is none of that name. */
  readonly tool: Tool | null;
  readonly explain: boolean;
  readonly session: Buffer;
  readonly idempotency: Buffer | null;
  readonly askedHash: Digest;
}

/** With its trace. False: there is a call under this key already, and nothing was written. */
export async function insertCall(keys: Keys, tx: TenantTx, call: NewCall): Promise<boolean> {
  const { who, asked } = call.record;
  const sealed = await seal(keys, tx, "asked", call.id, recordJson(call.record));
  const insertion = sql`
    with made as (
      insert into gateway.call (tenant_id, call_id, agent_id, requester, tool, surface, explain, session, idempotency, asked_hash, asked)
      values (${tx.tenantId}, ${call.id}, ${who.agent}, ${who.requester}, ${call.tool}, ${asked.from}, ${call.explain}, ${call.session},
        ${call.idempotency}, ${bytesOf(call.askedHash)}, ${sealed})
      on conflict do nothing returning tenant_id, call_id
    ) insert into gateway.trace (tenant_id, call_id) select tenant_id, call_id from made`;
  if (call.idempotency !== null) return (await tx.run(insertion)) === 1;
  // No other call can have its id, or its key.
  tx.later(insertion);
  return true;
}

const recordJson = ({ who, asked }: CallRecord): Json => ({
  v: 1,
  who: { ...who, tools: who.tools === "all" ? "all" : [...who.tools] },
  asked: {
    ...asked,
    batch: asked.batch === null ? null : { ...asked.batch },
    citations: [...asked.citations],
    ...(asked.native === undefined ? {} : { native: { ...asked.native } }),
  },
});

export const findCall = (tx: TenantTx, call: CallId): Promise<Call | null> =>
  tx.maybe(sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} and call_id = ${call}`, row);

/** The one that waits, or waited, for this answer. */
export const findAsked = (tx: TenantTx, approval: ApprovalId): Promise<Call | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} and approval_id = ${approval}`,
    row,
  );

export const findByKey = (tx: TenantTx, agent: AgentId, idempotency: Buffer): Promise<Call | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} and agent_id = ${agent} and idempotency = ${idempotency}`,
    row,
  );

/** For update: whoever else moves it waits. */
export const holdCall = (tx: TenantTx, call: CallId): Promise<Call | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} and call_id = ${call} for update`,
    row,
  );

export async function openRecord(keys: Keys, tx: TenantTx, { id, sealed }: Call): Promise<CallRecord> {
  const opened = await openColumn(keys, tx, place("asked", id), sealed.asked);
  if (opened.kind === "destroyed") throw new Fault("keys_unavailable", `What call ${id} asked for was erased.`);
  return recordShape.parse(opened.value);
}

/** null: nobody was asked about it. */
export async function openPlan(keys: Keys, tx: TenantTx, { id, sealed }: Call): Promise<Json> {
  if (sealed.plan === null) return null;
  const opened = await openColumn(keys, tx, place("plan", id), sealed.plan);
  return opened.kind === "open" ? planShape.parse(opened.value).facts : null;
}

export async function openAnswer(keys: Keys, tx: TenantTx, { id, sealed }: Call): Promise<Answer | null> {
  if (sealed.answer === null) return null;
  const opened = await openColumn(keys, tx, place("answer", id), sealed.answer);
  return opened.kind === "open" ? answerShape.parse(opened.value) : null;
}

export interface DecidedRow {
  readonly argsHash: Digest;
  readonly repository: RepositoryId | null;
  readonly verdict: Verdict;
  readonly entry: EntryId;
}

/** Where somebody else has moved the call meanwhile, the transaction fails (`isMoved`). */
export async function toPending(
  keys: Keys,
  tx: TenantTx,
  call: CallId,
  { argsHash, repository, verdict, entry }: DecidedRow,
  asking: { readonly approval: ApprovalId; readonly facts: Json },
): Promise<void> {
  const plan = await seal(keys, tx, "plan", call, { v: 1, facts: asking.facts });
  tx.demand(sql`update gateway.call set state = 'pending', args_hash = ${bytesOf(argsHash)}, repository_id = ${repository},
      colour = ${verdict.colour}, policy_set = ${verdict.set}, verdict_entry = ${entry}, approval_id = ${asking.approval}, plan = ${plan},
      moved_at = clock_timestamp()
    where tenant_id = ${tx.tenantId} and call_id = ${call} and state = 'received'`);
}

/** From then on the packet may exist. Where somebody else has moved the call: as above. */
export function toExecuting(
  tx: TenantTx,
  call: CallId,
  from: "received" | "pending",
  { argsHash, repository, verdict, entry }: DecidedRow,
  intent: EntryId,
): void {
  tx.later(sql`select gateway.begin_execution(${call}::uuid, ${from}::gateway.state, ${bytesOf(argsHash)}, ${repository}::bigint,
    ${verdict.colour}, ${verdict.set}, ${entry}::uuid, ${intent}::uuid)`);
}

/** What came back that nobody of ours wrote: from whom, and how strongly it looks like instructions to an agent (0 to 100). */
export interface Returned {
  readonly origin: Origin;
  readonly injection: number;
}

export interface EndedRow {
  readonly outcome: "done" | "explained" | "refused" | "failed";
  readonly code: string;
  readonly answer: Answer;
  readonly decided?: DecidedRow;
  readonly returned: Returned | null;
}

/** Of a call that has not ended: else the transaction fails (`isMoved`). */
export async function toEnded(keys: Keys, tx: TenantTx, call: CallId, ended: EndedRow): Promise<void> {
  const { decided } = ended;
  const sealed = await seal(keys, tx, "answer", call, answerJson(ended.answer));
  tx.later(sql`select gateway.end_call(${call}::uuid, ${ended.outcome}, ${ended.code}, ${sealed},
    ${decided === undefined ? null : bytesOf(decided.argsHash)}, ${decided?.repository ?? null}::bigint, ${decided?.verdict.colour ?? null},
    ${decided?.verdict.set ?? null}, ${decided?.entry ?? null}::uuid, ${ended.returned?.origin ?? null}, ${ended.returned?.injection ?? 0})`);
}

/**
 * Its answer is given once more. INVARIANT (X16): what others wrote in it counts from now on as it did when it was read first. An hour is
 * what it counts for, so that once in a minute is often enough.
 */
export function toldAgain(tx: TenantTx, { id, tool }: Pick<Call, "id" | "tool">, answer: Answer | null): void {
  const origin = answer === null || tool === null ? null : writtenBy(answer, tool);
  if (origin === null) return;
  tx.later(sql`select gateway.note_returned(c.agent_id, c.session, ${origin}, 0) from gateway.call c
    where c.tenant_id = ${tx.tenantId} and c.call_id = ${id}`);
}

export const answerJson = (answer: Answer): Json => {
  switch (answer.kind) {
    case "done":
    case "pending":
    case "running":
    case "failed":
      return { ...answer };
    case "explained":
      return { ...answer, verdict: { ...answer.verdict, rules: answer.verdict.rules.map((rule) => ({ ...rule })) } };
    case "refused":
      return { ...answer, rules: answer.rules.map((rule) => ({ ...rule })) };
  }
};
