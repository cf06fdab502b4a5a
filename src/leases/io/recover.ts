// After a crash: whatever the spool holds is revoked, whatever a row tells of and the spool does not hold is nobody's.

import type { Because } from "../decide.ts";
import type { Moment } from "../time.ts";
import { beginEnding, concludeEnd, type EndingParts } from "./ending.ts";
import { advance, newLease, type Lease } from "./lease.ts";
import type { Unfinished } from "./record.ts";
import type { LeaseSpool, Spooled } from "./spool.ts";

const UNHELD =
  "The broker ended between asking for the credential and keeping it. If it was made, nobody holds it, and its provider ends it by itself, GitHub within the hour.";
const LOST =
  "Its broker ended, and its spool does not have the credential any more. Nobody holds it; its provider ends it by itself, GitHub within the hour.";
const RESTARTED: Because = "restarted";

/** INVARIANT: no handle of before is good for anything: none is in memory, and none is ever put back. */
export async function recoverLeases(
  parts: EndingParts & { readonly spool: LeaseSpool },
  hold: (lease: Lease) => void,
  now: Moment,
): Promise<void> {
  const { spooled, damaged } = await parts.spool.read();
  if (damaged.length > 0)
    parts.events.onFault(new Error(`the spool has files that do not open: ${damaged.join(", ")}`));
  // INVARIANT: revoking does not wait for a database that is away. Its rows are concluded by a later look.
  const unfinished = await parts.record.unfinished("all").catch((error: unknown) => {
    parts.events.onFault(error);
    return [];
  });
  const rows = new Map(unfinished.map((row) => [row.facts.lease, row]));
  for (const each of spooled) {
    const row = rows.get(each.lease);
    rows.delete(each.lease);
    const lease = leaseOf(each, row ?? null, now);
    hold(lease);
    // Revoked already, perhaps: once more does no harm, and the file goes only after an answer.
    void beginEnding(parts, lease, RESTARTED);
  }
  await concludeStrays(parts, [...rows.values()], hold, now);
}

/** Rows whose credential nobody holds. */
export async function concludeStrays(
  parts: EndingParts,
  rows: readonly Unfinished[],
  hold: (lease: Lease) => void,
  now: Moment,
): Promise<void> {
  for (const row of rows) {
    const lease = held(row, now);
    lease.note = row.told.state === "minting" ? UNHELD : LOST;
    advance(lease, { kind: "end", because: RESTARTED });
    advance(lease, { kind: lease.standing.state === "irrevocable" ? "died" : "unheld" });
    hold(lease);
    await concludeEnd(parts, lease);
  }
}

function leaseOf({ lease: id, request, minted }: Spooled, row: Unfinished | null, now: Moment): Lease {
  const lease = row === null ? newLease(request, now) : held(row, now);
  lease.minted = minted;
  lease.spooled = id;
  lease.deadBy = minted.endsAt;
  // What the row says may be older than what was spooled, never newer: it was minted.
  if (row?.told.state !== "irrevocable") lease.standing = { state: "active", tries: 0, because: null };
  return lease;
}

function held({ facts, told }: Unfinished, now: Moment): Lease {
  const lease = newLease(facts.request, now);
  lease.row = { lease: facts.lease, intent: facts.intent, expiresAt: null };
  lease.standing = facts.standing;
  lease.told = told;
  lease.deadBy = facts.deadBy;
  lease.note = facts.note;
  return lease;
}
