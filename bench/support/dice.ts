// The same sequence in every run (Park and Miller's minimal standard generator).

let state = 20_261_121;

/** From 0 to `n`, and not `n`. */
export const below = (n: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state % n;
};

export function pick<T>(all: readonly T[]): T {
  const one = all[below(all.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

/** At least one. */
export const some = <T>(most: number, one: () => T): readonly T[] => Array.from({ length: 1 + below(most) }, one);
