import { millis, type Instant, type Millis } from "#kernel";
import { limits } from "./limits.ts";

/** One moment by both clocks. `monotonicMs` has no zero that means anything, and cannot be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wall: Instant;
}

/**
 * What is left of a lease, never less than zero. INVARIANT: whichever clock has gone further counts. A wall clock set back extends
 * nothing; one set forward, or a machine that slept (the monotonic clock may have slept with it), ends a lease early.
 */
export function remaining(begun: Moment, seconds: number, now: Moment): Millis {
  const whole = Math.min(seconds, limits.seconds) * 1_000;
  const byMonotonic = now.monotonicMs - begun.monotonicMs;
  const byWall = now.wall - begun.wall;
  // A monotonic clock that runs backwards is none: nothing is left.
  return millis(byMonotonic < 0 ? 0 : Math.max(0, whole - Math.max(byMonotonic, byWall)));
}
