// X16: a person has read what looked like instructions to an agent, and says that it is none.

import sql from "sql-template-tag";
import type { TicketId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { entryOf } from "./entries.ts";
import { countOf } from "./messages.ts";
import { locked } from "./rows.ts";
import { nameOf } from "./say.ts";
import type { Acted, Actor, TicketsDeps } from "./types.ts";

/**
 * `read`: how many messages were on the ticket when the person read it. INVARIANT: an attacker who writes between the reading and the
 * trusting is trusted by nobody; what is said later marks the ticket again.
 */
export async function trust(
  deps: Pick<TicketsDeps, "append" | "prefix">,
  tx: TenantTx,
  ticket: TicketId,
  read: number,
  by: Actor,
): Promise<Acted> {
  const row = await locked(tx, ticket);
  if (row === null) return { kind: "unknown" };
  if (!row.suspected) return { kind: "unchanged", why: "Nothing on it looks like instructions to an agent." };
  const messages = await countOf(tx, ticket);
  if (messages !== read) {
    const name = nameOf(await deps.prefix(tx), row.number);
    return {
      kind: "refused",
      why: `${name} has ${messages} message${messages === 1 ? "" : "s"} now, and you have read ${read}.`,
      next: `Read the ticket again (countersign ticket show ${name}), then say so: countersign ticket trust ${name} --read ${messages}`,
    };
  }
  await tx.run(sql`update tickets.ticket set suspected_at = null, trusted_at = now()
    where tenant_id = ${tx.tenantId} and ticket_id = ${ticket}`);
  await deps.append(tx, entryOf(row, { kind: "ticket.trust", by, body: { messages, state: row.state } }));
  return { kind: "done", state: row.state, number: row.number };
}
