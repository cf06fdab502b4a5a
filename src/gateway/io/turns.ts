import type { TenantId } from "#kernel";

export type InTurn = <T>(tenant: TenantId, work: () => Promise<T>) => Promise<T>;

/**
 * Of one tenant, so many at once; the others wait here, in the order in which they came. INVARIANT (21): they wait for each other anyway, at
 * their budget's row and their log's: what waits there holds a connection, and all tenants' calls have the same few.
 */
export function takeTurns(atOnce: number): InTurn {
  const lines = new Map<TenantId, { running: number; readonly waiting: (() => void)[] }>();
  return async (tenant, work) => {
    const line = lines.get(tenant) ?? { running: 0, waiting: [] };
    lines.set(tenant, line);
    if (line.running < atOnce) line.running += 1;
    // Whoever goes hands on their place.
    else await new Promise<void>((go) => void line.waiting.push(go));
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if ((line.running -= 1) === 0) lines.delete(tenant);
    }
  };
}
