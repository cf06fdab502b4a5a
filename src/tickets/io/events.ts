import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant, TicketId } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { STATES, type ClockEvent, type State } from "../types.ts";
import { asDate } from "./rows.ts";

const shape = z
  .object({ kind: z.enum(["entered", "frozen", "thawed"]), state: z.enum(STATES).nullable(), at: instantColumn })
  .transform(({ kind, state, at }, context): ClockEvent => {
    if (kind !== "entered") return { kind, at };
    if (state !== null) return { kind, state, at };
    context.addIssue({ code: "custom", message: "an event without its state" });
    return z.NEVER;
  });

/** In order. */
export const eventsOf = (tx: TenantTx, ticket: TicketId): Promise<readonly ClockEvent[]> =>
  tx.many(
    sql`select kind, state, at from tickets.event where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} order by seq`,
    shape,
  );

/** Whoever adds one holds the ticket. */
export async function addEvent(tx: TenantTx, ticket: TicketId, event: ClockEvent): Promise<void> {
  const state: State | null = event.kind === "entered" ? event.state : null;
  const at: Instant = event.at;
  await tx.run(sql`insert into tickets.event (tenant_id, ticket_id, seq, kind, state, at)
    select ${tx.tenantId}, ${ticket}, 1 + coalesce(max(seq), 0), ${event.kind}, ${state}::tickets.state, ${asDate(at)}
    from tickets.event where tenant_id = ${tx.tenantId} and ticket_id = ${ticket}`);
}
