// How old a request is by a clock that nobody can set back.

import { millis, type ApprovalId, type Millis, type TenantId } from "#kernel";
import type { Clocks } from "../deadline.ts";
import type { ApprovalsDeps } from "./types.ts";
import type { Row } from "./rows.ts";

export interface Watch {
  clocks(tenant: TenantId, row: Row): Clocks;
  /** Of a tenant's requests that count no more, nothing is kept. */
  keepOnly(tenant: TenantId, open: ReadonlySet<ApprovalId>): void;
  readonly boot: string;
  monotonicMs(): number;
}

/**
 * The machine that took a request remembers it by its own monotonic clock, which the processes of one start of a machine share. Another
 * machine begins to count when it sees the request first, from the age that the database says then.
 */
export function createWatch({ boot, monotonicMs }: Pick<ApprovalsDeps, "boot" | "monotonicMs">): Watch {
  const seen = new Map<ApprovalId, { readonly tenant: TenantId; readonly at: number; readonly age: number }>();
  const read = (): number => Math.floor(monotonicMs());

  function age(tenant: TenantId, row: Row): Millis | null {
    const at = read();
    if (row.boot === boot) return millis(at - row.monotonicMs);
    const first = seen.get(row.approval);
    if (first !== undefined) return millis(first.age + at - first.at);
    const now = row.now - row.requestedAt;
    if (now < 0) return null;
    seen.set(row.approval, { tenant, at, age: now });
    return millis(now);
  }

  return {
    boot,
    monotonicMs: read,
    clocks: (tenant, row) => ({ now: row.now, age: age(tenant, row) }),
    keepOnly(tenant, open) {
      for (const [id, first] of seen) if (first.tenant === tenant && !open.has(id)) seen.delete(id);
    },
  };
}
