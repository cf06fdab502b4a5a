// Something happened: whoever waits looks again at once instead of at its next turn. Only a hint; nothing depends on it.

export interface Pulse {
  beat(): void;
  /** Resolves with the next beat, or after `ms`. */
  wait(ms: number): Promise<void>;
}

export function createPulse(): Pulse {
  const waiting = new Set<() => void>();
  return {
    beat() {
      for (const wake of waiting) wake();
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiting.add(done);
      }),
  };
}
