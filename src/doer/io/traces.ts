// What became of an agent's own calls, and where their time went: never another agent's, and never arguments.

import sql from "sql-template-tag";
import { z } from "zod";
import { callId, instantOfMillis, iso, type Json } from "#kernel";
import type { Packet } from "#gateway";
import { openTrace } from "#gateway/io";
import type { Keys } from "#keys/io";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { SpanDocument } from "#platform/telemetry";

/** Of each call, where many are asked for: a hundred with all of theirs would be more than a result may have. */
const STAGES_OF_MANY = 50;

const row = z.object({
  call_id: branded(z.string(), callId),
  tool: z.string().nullable(),
  surface: z.string(),
  state: z.string(),
  colour: z.string().nullable(),
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  created_at: instantColumn,
  ended_at: instantColumn.nullable(),
  opened_at: instantColumn.nullable(),
  closed_at: instantColumn.nullable(),
  ending: z.string().nullable(),
  document: z.instanceof(Uint8Array).nullable(),
});

export async function tracesOf(
  keys: Pick<Keys, "opening">,
  tx: TenantTx,
  packet: Packet,
  { call, most }: { readonly call: string | null; readonly most: number },
): Promise<Json> {
  const rows = await tx.many(
    sql`select c.call_id, c.tool, c.surface, c.state, c.colour, c.outcome, c.code, c.created_at, c.ended_at,
        t.opened_at, t.closed_at, t.ending, t.document
      from gateway.call c left join gateway.trace t on t.tenant_id = c.tenant_id and t.call_id = c.call_id
      where c.tenant_id = ${tx.tenantId} and c.agent_id = ${packet.agent} and (${call}::uuid is null or c.call_id = ${call}::uuid)
      order by c.created_at desc limit ${most}`,
    row,
  );
  const calls: Json[] = [];
  for (const each of rows)
    calls.push({
      call: each.call_id,
      tool: each.tool,
      from: each.surface,
      state: each.state,
      verdict: each.colour,
      outcome: each.outcome,
      code: each.code,
      askedAt: iso(each.created_at),
      endedAt: each.ended_at === null ? null : iso(each.ended_at),
      trace:
        each.opened_at === null
          ? null
          : {
              openedAt: iso(each.opened_at),
              closedAt: each.closed_at === null ? null : iso(each.closed_at),
              ending: each.ending,
              ...(await stagesOf(keys, tx, each, call === null ? STAGES_OF_MANY : Infinity)),
            },
    });
  return { calls };
}

/** In the order in which they began. What a stage said of itself stays behind: it may be about rules, which are a person's to read. */
async function stagesOf(
  keys: Pick<Keys, "opening">,
  tx: TenantTx,
  { call_id, document }: z.infer<typeof row>,
  most: number,
): Promise<{ readonly stages: readonly Json[]; readonly leftOut: number }> {
  const trace = document === null ? null : await openTrace(keys, tx, call_id, document);
  if (trace === null) return { stages: [], leftOut: 0 };
  const spans = trace.spans.toSorted((a, b) => a.startedAt - b.startedAt);
  return {
    stages: spans.slice(0, most).map(shown),
    leftOut: trace.dropped + Math.max(0, spans.length - most),
  };
}

const shown = ({ name, startedAt, ms, level }: SpanDocument): Json => ({
  stage: name,
  startedAt: iso(instantOfMillis(startedAt)),
  ms,
  level,
});
