import { setTimeout as pause } from "node:timers/promises";

/**
 * What `work` gave, `perSecond` times a second for `seconds`: by the clock and not by the last answer, since a slow answer must not
 * make the load lighter. `due`: when it should have begun, by performance.now().
 */
export async function paced<T>(
  perSecond: number,
  seconds: number,
  work: (n: number, due: number) => Promise<T>,
): Promise<readonly T[]> {
  const running: Promise<T>[] = [];
  const began = performance.now();
  for (let n = 0; n < seconds * perSecond; n += 1) {
    const due = began + (n * 1_000) / perSecond;
    await pause(Math.max(0, due - performance.now()));
    running.push(work(n, due));
  }
  return Promise.all(running);
}
