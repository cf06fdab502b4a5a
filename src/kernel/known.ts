/** A single fact that was read, or could not be. Never defaulted: not knowing is a value of its own. */
export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

/** A list fact. `items` may hold what was read before reading broke off; only a complete list may be relied on. */
export type List<T> =
  | { readonly complete: true; readonly items: readonly T[] }
  | { readonly complete: false; readonly items: readonly T[]; readonly why: string };

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unknown = (why: string): { readonly known: false; readonly why: string } => ({ known: false, why });
export const complete = <T>(items: readonly T[]): List<T> => ({ complete: true, items });
export const incomplete = <T>(why: string, items: readonly T[] = []): List<T> => ({ complete: false, items, why });
