// Ending: the handle is dead at once; the credential as soon as its provider says so; then row, log and spool.

import { Fault } from "#kernel";
import type { Because } from "../decide.ts";
import { limits } from "../limits.ts";
import type { LeaseProviders } from "../types.ts";
import { advance, tell, type Lease } from "./lease.ts";
import type { LeaseRecord } from "./record.ts";
import type { LeaseSpool } from "./spool.ts";
import type { BrokerClock, BrokerEvents } from "./parts.ts";

export interface EndingParts {
  readonly record: LeaseRecord;
  readonly spool: Pick<LeaseSpool, "remove">;
  readonly providers: LeaseProviders;
  readonly clock: BrokerClock;
  readonly events: BrokerEvents;
}

/** Resolves when its first try has an answer, with the rest going on. Never throws. */
export function beginEnding(parts: EndingParts, lease: Lease, because: Because): Promise<void> {
  if (lease.ending !== null) return lease.ending;
  if (!advance(lease, { kind: "end", because }).includes("revoke")) return Promise.resolve();
  return revokeNow(parts, lease);
}

/** What is minted, and must not live. */
export function revokeNow(parts: EndingParts, lease: Lease): Promise<void> {
  let answered: () => void = () => {};
  const first = new Promise<void>((resolve) => (answered = resolve));
  lease.ending = first;
  void revokeUntilDone(parts, lease, answered)
    .catch((error: unknown) => parts.events.onFault(error))
    .finally(() => {
      lease.ending = null;
      answered();
    });
  return first;
}

async function revokeUntilDone(parts: EndingParts, lease: Lease, answered: () => void): Promise<void> {
  // The intent first. INVARIANT: where log or database take nothing, what only takes power away is done all the same.
  await tellOrLater(parts, lease);
  for (;;) {
    lease.triedAtMs = parts.clock.monotonic();
    if (await revokeOnce(parts, lease)) {
      advance(lease, { kind: "revoked" });
      await concludeEnd(parts, lease);
      return;
    }
    const effects = advance(lease, { kind: "revoke_failed" });
    if (effects.includes("alarm")) lease.note = NOT_REVOKED;
    if (effects.length === 0 || effects.includes("alarm")) {
      await tellOrLater(parts, lease);
      if (effects.includes("alarm")) parts.events.onIrrevocable(lease);
      return;
    }
    answered();
    await parts.clock.pause(limits.revokePausesMs[lease.standing.tries - 1] ?? limits.revokeMs);
  }
}

const NOT_REVOKED =
  "Its provider did not confirm that the credential is dead. Suspend the installation or the login there if it must not live until it ends by itself.";

async function revokeOnce({ providers, clock }: EndingParts, { request, minted }: Lease): Promise<boolean> {
  const provider = providers[request.scope.kind];
  if (provider === null || minted === null) return false;
  try {
    await Promise.race([
      provider.revoke(request, minted),
      clock.pause(limits.revokeMs).then(() => {
        throw new Fault("broker_unavailable", "The provider did not answer.");
      }),
    ]);
    return true;
  } catch {
    // Whatever it threw may quote the credential: it is counted, not passed on.
    return false;
  }
}

/** Row and log first, then the spool: until both know that it ended, a restart must find it. */
export async function concludeEnd({ record, spool, events }: EndingParts, lease: Lease): Promise<void> {
  try {
    await tell(record, lease);
    if (lease.spooled !== null) await spool.remove(lease.spooled);
    lease.spooled = null;
    lease.minted = null;
  } catch (error) {
    events.onFault(error);
  }
}

async function tellOrLater({ record, events }: EndingParts, lease: Lease): Promise<void> {
  await tell(record, lease).catch((error: unknown) => events.onFault(error));
}
