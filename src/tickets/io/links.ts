// Pull requests that are for a ticket. Which they are is the log's; how they stand is the gate's (a port).

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import { prNumber, repositoryId, type PrNumber, type RepositoryId, type TicketId } from "#kernel";
import { branded, type TenantTx } from "#platform/postgres";
import { besideLine, namedIn } from "../beside.ts";
import type { LinkedPull } from "../view.ts";
import { hoursOf } from "./calendars.ts";
import { entryOf } from "./entries.ts";
import { locked, nextOfRow, oneRow, rowsWhere, type Row } from "./rows.ts";
import { nameOf } from "./say.ts";
import type { Acted, Actor, PullRef, TicketsDeps } from "./types.ts";

const MOST = 20;

export const pullColumns = { repository_id: branded(z.int(), repositoryId), number: branded(z.int(), prNumber) };

export const thatLink = (tx: TenantTx, ticket: TicketId, { repository, number }: PullRef): Sql =>
  sql`tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and repository_id = ${repository} and number = ${number}`;

const standing = z.object({ linked: z.boolean() });

/** `named`: the pull request names the ticket. INVARIANT: what a person took away, naming does not bring back. */
export async function link(
  deps: TicketsDeps,
  tx: TenantTx,
  ticket: TicketId,
  pull: PullRef,
  { by, named }: { readonly by: Actor; readonly named: boolean },
): Promise<Acted> {
  const row = await locked(tx, ticket);
  if (row === null) return { kind: "unknown" };
  const there = await tx.maybe(
    sql`select unlinked_at is null as linked from tickets.link where ${thatLink(tx, ticket, pull)}`,
    standing,
  );
  if (there?.linked === true) return { kind: "unchanged", why: "It is linked already." };
  if (there !== null && named) return { kind: "unchanged", why: "A person has said that it is not for this ticket." };
  if ((await linksOf(tx, ticket)).length >= MOST)
    return { kind: "refused", why: `A ticket has at most ${MOST} pull requests.`, next: "Unlink one first." };
  await tx.run(sql`insert into tickets.link (tenant_id, ticket_id, repository_id, number)
    values (${tx.tenantId}, ${ticket}, ${pull.repository}, ${pull.number})
    on conflict (tenant_id, ticket_id, repository_id, number) do update set unlinked_at = null, stale_at = now(), said = null`);
  return told(deps, tx, row, "link", { ...pull, named }, by);
}

/** Whoever wrote it can write to the repository, and is nobody that we know: the log says that the channel brought it. */
const GITHUB: Actor = {
  party: { type: "job", id: "tickets.github" },
  name: "GitHub",
  requestId: "tickets.github",
  channel: "github",
};

export async function linkNamed(
  deps: TicketsDeps,
  tx: TenantTx,
  pull: PullRef,
  texts: readonly string[],
): Promise<void> {
  for (const number of namedIn(texts, await deps.prefix(tx))) {
    const row = await oneRow(tx, number);
    if (row !== null) await link(deps, tx, row.ticket, pull, { by: GITHUB, named: true });
  }
}

export async function unlink(
  deps: TicketsDeps,
  tx: TenantTx,
  ticket: TicketId,
  pull: PullRef,
  by: Actor,
): Promise<Acted> {
  const row = await locked(tx, ticket);
  if (row === null) return { kind: "unknown" };
  const gone = await tx.run(
    sql`update tickets.link set unlinked_at = now(), stale_at = now() where ${thatLink(tx, ticket, pull)} and unlinked_at is null`,
  );
  return gone === 0
    ? { kind: "unchanged", why: "It is not linked." }
    : told(deps, tx, row, "unlink", { ...pull, named: false }, by);
}

async function told(
  deps: TicketsDeps,
  tx: TenantTx,
  row: Row,
  action: "link" | "unlink",
  body: PullRef & { readonly named: boolean },
  by: Actor,
): Promise<Acted> {
  await deps.append(tx, entryOf(row, { kind: "ticket.link", action, by, body: { ...body } }));
  return { kind: "done", state: row.state, number: row.number };
}

const linkRow = z
  .object(pullColumns)
  .transform((row): PullRef => ({ repository: row.repository_id, number: row.number }));

const linksOf = (tx: TenantTx, ticket: TicketId): Promise<readonly PullRef[]> =>
  tx.many(
    sql`select repository_id, number from tickets.link
      where tenant_id = ${tx.tenantId} and ticket_id = ${ticket} and unlinked_at is null order by linked_at, repository_id, number`,
    linkRow,
  );

/** With how they stand, as GitHub said last. */
export async function pullsOf(
  deps: Pick<TicketsDeps, "repository" | "pulls">,
  tx: TenantTx,
  ticket: TicketId,
): Promise<readonly LinkedPull[]> {
  const pulls: LinkedPull[] = [];
  for (const { repository, number } of await linksOf(tx, ticket))
    pulls.push({
      repository,
      number,
      name: (await deps.repository(tx, repository))?.name ?? null,
      state: await deps.pulls.state(tx, repository, number),
    });
  return pulls;
}

/** A line for each ticket that these pull requests of one commit are for. */
export async function besidePulls(
  deps: Pick<TicketsDeps, "prefix">,
  tx: TenantTx,
  repository: RepositoryId,
  numbers: readonly PrNumber[],
): Promise<readonly string[]> {
  if (numbers.length === 0) return [];
  const rows = await rowsWhere(
    tx,
    sql`ticket_id in (select l.ticket_id from tickets.link l where l.tenant_id = ${tx.tenantId}
        and l.repository_id = ${repository} and l.number = any (${[...numbers]}::int[]) and l.unlinked_at is null)
      order by number limit ${MOST}`,
  );
  const prefix = rows.length === 0 ? "" : await deps.prefix(tx);
  const lines: string[] = [];
  for (const row of rows) lines.push(await lineFor(tx, row, prefix));
  return lines;
}

export async function lineFor(tx: TenantTx, row: Row, prefix: string): Promise<string> {
  const { calendar } = await hoursOf(tx, row.calendar);
  return besideLine({
    name: nameOf(prefix, row.number),
    state: row.state,
    next: nextOfRow(row),
    frozen: row.frozenAt !== null,
    zone: calendar.zone,
  });
}
