// One lease in the broker's memory: where it stands, what it holds, and what the row and the log know of it.

import type { EntryId, Instant, LeaseId } from "#kernel";
import { decide, hasEnded, REQUESTED, type Effect, type LeaseEvent, type Standing } from "../decide.ts";
import type { LeaseFacts, ToldOf } from "../held.ts";
import type { Moment } from "../time.ts";
import type { LeaseRequest, Minted } from "../types.ts";
import type { LeaseRecord } from "./record.ts";

export interface Lease {
  readonly request: LeaseRequest;
  /** Before its provider was asked: a credential is never older than its lease. */
  readonly begun: Moment;
  standing: Standing;
  /** null: no row yet. */
  row: { readonly lease: LeaseId; readonly intent: EntryId; readonly expiresAt: Instant | null } | null;
  told: ToldOf;
  /** The last change that is being told: the next one waits for it. */
  telling: Promise<void>;
  /** Under which name it lies in the spool. */
  spooled: LeaseId | null;
  minted: Minted | null;
  handle: string | null;
  deadBy: Instant | null;
  note: string | null;
  /** Revoking under way: a second wish joins it. */
  ending: Promise<void> | null;
  triedAtMs: number;
}

export const newLease = (request: LeaseRequest, begun: Moment): Lease => ({
  request,
  begun,
  standing: REQUESTED,
  row: null,
  told: { state: "minting", revokeIntent: null },
  telling: Promise.resolve(),
  spooled: null,
  minted: null,
  handle: null,
  deadBy: null,
  note: null,
  ending: null,
  triedAtMs: begun.monotonicMs,
});

/** The only way a standing changes. */
export function advance(lease: Lease, event: LeaseEvent): readonly Effect[] {
  const { standing, effects } = decide(lease.standing, event);
  lease.standing = standing;
  return effects;
}

export const isTold = (lease: Lease): boolean => lease.row === null || lease.told.state === lease.standing.state;
export const isOver = (lease: Lease): boolean => hasEnded(lease.standing.state) && isTold(lease);

export const factsOf = (lease: Lease, row: NonNullable<Lease["row"]>): LeaseFacts => ({
  lease: row.lease,
  request: lease.request,
  intent: row.intent,
  standing: lease.standing,
  handle: lease.handle,
  deadBy: lease.deadBy,
  note: lease.note,
});

/** Throws where it could not be told; the next sweep tells it. */
export function tell(record: LeaseRecord, lease: Lease): Promise<void> {
  const turn = async (): Promise<void> => {
    if (lease.row === null || isTold(lease)) return;
    lease.told = await record.tell(factsOf(lease, lease.row), lease.told);
  };
  // One after the other: two at once would each write the same outcome, and the log takes one.
  const telling = lease.telling.then(turn);
  lease.telling = telling.catch(() => {});
  return telling;
}
