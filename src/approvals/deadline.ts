import type { Instant, Millis } from "#kernel";

/** By the database's clock, and by one that cannot be set. */
export interface Clocks {
  readonly now: Instant;
  /** How old the request is by a monotonic clock; null: no such clock saw it begin (another machine took it, or it was started again). */
  readonly age: Millis | null;
}

export interface Lifetime {
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
}

/**
 * INVARIANT (30): whichever clock has gone further counts, so that a wall clock which is set back extends nothing. One that stands before
 * the request itself was set back, and then nothing but a monotonic clock can say how much is left; a monotonic one that runs backwards is none.
 */
export function isOver({ requestedAt, expiresAt }: Lifetime, { now, age }: Clocks, graceMs = 0): boolean {
  const life = expiresAt - requestedAt + graceMs;
  if (now - requestedAt >= life) return true;
  if (age === null) return now < requestedAt;
  return age < 0 || age >= life;
}
