import { instantOfMillis, type Instant } from "#kernel";

/**
 * Now, by whichever clock has gone further: the database's, or the database's as it once was with this process's monotonic clock added.
 * INVARIANT 30: a clock that is set back makes no packet younger. One that was ahead for a while refuses packets until it is caught up.
 */
export function furthest(): (database: Instant, monotonicMs: number) => Instant {
  let ahead = Number.NEGATIVE_INFINITY;
  return (database, monotonicMs) => {
    ahead = Math.max(ahead, database - monotonicMs);
    return instantOfMillis(Math.floor(ahead + monotonicMs));
  };
}
