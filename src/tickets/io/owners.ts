// Whose tickets are. INVARIANT (S1, T15): somebody who is nobody any more owns nothing: what was theirs is another's in that transaction.

import sql from "sql-template-tag";
import { z } from "zod";
import type { PersonId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { firstOwner } from "./desk.ts";
import { personColumn } from "./rows.ts";

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
