import type { Killed, Scope, Where } from "./scope.ts";

/**
 * Read before every step, out of memory: no round trip, no promise that could be forgotten.
 * INVARIANT: fails closed. Not read yet, not readable, or read more than a second ago: the platform is killed.
 */
export interface KillSwitch {
  /** The platform's own, before anybody is authenticated. */
  platform(): Killed | null;
  /** The widest scope that is killed and reaches this call. */
  look(where: Where): Killed | null;
  /** Calls within a second of each kill; losing the switch is a kill of the platform. Gives what unsubscribes. */
  onKill(fn: (scope: Scope) => void): () => void;
  close(): Promise<void>;
}
