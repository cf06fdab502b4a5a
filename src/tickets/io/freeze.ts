// A client that leaves has its clocks stopped; one that is back has them again, with the time that was left.

import sql from "sql-template-tag";
import { z } from "zod";
import { instantOfMillis, type Instant } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { decide } from "../decide.ts";
import { change } from "./change.ts";
import { deskEntry } from "./entries.ts";
import { rowsWhere, ticketOf } from "./rows.ts";
import type { Actor, TicketsDeps } from "./types.ts";

const NUMBERS = 1000;
const counted = z.object({ number: z.int() });

/** Gives how many. Again: those that were opened since. `append` null: whoever suspends the client tells of it in its own entry. */
export async function freeze(
  { append }: { readonly append: TicketsDeps["append"] | null },
  tx: TenantTx,
  by: Actor,
): Promise<number> {
  const frozen = await tx.many(
    sql`with frozen as (
        update tickets.ticket set frozen_at = now() where tenant_id = ${tx.tenantId} and frozen_at is null and next_action is not null
        returning tenant_id, ticket_id, number
      ), noted as (
        insert into tickets.event (tenant_id, ticket_id, seq, kind)
        select f.tenant_id, f.ticket_id, 1 + (select coalesce(max(e.seq), 0) from tickets.event e
          where e.tenant_id = f.tenant_id and e.ticket_id = f.ticket_id), 'frozen' from frozen f
      ) select number from frozen order by number`,
    counted,
  );
  if (frozen.length > 0) await append?.(tx, entry(tx, "ticket.freeze", by, frozen));
  return frozen.length;
}

/** INVARIANT: what was left of a timer is left of it now; whoever answered meanwhile has answered. */
export async function thaw(deps: Pick<TicketsDeps, "append">, tx: TenantTx, by: Actor): Promise<number> {
  const answered = await tx.many(
    sql`select distinct m.ticket_id, t.frozen_at from tickets.message m
      join tickets.ticket t on t.tenant_id = m.tenant_id and t.ticket_id = m.ticket_id
      where t.tenant_id = ${tx.tenantId} and t.frozen_at is not null and m.sender = 'client_person' and m.heard_at >= t.frozen_at`,
    z.object({ ticket_id: z.string() }),
  );
  const thawed = await tx.many(
    sql`with frozen as (
        select tenant_id, ticket_id, now() - frozen_at as stood from tickets.ticket
        where tenant_id = ${tx.tenantId} and frozen_at is not null for update
      ), thawed as (
        update tickets.ticket t set frozen_at = null, wait_started = t.wait_started + f.stood, deadline = t.deadline + f.stood,
          -- NULL stays NULL: greatest() would make it now, and a warning whose delivery nobody knows of would be looked at in vain.
          next_due_at = case when t.next_due_at is not null then now() + greatest(t.next_due_at - t.frozen_at, interval '0') end
        from frozen f where t.tenant_id = f.tenant_id and t.ticket_id = f.ticket_id
        returning t.tenant_id, t.ticket_id, t.number
      ), noted as (
        insert into tickets.event (tenant_id, ticket_id, seq, kind)
        select f.tenant_id, f.ticket_id, 1 + (select coalesce(max(e.seq), 0) from tickets.event e
          where e.tenant_id = f.tenant_id and e.ticket_id = f.ticket_id), 'thawed' from thawed f
      ) select number from thawed order by number`,
    counted,
  );
  const resumed: number[] = [];
  for (const { ticket_id: id } of answered) resumed.push(...(await settle(tx, id)));
  if (thawed.length > 0)
    await deps.append(tx, entry(tx, "ticket.thaw", by, thawed, { answered: resumed.slice(0, NUMBERS) }));
  return thawed.length;
}

/** Gives its number, where the answer makes it our move. */
async function settle(tx: TenantTx, id: string): Promise<readonly number[]> {
  const [row] = await rowsWhere(tx, sql`ticket_id = ${id}::uuid for update`);
  if (row === undefined) return [];
  const sentAt: Instant = instantOfMillis(row.now);
  const decided = decide(ticketOf(row), { kind: "message", from: "client_person", sentAt }, row.now);
  if (decided.kind !== "changed") return [];
  await change(tx, row, decided);
  return [row.number];
}

const entry = (
  tx: TenantTx,
  kind: "ticket.freeze" | "ticket.thaw",
  by: Actor,
  all: readonly { number: number }[],
  more: { readonly answered?: number[] } = {},
) =>
  deskEntry(tx.tenantId, {
    kind,
    by,
    body: { tickets: all.length, numbers: all.slice(0, NUMBERS).map(({ number }) => number), ...more },
  });
