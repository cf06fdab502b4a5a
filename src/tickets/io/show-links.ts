// What a ticket is now, said on its pull requests: one comment of ours there, which is written over, and their check run is written anew.
// INVARIANT: in one transaction with the mark that it was said: whoever dies before the commit has said nothing, nobody says it twice.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { ticketId, type TenantId, type TicketId } from "#kernel";
import { branded, tenantIdColumn, type PlatformTx, type TenantTx } from "#platform/postgres";
import type { About } from "../outgoing.ts";
import { lineFor, pullColumns, thatLink } from "./links.ts";
import { oneRow, type Row } from "./rows.ts";
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

const heldRow = z.object({ linked: z.boolean(), turn: z.int(), told: z.instanceof(Uint8Array).nullable() });

export async function showLink(deps: TicketsDeps, tx: TenantTx, link: StaleLink): Promise<void> {
  const held = await tx.maybe(
    sql`select unlinked_at is null as linked, turn, told from tickets.link
      where ${thatLink(tx, link.ticket, link)} and stale_at is not null for update`,
    heldRow,
  );
  // Read only now: whoever moves the ticket after this waits for the link, and makes it stale once more.
  const row = held === null ? null : await oneRow(tx, link.ticket);
  if (held === null || row === null) return;
  const { turn, told } = (await say(deps, tx, link, row, held)) ?? held;
  await deps.pulls.refresh(tx, link.repository, link.number);
  await tx.run(sql`update tickets.link set stale_at = null, held_until = null, said = ${row.state}::tickets.state, turn = ${turn}, told = ${told}
    where ${thatLink(tx, link.ticket, link)}`);
}

/** Which words stand there from now on. null: those that stood there. */
async function say(
  deps: TicketsDeps,
  tx: TenantTx,
  { ticket, repository, number }: StaleLink,
  row: Row,
  { linked, turn, told }: z.infer<typeof heldRow>,
): Promise<Pick<z.infer<typeof heldRow>, "turn" | "told"> | null> {
  const place = await deps.repository(tx, repository);
  // Where nothing was said, there is nothing to take back.
  if (place === null || (!linked && told === null)) return null;
  const name = nameOf(await deps.prefix(tx), row.number);
  const text = linked
    ? await lineFor(tx, row, await deps.prefix(tx))
    : `This pull request is not for ${name} any more.`;
  const words = createHash("sha256").update(text).digest();
  if (told !== null && words.equals(told)) return null;
  const board = `ticket/${ticket}/pull:${repository}:${number}`;
  await deps.tell(tx, {
    key: `${board}/${turn + 1}`,
    to: { kind: "github", repository: place, number, board },
    message: { title: name, text, buttons: [] },
    about: { kind: "pull", ticket, pull: { repository, number }, turn: turn + 1 },
    notBefore: null,
  });
  return { turn: turn + 1, told: words };
}

/** A newer word takes its place: people read what holds, and no history. */
export async function isNewest(
  tx: TenantTx,
  { ticket, pull, turn }: Extract<About, { kind: "pull" }>,
): Promise<boolean> {
  return (
    (await tx.maybe(
      sql`select from tickets.link where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and repository_id = ${pull.repository}
        and number = ${pull.number} and turn = ${turn}`,
      z.object({}),
    )) !== null
  );
}
