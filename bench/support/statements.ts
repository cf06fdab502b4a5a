// What the SQL guards of all dialects are timed on, and how.

import { LIMITS } from "#sqlguard";
import { percentile, rounded } from "./numbers.ts";

export const QUERY =
  "SELECT c.id, c.email, count(*) AS orders, sum(o.total) AS spent FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id WHERE o.status = 'paid' AND o.total > 10 GROUP BY 1, 2 ORDER BY 4 DESC LIMIT 20";

const fill = (first: string, piece: string, last: string): string =>
  first + piece.repeat(Math.floor((LIMITS.textBytes - first.length - last.length) / piece.length)) + last;

/** As long as a text may be. */
export const LONGEST: readonly string[] = [
  fill("SELECT 1", "+1", ""),
  fill("SELECT ", "NOT ", "true"),
  fill("SELECT * FROM t WHERE id IN (1", ",1", ")"),
  fill("SELECT 1 WHERE a = 1", " OR a = 1", ""),
  fill("SELECT a", ",a", " FROM t"),
];

/** Microseconds. */
export function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return (performance.now() - began) * 1_000;
}

export const spread = (
  times: readonly number[],
): { readonly p10: number; readonly p50: number; readonly p99: number } => ({
  p10: rounded(percentile(times, 0.1)),
  p50: rounded(percentile(times, 0.5)),
  p99: rounded(percentile(times, 0.99)),
});

interface Judged {
  readonly suite: { readonly hostile_accepted: number; readonly honest_refused: number };
  readonly mutations: { readonly mutated_hostile_accepted: number; readonly mutated_honest_refused: number };
}

/** Each statement that was decided wrongly is a bug of the guard, whatever else the machine was doing. */
export function holdJudged({ suite, mutations }: Judged): void {
  const wrong =
    suite.hostile_accepted +
    suite.honest_refused +
    mutations.mutated_hostile_accepted +
    mutations.mutated_honest_refused;
  if (wrong === 0) return;
  console.error(`${wrong} statements were decided wrongly: each is a bug of the guard.`);
  process.exitCode = 1;
}
