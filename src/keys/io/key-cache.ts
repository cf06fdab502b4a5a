import type { TenantId } from "#kernel";
import type { Dek } from "../types.ts";

/** What a key that is destroyed or disabled elsewhere may still open here, at the longest. */
const KEEP_MS = 5 * 60_000;
const MOST = 20_000;

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

/** Unwrapped keys of this process, each for five minutes from the moment it was unwrapped. */
export function createKeyCache(clock: () => number) {
  const keys = new Map<string, Kept<Uint8Array>>();
  const names = new Map<string, Kept<string>>();

  function get<T>(map: Map<string, Kept<T>>, at: string): T | null {
    const kept = map.get(at);
    if (kept === undefined) return null;
    const left = kept.until - clock();
    // INVARIANT: a clock that was put back gives no key a longer life than it ever had.
    if (left > 0 && left <= KEEP_MS) return kept.value;
    map.delete(at);
    return null;
  }

  function put<T>(map: Map<string, Kept<T>>, at: string, value: T): void {
    // A map gives its keys in the order they came: the first is the oldest.
    for (const oldest of map.keys()) {
      if (map.size < MOST) break;
      map.delete(oldest);
    }
    map.delete(at);
    map.set(at, { value, until: clock() + KEEP_MS });
  }

  const byId = (tenant: TenantId, id: string): Uint8Array | null => get(keys, `${tenant}/${id}`);
  return {
    byId,
    keep: (tenant: TenantId, id: string, key: Uint8Array): void => put(keys, `${tenant}/${id}`, key),
    /** Both, or neither: a name whose key has run out is looked up anew. */
    sealing(tenant: TenantId, name: string): Dek | null {
      const id = get(names, `${tenant}/${name}`);
      const key = id === null ? null : byId(tenant, id);
      return id === null || key === null ? null : { id, key };
    },
    keepSealing: (tenant: TenantId, name: string, id: string): void => put(names, `${tenant}/${name}`, id),
    forget(tenant: TenantId): void {
      for (const map of [keys, names]) for (const at of map.keys()) if (at.startsWith(`${tenant}/`)) map.delete(at);
    },
  };
}
