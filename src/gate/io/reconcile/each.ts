/**
 * Every step, one after the other, then the first failure. INVARIANT: what cannot be read in one place (and somebody may see
 * to it that it cannot) hides nothing elsewhere.
 */
export async function eachOf(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
