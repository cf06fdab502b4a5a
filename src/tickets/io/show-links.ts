// What a ticket is now, said on its pull requests: a comment when its state is another one, and their check run is written anew.
// INVARIANT: in one transaction with the mark that it was said: whoever dies before the commit has said nothing, nobody says it twice.

import sql from "sql-template-tag";
import { z } from "zod";
import { ticketId, type TenantId, type TicketId } from "#kernel";
import { branded, tenantIdColumn, type PlatformTx, type TenantTx } from "#platform/postgres";
import { STATES } from "../types.ts";
import { lineFor, pullColumns, thatLink } from "./links.ts";
import { oneRow } from "./rows.ts";
import { nameOf } from "./say.ts";
import type { PullRef, TicketsDeps } from "./types.ts";

interface StaleLink extends PullRef {
  readonly ticket: TicketId;
}
export interface ClaimedLink extends StaleLink {
  readonly tenant: TenantId;
}

const claimedRow = z
  .object({ ...pullColumns, tenant_id: tenantIdColumn, ticket_id: branded(z.string(), ticketId) })
  .transform((row): ClaimedLink => ({
    tenant: row.tenant_id,
    ticket: row.ticket_id,
    repository: row.repository_id,
    number: row.number,
  }));

/** Of every client, in ids. Whoever asked has them for a minute; if he dies they are claimed again. */
export const claimLinks = (tx: PlatformTx, most: number): Promise<readonly ClaimedLink[]> =>
  tx.many(sql`select * from tickets.claim_links(${most})`, claimedRow);

const heldRow = z.object({ said: z.enum(STATES).nullable(), linked: z.boolean() });

/** Of one client. */
export async function showLinks(deps: TicketsDeps, tx: TenantTx, links: readonly StaleLink[]): Promise<void> {
  for (const each of links) {
    const held = await tx.maybe(
      sql`select said, unlinked_at is null as linked from tickets.link
        where ${thatLink(tx, each.ticket, each)} and stale_at is not null for update`,
      heldRow,
    );
    // Read only now: whoever moves the ticket after this waits for the link, and makes it stale once more.
    const row = held === null ? null : await oneRow(tx, each.ticket);
    if (held === null || row === null) continue;
    if (held.linked && held.said !== row.state) await comment(deps, tx, each);
    await deps.pulls.refresh(tx, each.repository, each.number);
    await tx.run(sql`update tickets.link set stale_at = null, held_until = null, said = ${row.state}::tickets.state
      where ${thatLink(tx, each.ticket, each)}`);
  }
}

const moment = z.object({ seq: z.int() });

async function comment(deps: TicketsDeps, tx: TenantTx, { ticket, repository, number }: StaleLink): Promise<void> {
  const place = await deps.repository(tx, repository);
  const row = await oneRow(tx, ticket);
  if (place === null || row === null) return;
  const { seq } = await tx.one(
    sql`select coalesce(max(seq), 0) as seq from tickets.event where tenant_id = ${tx.tenantId} and ticket_id = ${ticket}`,
    moment,
  );
  const prefix = await deps.prefix(tx);
  await deps.tell(tx, {
    key: `ticket/${ticket}/${row.epoch}/pull:${repository}:${number}/${seq}`,
    to: { kind: "github", repository: place, number },
    message: { title: nameOf(prefix, row.number), text: await lineFor(tx, row, prefix), buttons: [] },
    about: { kind: "ticket", ticket, epoch: row.epoch, notice: null },
    notBefore: null,
  });
}
