// One execution under the switch: told of the kill that reaches it, wherever it stands.

import type { KillSwitch } from "./kill-switch.ts";
import { covers, type Killed, type Where } from "./scope.ts";

/**
 * INVARIANT 3: a kill at any moment from here on is told; one from before is told before this returns. Gives what unsubscribes, at the end
 * of the execution. `fn` may be called more than once.
 */
export function whenKilled(
  killSwitch: Pick<KillSwitch, "look" | "onKill">,
  where: Where,
  fn: (killed: Killed) => void,
): () => void {
  const release = killSwitch.onKill((scope) => {
    // Taken back again between the notice and this look, it still was a kill: what ran when it came ends.
    if (covers(scope, where))
      fn(killSwitch.look(where) ?? { scope, reason: "This was stopped by an operator.", since: null });
  });
  const now = killSwitch.look(where);
  if (now !== null) fn(now);
  return release;
}
