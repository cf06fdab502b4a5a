// Claimed notices become words, in one transaction with their place in the outbox of all messages. INVARIANT: whoever dies before the
// commit has said nothing, and whoever comes after it says nothing twice.

import type { Instant } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import sql from "sql-template-tag";
import { nextWork } from "../calendar.ts";
import { clocks } from "../clocks.ts";
import { digest, firstNudge, lastNudge, notDelivered, page, unwarned, type Subject } from "../letters.ts";
import { LIMITS } from "../limits.ts";
import type { Message, Place } from "../outgoing.ts";
import { deadlineOf } from "../stages.ts";
import { waitingOn, type Wait } from "../types.ts";
import { hoursOf } from "./calendars.ts";
import { readDesk, type Desk } from "./desk.ts";
import { entryOf, TIMER } from "./entries.ts";
import { eventsOf } from "./events.ts";
import { wordsOf } from "./messages.ts";
import { dropNotice, holdNotice, noteComposed, type Notice } from "./notices.ts";
import { loginOf } from "./owners.ts";
import { asDate, locked, type Row } from "./rows.ts";
import { nameOf, placesOf, sayTo, tellOwner } from "./say.ts";
import { openTitle } from "./sealed.ts";
import type { TicketsDeps } from "./types.ts";
import { pageInstead } from "./unwarned.ts";

interface Ready {
  readonly notice: Notice;
  readonly row: Row;
  readonly wait: Wait;
  readonly subject: Subject;
  readonly places: readonly Place[];
  readonly zone: string;
  readonly notBefore: Instant | null;
  readonly deadline: Instant | null;
}

const keyOf = ({ ticket, epoch, kind, turn }: Notice): string => `ticket/${ticket}/${epoch}/${kind}/${turn}`;

/** Of one client. Gives how many were told, and not dropped. */
export async function compose(deps: TicketsDeps, tx: TenantTx, notices: readonly Notice[]): Promise<number> {
  const desk = await readDesk(deps.keys, tx);
  if (desk === null) return 0;
  const ready: Ready[] = [];
  let told = 0;
  for (const notice of notices.toSorted((a, b) => (a.ticket < b.ticket ? -1 : 1))) {
    const row = await locked(tx, notice.ticket);
    if (row === null || !(await holdNotice(tx, notice))) continue;
    // INVARIANT (S1): of a client that leaves nothing is dropped: it is told when it is back.
    if (row.frozenAt !== null) continue;
    if (!isWanted(row, notice)) await dropNotice(tx, notice);
    else if (notice.kind === "page") told += await pageOwner(deps, tx, desk, row, notice);
    else {
      const made = await prepare(deps, tx, desk, row, notice);
      if (made !== null) ready.push(made);
    }
  }
  for (const group of grouped(ready)) {
    await (group.length >= LIMITS.digest ? sendDigest(deps, tx, group) : sendEach(deps, tx, desk, group));
    told += group.length;
  }
  return told;
}

/** The wait that it was claimed in still runs, or stands still: that is not its end. Or it is still our move. */
export function isWanted(row: Row, { kind, epoch }: Pick<Notice, "kind" | "epoch">): boolean {
  const waits = row.state === "waiting_client" && row.epoch === epoch;
  // Of a wait, an owner is paged where the client could not be warned.
  return kind === "page" ? waitingOn(row.state) === "us" || (waits && row.action === "page") : waits;
}

async function prepare(deps: TicketsDeps, tx: TenantTx, desk: Desk, row: Row, notice: Notice): Promise<Ready | null> {
  const { wait } = row;
  if (wait === null) return null;
  const title = await openTitle(deps.keys, tx, row.ticket, row.title);
  const subject: Subject = { name: nameOf(await deps.prefix(tx), row.number), title };
  const places = await placesOf(deps, tx, row, title);
  if (places.length === 0) {
    // INVARIANT: who cannot be warned is not closed: the ticket waits, and its owner knows why.
    await dropNotice(tx, notice);
    if (notice.kind === "nudge_72h") await pageInstead(tx, row);
    const message = notDelivered(subject, "the ticket has no place left where the client is reached.");
    await tellOwner(deps, tx, row, desk, { key: `${keyOf(notice)}/nowhere`, message, notice: null });
    return null;
  }
  const { calendar } = await hoursOf(tx, row.calendar);
  const begins = desk.quiet ? nextWork(calendar, row.now) : null;
  const notBefore = begins === null || begins <= row.now ? null : begins;
  const deadline = notice.kind === "nudge_72h" ? deadlineOf(wait, notBefore ?? row.now) : null;
  return { notice, row, wait, subject, places, zone: calendar.zone, notBefore, deadline };
}

/** Those that one reader would have at one time. */
function grouped(all: readonly Ready[]): readonly (readonly Ready[])[] {
  const byReader = Map.groupBy(all, ({ notice, places: [home], notBefore }) =>
    home?.kind === "mail" ? `${notice.kind} ${notBefore ?? 0} ${home.to.toLowerCase()}` : null,
  );
  return [...byReader]
    .map(([, group]) => group)
    .flatMap((group) => {
      const [first] = group;
      return first?.places[0]?.kind === "mail" && group.length >= LIMITS.digest ? [group] : group.map((each) => [each]);
    });
}

async function sendEach(deps: TicketsDeps, tx: TenantTx, desk: Desk, group: readonly Ready[]): Promise<void> {
  for (const ready of group) {
    const { notice, row, subject, places, zone, notBefore, deadline } = ready;
    const key = keyOf(notice);
    const question = await wordsOf(deps.keys, tx, desk.key, `ticket/${row.ticket}/${row.epoch}/ask/1`);
    const message: Message =
      deadline === null ? firstNudge(subject, question) : lastNudge(subject, question, deadline, zone);
    const reach = deadline === null ? "home" : "everywhere";
    await sayTo(deps, tx, row, places, { key, message, notice: notice.kind, notBefore, reach });
    await noteSent(deps, tx, ready, key);
  }
}

async function sendDigest(deps: TicketsDeps, tx: TenantTx, group: readonly Ready[]): Promise<void> {
  const [first] = group;
  const home = first?.places[0];
  if (first === undefined || home?.kind !== "mail") return;
  const key = `digest/${keyOf(first.notice)}`;
  const items = group.map(({ subject, deadline }) => ({ ...subject, deadline }));
  const message = digest(await deps.prefix(tx), items, first.zone);
  await deps.tell(tx, {
    key,
    to: { kind: "mail", to: home.to, subject: message.title, answers: [] },
    message,
    about: { kind: "digest", key, notice: first.notice.kind },
    notBefore: first.notBefore,
  });
  for (const ready of group) await noteSent(deps, tx, ready, key);
}

/** The instant that the warning names is stored with it: it is never closed before. */
async function noteSent(deps: TicketsDeps, tx: TenantTx, ready: Ready, key: string): Promise<void> {
  const { notice, row, places, notBefore, deadline } = ready;
  await noteComposed(tx, notice, key);
  if (deadline !== null)
    await tx.run(sql`update tickets.ticket set deadline = ${asDate(deadline)}
      where tenant_id = ${tx.tenantId} and ticket_id = ${row.ticket}`);
  const body = { epoch: row.epoch, turn: notice.turn, key, deadline, notBefore, places: places.length };
  await deps.append(tx, entryOf(row, { kind: "ticket.message", action: notice.kind, by: TIMER, body }));
}

async function pageOwner(deps: TicketsDeps, tx: TenantTx, desk: Desk, row: Row, notice: Notice): Promise<number> {
  const subject: Subject = {
    name: nameOf(await deps.prefix(tx), row.number),
    title: await openTitle(deps.keys, tx, row.ticket, row.title),
  };
  const { calendar, target } = await hoursOf(tx, row.calendar);
  const { ours } = clocks(calendar, await eventsOf(tx, row.ticket), row.now);
  const workedMs = row.state === "new" && ours < target ? null : ours;
  const owner = await loginOf(tx, row.owner);
  const key = keyOf(notice);
  const message = row.wait === null ? page({ ...subject, workedMs }, owner) : unwarned(subject, owner);
  await tellOwner(deps, tx, row, desk, { key, message, notice: "page" });
  await noteComposed(tx, notice, key);
  const body = { epoch: row.epoch, turn: notice.turn, owner: row.owner, workedMs: ours, targetMs: target };
  await deps.append(tx, entryOf(row, { kind: "ticket.message", action: "page", by: TIMER, body }));
  return 1;
}
