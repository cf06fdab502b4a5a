import { instantOfMillis, type Instant } from "#kernel";

/** What time it is by the database's clock, as it was last heard, carried on by this process's monotonic one. */
export interface HeardClock {
  hear(at: Instant): void;
  /** null: not heard for too long. */
  now(): Instant | null;
}

/** A machine that sleeps stops its monotonic clock: what was heard before counts for no longer than this. */
const KEPT_MS = 1_000;

export function heardClock(monotonicMs: () => number = () => performance.now()): HeardClock {
  let heard: { readonly at: Instant; readonly ms: number } | null = null;
  return {
    hear: (at) => void (heard = { at, ms: monotonicMs() }),
    now() {
      const age = heard === null ? KEPT_MS : monotonicMs() - heard.ms;
      return heard === null || age >= KEPT_MS ? null : instantOfMillis(heard.at + Math.floor(age));
    },
  };
}
