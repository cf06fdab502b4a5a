// So many processes at once, and so many more that wait: each may take a core and 256 MiB.

export interface Places {
  /** null: too many wait already. Gives the place back when the work is over. */
  take<T>(work: () => Promise<T>): Promise<T | null>;
}

export function createPlaces({ places, waiting }: { readonly places: number; readonly waiting: number }): Places {
  let free = places;
  const queue: (() => void)[] = [];
  return {
    async take(work) {
      if (free > 0) free--;
      else if (queue.length >= waiting) return null;
      // Handed on by whoever ends: nobody who came later is first.
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
