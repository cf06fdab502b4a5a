import { setImmediate as pause } from "node:timers/promises";
import type { CallId, TenantId } from "#kernel";

interface Board<T> {
  readonly asked: Set<CallId>;
  next: Promise<ReadonlyMap<CallId, T> | null> | null;
  /** Never rejects. */
  last: Promise<unknown>;
}

/**
 * One look for all of a tenant's calls that are asked about at that moment, and one look after the other. INVARIANT (21): whatever is heard wakes
 * everybody who waits, since no word says whom it is about: a hundred calls that end would else be looked for ten thousand times.
 */
export function together<T>(
  look: (tenant: TenantId, calls: readonly CallId[]) => Promise<ReadonlyMap<CallId, T> | null>,
): (tenant: TenantId, call: CallId) => Promise<ReadonlyMap<CallId, T> | null> {
  const boards = new Map<TenantId, Board<T>>();

  async function gathered(tenant: TenantId, board: Board<T>): Promise<ReadonlyMap<CallId, T> | null> {
    await board.last;
    // Whoever was woken by the same word asks by then.
    await pause();
    const calls = [...board.asked];
    board.asked.clear();
    board.next = null;
    const mine = look(tenant, calls);
    board.last = mine
      .catch(() => {})
      .then(() => {
        if (board.next === null) boards.delete(tenant);
      });
    return mine;
  }

  return (tenant, call) => {
    const board = boards.get(tenant) ?? { asked: new Set(), next: null, last: Promise.resolve() };
    boards.set(tenant, board);
    board.asked.add(call);
    board.next ??= gathered(tenant, board);
    return board.next;
  };
}
