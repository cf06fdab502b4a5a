/** Milliseconds since the epoch. GitHub's own times have a resolution of one second. */
export interface Clock {
  (): number;
}

export interface ManualClock extends Clock {
  set(iso: string): void;
  advance(ms: number): void;
}

/** A clock that only the test moves. */
export function manualClock(start: string): ManualClock {
  let at = Date.parse(start);
  const clock = (): number => at;
  return Object.assign(clock, {
    set: (iso: string): void => {
      at = Date.parse(iso);
    },
    advance: (ms: number): void => {
      at += ms;
    },
  });
}

/** GitHub writes times to the second, in UTC. */
export const stamp = (ms: number): string => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
