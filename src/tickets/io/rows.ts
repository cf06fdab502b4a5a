// A ticket as its table has it, and as the pure rules know it.

import sql, { type Sql } from "sql-template-tag";
import { z } from "zod";
import {
  personId,
  repositoryId,
  ticketId,
  type Instant,
  type PersonId,
  type RepositoryId,
  type TicketId,
} from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import {
  ACTIONS,
  CLOSE_REASONS,
  STATES,
  type Action,
  type CloseReason,
  type Next,
  type State,
  type Ticket,
  type Wait,
} from "../types.ts";

export const ticketColumn: z.ZodType<TicketId> = branded(z.string(), ticketId);
export const personColumn: z.ZodType<PersonId> = branded(z.string(), personId);
export const bytes = z.instanceof(Uint8Array);

export interface Row {
  readonly ticket: TicketId;
  readonly number: number;
  readonly state: State;
  readonly owner: PersonId;
  readonly title: Uint8Array;
  readonly customer: Uint8Array | null;
  readonly repository: RepositoryId | null;
  readonly follows: number | null;
  readonly calendar: number;
  readonly openedAt: Instant;
  readonly epoch: number;
  readonly wait: Wait | null;
  /** Of the last wait, also where silence has ended it. */
  readonly warnedAt: Instant | null;
  readonly pagedAt: Instant | null;
  readonly action: Action | null;
  readonly dueAt: Instant | null;
  /** It would be closed for silence, and nobody can answer anywhere any more: it is not, and its owner is told once a day. */
  readonly unreachable: boolean;
  readonly frozenAt: Instant | null;
  readonly suspected: boolean;
  readonly trustedAt: Instant | null;
  readonly solvedByAgent: boolean;
  readonly closed: { readonly at: Instant; readonly reason: CloseReason } | null;
  /** The database's clock, the only one that counts: of the beginning of this transaction. */
  readonly now: Instant;
}

const shape = z
  .object({
    ticket_id: ticketColumn,
    number: z.int(),
    state: z.enum(STATES),
    owner: personColumn,
    title: bytes,
    customer: bytes.nullable(),
    repository_id: branded(z.int(), repositoryId).nullable(),
    follows: z.int().nullable(),
    calendar: z.int(),
    opened_at: instantColumn,
    epoch: z.int(),
    wait_started: instantColumn.nullable(),
    asked_at: instantColumn.nullable(),
    nudged_at: instantColumn.nullable(),
    warned_at: instantColumn.nullable(),
    deadline: instantColumn.nullable(),
    paged_at: instantColumn.nullable(),
    next_action: z.enum(ACTIONS).nullable(),
    next_due_at: instantColumn.nullable(),
    unreachable: z.boolean(),
    frozen_at: instantColumn.nullable(),
    suspected: z.boolean(),
    trusted_at: instantColumn.nullable(),
    solved_by_agent: z.boolean(),
    closed_at: instantColumn.nullable(),
    close_reason: z.enum(CLOSE_REASONS).nullable(),
    now: instantColumn,
  })
  .transform((row): Row => ({
    ticket: row.ticket_id,
    number: row.number,
    state: row.state,
    owner: row.owner,
    title: row.title,
    customer: row.customer,
    repository: row.repository_id,
    follows: row.follows,
    calendar: row.calendar,
    openedAt: row.opened_at,
    epoch: row.epoch,
    wait:
      row.wait_started === null
        ? null
        : {
            epoch: row.epoch,
            startedAt: row.wait_started,
            askedAt: row.asked_at ?? row.wait_started,
            nudgedAt: row.nudged_at,
            warnedAt: row.warned_at,
            deadline: row.deadline,
          },
    warnedAt: row.warned_at,
    pagedAt: row.paged_at,
    action: row.next_action,
    dueAt: row.next_due_at,
    unreachable: row.unreachable,
    frozenAt: row.frozen_at,
    suspected: row.suspected,
    trustedAt: row.trusted_at,
    solvedByAgent: row.solved_by_agent,
    closed:
      row.closed_at === null || row.close_reason === null ? null : { at: row.closed_at, reason: row.close_reason },
    now: row.now,
  }));

const COLUMNS = sql`ticket_id, number, state, owner, title, customer, repository_id, follows, calendar, opened_at, epoch, wait_started,
  asked_at, nudged_at, warned_at, deadline, paged_at, next_action, next_due_at, frozen_at, suspected_at is not null as suspected, trusted_at,
  solved_by_agent, closed_at, close_reason, now() as now, coalesce(next_action = 'close'
    and (select bool_and(c.gone_at is not null) from tickets.conversation c where c.tenant_id = ticket.tenant_id and c.ticket_id = ticket.ticket_id), false) as unreachable`;

export const rowsWhere = (tx: TenantTx, where: Sql): Promise<readonly Row[]> =>
  tx.many(sql`select ${COLUMNS} from tickets.ticket where tenant_id = ${tx.tenantId} and ${where}`, shape);

export const oneRow = (tx: TenantTx, ref: TicketId | number): Promise<Row | null> =>
  tx.maybe(sql`select ${COLUMNS} from tickets.ticket where tenant_id = ${tx.tenantId} and ${named(ref)}`, shape);

/** INVARIANT: whoever changes a ticket holds it first; what it was read as is what is changed. */
export const locked = (tx: TenantTx, ref: TicketId | number): Promise<Row | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from tickets.ticket where tenant_id = ${tx.tenantId} and ${named(ref)} for update`,
    shape,
  );

const named = (ref: TicketId | number): Sql =>
  typeof ref === "number" ? sql`number = ${ref}` : sql`ticket_id = ${ref}`;

export const ticketOf = ({ state, owner, epoch, wait, closed, frozenAt, solvedByAgent }: Row): Ticket => ({
  state,
  owner,
  epoch,
  wait,
  closed,
  frozen: frozenAt !== null,
  solvedByAgent,
});

/** What happens next by itself, as people and programs are told. */
export const nextOfRow = ({ action, dueAt, unreachable }: Row): Next | null =>
  action === null ? null : { action: unreachable ? "page" : action, at: dueAt };

export const asDate = (at: Instant | null): Date | null => (at === null ? null : new Date(at));
