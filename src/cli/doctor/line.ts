import type { Known } from "#kernel";

export type Status = "ok" | "warn" | "fail";

export interface Line {
  readonly status: Status;
  readonly what: string;
  /** The next step; null when there is nothing to do. */
  readonly next: string | null;
}

export const ok = (what: string): Line => ({ status: "ok", what, next: null });
export const warn = (what: string, next: string): Line => ({ status: "warn", what, next });
export const fail = (what: string, next: string): Line => ({ status: "fail", what, next });

export function ifKnown<T>(
  fact: Known<T>,
  what: string,
  next: string,
  judge: (value: T) => readonly Line[],
): readonly Line[] {
  return fact.known ? judge(fact.value) : [fail(`${what} could not be read: ${fact.why}`, next)];
}
