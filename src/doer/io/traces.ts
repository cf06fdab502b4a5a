// What became of an agent's own calls: never another agent's, and never arguments.

import sql from "sql-template-tag";
import { z } from "zod";
import { iso, type Json } from "#kernel";
import type { Packet } from "#gateway";
import { instantColumn, type TenantTx } from "#platform/postgres";

const row = z.object({
  call_id: z.string(),
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
});

export async function tracesOf(
  tx: TenantTx,
  packet: Packet,
  { call, most }: { readonly call: string | null; readonly most: number },
): Promise<Json> {
  const rows = await tx.many(
    sql`select c.call_id, c.tool, c.surface, c.state, c.colour, c.outcome, c.code, c.created_at, c.ended_at,
        t.opened_at, t.closed_at, t.ending
      from gateway.call c left join gateway.trace t on t.tenant_id = c.tenant_id and t.call_id = c.call_id
      where c.tenant_id = ${tx.tenantId} and c.agent_id = ${packet.agent} and (${call}::uuid is null or c.call_id = ${call}::uuid)
      order by c.created_at desc limit ${most}`,
    row,
  );
  return {
    calls: rows.map((each) => ({
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
            },
    })),
  };
}
