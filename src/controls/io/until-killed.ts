// One execution under the switch: ended by the kill that reaches it, wherever it stands.

import type { KillSwitch } from "../kill-switch.ts";
import { covers, type Killed, type Where } from "../scope.ts";

export interface Guarded {
  /** Aborts with the kill. For the sandbox, requests and the lease. */
  readonly signal: AbortSignal;
  /** What aborted it. */
  readonly killed: () => Killed | null;
  /** At the end of the execution. */
  readonly release: () => void;
}

/** INVARIANT 3: a kill at any moment from here on is heard; one from before aborts at once. */
export function untilKilled(killSwitch: KillSwitch, where: Where): Guarded {
  const controller = new AbortController();
  let by: Killed | null = null;
  const end = (found: Killed): void => {
    by ??= found;
    controller.abort(by.reason);
  };
  const release = killSwitch.onKill((scope) => {
    // Taken back again between the notice and this look, it still was a kill: what ran when it came ends.
    if (covers(scope, where))
      end(killSwitch.look(where) ?? { scope, reason: "This was stopped by an operator.", since: null });
  });
  const now = killSwitch.look(where);
  if (now !== null) end(now);
  return { signal: controller.signal, killed: () => by, release };
}
