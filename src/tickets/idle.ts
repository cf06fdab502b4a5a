// The alarm about a look for due tickets that finds nothing and is slow all the same (T22).

/** Milliseconds of one look: longer, and something keeps old rows from being cleaned away. */
const SLOW_MS = 5;
/** Looks in a row: one slow one is a busy machine. */
const IN_A_ROW = 30;

/** Takes how long each look took that found nothing; tells once for each time that they stay slow. */
export function watchIdle(alarm: (ms: number) => void): (ms: number) => void {
  let slow = 0;
  return (ms) => {
    slow = ms > SLOW_MS ? slow + 1 : 0;
    if (slow === IN_A_ROW) alarm(ms);
  };
}
