export interface Rate {
  /** At once. */
  readonly burst: number;
  readonly perMinute: number;
}

/** 0: go on. Otherwise the whole seconds to wait, at least 1. */
export type Ask = (who: string) => number;

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** More are forgotten, full ones first: who is forgotten begins with a full bucket. */
const REMEMBERED = 10_000;

/** A token bucket for each of those who ask. In this process's memory: with several processes the limit is that of each. */
export function createRate({ burst, perMinute }: Rate, clockMs: () => number): Ask {
  const perMs = perMinute / 60_000;
  const buckets = new Map<string, Bucket>();
  const filled = ({ left, atMs }: Bucket, nowMs: number): number => Math.min(burst, left + (nowMs - atMs) * perMs);
  return (who) => {
    const nowMs = clockMs();
    const kept = buckets.get(who);
    // A clock that was put back by an hour would otherwise keep everybody out for that hour.
    const before = kept === undefined ? undefined : { left: kept.left, atMs: Math.min(kept.atMs, nowMs) };
    if (before !== undefined) buckets.set(who, before);
    const left = before === undefined ? burst : filled(before, nowMs);
    if (left < 1) return Math.max(1, Math.ceil((1 - left) / perMs / 1_000));
    if (buckets.size >= REMEMBERED)
      for (const [name, bucket] of buckets) if (filled(bucket, nowMs) >= burst) buckets.delete(name);
    buckets.set(who, { left: left - 1, atMs: nowMs });
    return 0;
  };
}
