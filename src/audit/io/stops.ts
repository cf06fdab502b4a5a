// What may be done while the log takes no entries: to stop. Refusing to stop an agent because the log is down is the wrong failure
// (audit.md 2.5); everything else is refused.

import { Fault, type EntryId, type TenantId } from "#kernel";
import { STOP_KINDS, type NewEntry, type StopKind } from "../types.ts";
import type { Append } from "./audit.ts";
import type { Stop } from "./spool.ts";

/** Durable on this machine when it returns, in the log in this order once that takes entries again. Gives the entry's id. */
export type Spool = (tenant: TenantId, stop: Stop) => Promise<EntryId>;

/**
 * Runs `act`, a whole transaction, with the log; when the log refuses an entry and the act only stops, once more with the spool.
 * INVARIANT: `stops` is about the act as a whole: what grants, merges or releases never gets here with true.
 */
export async function stopAnyway<T>(
  { append, spool }: { readonly append: Append; readonly spool: Spool },
  stops: boolean,
  act: (append: Append) => Promise<T>,
): Promise<T> {
  let asked = false;
  try {
    return await act((tx, entry) => {
      asked = true;
      return append(tx, entry);
    });
  } catch (error) {
    // A refusal may come from the entry's own statement or, for a commit that would not be durable, at the commit.
    if (!stops || !asked || !(error instanceof Fault)) throw error;
    return act((tx, entry) => spool(tx.tenantId, asStop(entry)));
  }
}

const isStop = (kind: string): kind is StopKind => STOP_KINDS.some((each) => each === kind);

/** What is personal is left out: the spool has no key of that person. */
function asStop({ kind, outcome, observer, initiator, target, requestId, intent, body }: NewEntry): Stop {
  if (!isStop(kind)) throw new Fault("log_unavailable", `The audit log takes no entries, and ${kind} is no stop.`);
  const about = { kind, outcome, observer, initiator, target, requestId, body };
  return intent === undefined ? about : { ...about, intent };
}
