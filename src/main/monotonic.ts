// A clock that nobody sets, and which start of which machine it counts from.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

/** CLOCK_MONOTONIC: every process of this machine has the same one, until the next boot. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

export function boot(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not Linux: this process's own.
    return randomUUID();
  }
}
