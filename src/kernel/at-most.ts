/** Runs what it is given, at most `most` at the same moment; the others wait for their turn, in order. */
export function atMost(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let going = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (going < most) going += 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) going -= 1;
      else next();
    }
  };
}

/** The same for each of many: who waits, waits for its own alone. Nothing is kept of those of whom nothing runs or waits. */
export function atMostEach(most: number): <T>(whose: string, work: () => Promise<T>) => Promise<T> {
  const lines = new Map<string, { readonly run: ReturnType<typeof atMost>; here: number }>();
  return async (whose, work) => {
    const line = lines.get(whose) ?? { run: atMost(most), here: 0 };
    lines.set(whose, line);
    line.here += 1;
    try {
      return await line.run(work);
    } finally {
      line.here -= 1;
      if (line.here === 0) lines.delete(whose);
    }
  };
}
