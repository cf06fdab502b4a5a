// Calls as an operator sees them: what was asked for, by whom, what was decided, and what came of it. Shown in plain words; kept sealed.

import sql, { empty } from "sql-template-tag";
import { z } from "zod";
import {
  agentId,
  approvalId,
  callId,
  type AgentId,
  type ApprovalId,
  type CallId,
  type Instant,
  type Json,
} from "#kernel";
import type { Keys } from "#keys/io";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { Answer, Asked } from "../../types.ts";
import { findCall, openAnswer, openRecord } from "./rows.ts";

export interface ListedCall {
  readonly call: CallId;
  readonly agent: AgentId;
  /** null: it asked for one that there is not. */
  readonly tool: string | null;
  readonly from: string;
  readonly state: "received" | "pending" | "executing" | "ended";
  readonly colour: string | null;
  readonly outcome: string | null;
  readonly code: string | null;
  readonly approval: ApprovalId | null;
  readonly at: Instant;
  readonly endedAt: Instant | null;
}

const row = z
  .object({
    call_id: branded(z.string(), callId),
    agent_id: branded(z.string(), agentId),
    tool: z.string().nullable(),
    surface: z.string(),
    state: z.enum(["received", "pending", "executing", "ended"]),
    colour: z.string().nullable(),
    outcome: z.string().nullable(),
    code: z.string().nullable(),
    approval_id: branded(z.string(), approvalId).nullable(),
    created_at: instantColumn,
    ended_at: instantColumn.nullable(),
  })
  .transform((raw): ListedCall => ({
    call: raw.call_id,
    agent: raw.agent_id,
    tool: raw.tool,
    from: raw.surface,
    state: raw.state,
    colour: raw.colour,
    outcome: raw.outcome,
    code: raw.code,
    approval: raw.approval_id,
    at: raw.created_at,
    endedAt: raw.ended_at,
  }));

const COLUMNS = sql`call_id, agent_id, tool, surface, state, colour, outcome, code, approval_id, created_at, ended_at`;

/** The newest first. `open`: those that have not ended. */
export const listCalls = (
  tx: TenantTx,
  { open, most }: { readonly open: boolean; readonly most: number },
): Promise<readonly ListedCall[]> =>
  tx.many(
    sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} ${open ? sql`and state <> 'ended'` : empty}
      order by created_at desc limit ${most}`,
    row,
  );

export interface ShownCall extends ListedCall {
  readonly agentName: string;
  readonly requester: string;
  readonly asked: Pick<Asked, "arguments" | "explain" | "session" | "batch" | "citations" | "confidence">;
  /** null: it has not ended, or what it was answered was erased. */
  readonly answer: Answer | null;
  /** What its packet came to; null: no doer has consumed one. */
  readonly packet: { readonly consumedAt: Instant; readonly doer: string | null; readonly ended: string | null } | null;
}

const packetRow = z
  .object({ consumed_at: instantColumn, doer: z.string().nullable(), kind: z.string().nullable() })
  .transform((raw) => ({ consumedAt: raw.consumed_at, doer: raw.doer, ended: raw.kind }));

/** null: this tenant has no such call. */
export async function showCall(keys: Keys, tx: TenantTx, id: CallId): Promise<ShownCall | null> {
  const call = await findCall(tx, id);
  if (call === null) return null;
  const [listed, packet] = await Promise.all([
    tx.one(sql`select ${COLUMNS} from gateway.call where tenant_id = ${tx.tenantId} and call_id = ${id}`, row),
    tx.maybe(
      sql`select n.consumed_at, e.doer::text as doer, e.kind::text as kind from doer.nonce n
        left join doer.execution e on e.tenant_id = n.tenant_id and e.call_id = n.call_id
        where n.tenant_id = ${tx.tenantId} and n.call_id = ${id}`,
      packetRow,
    ),
  ]);
  const { who, asked } = await openRecord(keys, tx, call);
  const { arguments: args, explain, session, batch, citations, confidence } = asked;
  return {
    ...listed,
    agentName: who.name,
    requester: who.requesterName,
    asked: { arguments: args, explain, session, batch, citations, confidence },
    answer: await openAnswer(keys, tx, call),
    packet,
  };
}

/** The members of a verdict's entry that a person reads. */
const verdictShape = z.object({
  payload: z.object({
    facts: z.json(),
    set: z.string(),
    verdict: z.object({
      colour: z.string(),
      reasons: z.array(z.object({ id: z.string(), version: z.string(), text: z.string() })),
    }),
  }),
});

export interface ShownVerdict {
  readonly colour: string;
  readonly set: string;
  readonly rules: readonly { readonly id: string; readonly version: string; readonly text: string }[];
  readonly facts: Json;
}

/** From the body of a `call.verdict` entry; null: it is none that can be read. */
export function verdictOf(body: unknown): ShownVerdict | null {
  const read = verdictShape.safeParse(body);
  if (!read.success) return null;
  const { facts, set, verdict } = read.data.payload;
  return { colour: verdict.colour, set, rules: verdict.reasons, facts };
}
