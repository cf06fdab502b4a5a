// Whose tickets are. INVARIANT (S1, T15): somebody who is nobody any more owns nothing: what was theirs is another's in that transaction.

import sql from "sql-template-tag";
import { z } from "zod";
import type { PersonId, TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { firstOwner } from "./desk.ts";
import { personColumn, ticketColumn } from "./rows.ts";

export async function loginOf(tx: TenantTx, person: PersonId): Promise<string> {
  const found = await tx.maybe(
    sql`select login from identity.person where tenant_id = ${tx.tenantId} and person_id = ${person}`,
    z.object({ login: z.string() }),
  );
  return found?.login ?? "somebody who left";
}

/** `to` null: nobody is left who could take them. They stay as they are until somebody is. */
export type Handed = { readonly to: PersonId | null; readonly tickets: number };

/** With the operator's rights. Whoever removes the person writes it into that entry: it also works with a log that takes none. */
export async function handOver(tx: TenantTx, person: PersonId): Promise<Handed> {
  const desk = await tx.maybe(
    sql`select default_owner from tickets.desk where tenant_id = ${tx.tenantId} for update`,
    z.object({ default_owner: personColumn }),
  );
  if (desk === null) return { to: null, tickets: 0 };
  const to = desk.default_owner === person ? await firstOwner(tx, person) : desk.default_owner;
  if (to === null) return { to: null, tickets: 0 };
  await tx.run(
    sql`update tickets.desk set default_owner = ${to} where tenant_id = ${tx.tenantId} and default_owner = ${person}`,
  );
  const tickets = await tx.run(
    sql`update tickets.ticket set owner = ${to} where tenant_id = ${tx.tenantId} and owner = ${person}`,
  );
  return { to, tickets };
}

const orphan = z
  .object({ ticket_id: ticketColumn, number: z.int(), owner: personColumn })
  .transform((row): Orphan => ({ ticket: row.ticket_id, number: row.number, owner: row.owner }));

export interface Orphan {
  readonly ticket: TicketId;
  readonly number: number;
  /** Who left. */
  readonly owner: PersonId;
}

/** Open tickets of somebody who left when nobody else was there to take them. */
export const orphans = (tx: TenantTx): Promise<readonly Orphan[]> =>
  tx.many(
    sql`select t.ticket_id, t.number, t.owner from tickets.ticket t
      join identity.person p on p.tenant_id = t.tenant_id and p.person_id = t.owner
      where t.tenant_id = ${tx.tenantId} and t.state not in ('resolved', 'closed') and p.removed_at is not null
      order by t.number`,
    orphan,
  );

/** Each becomes somebody's who is there. */
export async function adopt(tx: TenantTx, to: PersonId): Promise<readonly Orphan[]> {
  const found = await orphans(tx);
  if (found.length > 0)
    await tx.run(sql`update tickets.ticket set owner = ${to}
      where tenant_id = ${tx.tenantId} and ticket_id = any (${found.map(({ ticket }) => ticket)}::uuid[])`);
  return found;
}
