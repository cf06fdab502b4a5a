// Entries that are about no other row (a read, the use of a key): callers share a few connections. While all are busy a batch
// forms, and goes out together as soon as one is free; there is no timer, so a lone entry never waits.

import { Fault, instantOfMillis, type EntryId, type TenantId } from "#kernel";
import { monthOf } from "#keys";
import type { Keys } from "#keys/io";
import { createScrubber } from "#platform/log";
import type { Database, TenantClaim } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { NewEntry } from "../types.ts";
import { appendTo, keysFor, type AppendParts } from "./append.ts";
import { insertBatch } from "./batch.ts";
import { createDatabaseTime } from "./database-time.ts";
import { newEntryId } from "./entry-id.ts";
import { plainOf, sealEntry, usesOf, type EntryKeys, type Plain } from "./prepare.ts";
import { createReader } from "./read.ts";

/** Resolves once the entry is durable; rejects when it is not. Idempotent by `entry.id`, like `append`. */
export type AppendAlone = (claim: TenantClaim, entry: NewEntry) => Promise<EntryId>;

export interface GroupCommitParts {
  readonly database: Database;
  readonly keys: Keys;
  /** In milliseconds; only chooses the month's key. */
  readonly clock: () => number;
  readonly secrets?: readonly string[];
}

const CONNECTIONS = 3;

interface Waiting {
  readonly claim: TenantClaim;
  readonly plain: Plain;
  readonly keys: EntryKeys;
  readonly resolve: (id: EntryId) => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit({ database, keys, clock, secrets = [] }: GroupCommitParts): AppendAlone {
  const parts: AppendParts = { keys, redact: createScrubber(secrets), entryById: createReader(keys).entryById };
  const queue = createQueue();
  const databaseTime = createDatabaseTime(database);
  let busy = 0;
  let woken = false;

  /** In the next turn of the loop: who came in the same turn goes together. */
  function wake(): void {
    if (woken) return;
    woken = true;
    setImmediate(() => {
      woken = false;
      while (busy < CONNECTIONS && queue.waiting() > 0) {
        // Shared among those that are free: one that takes all would leave the others idle while it seals.
        const batch = queue.take(Math.ceil(queue.waiting() / (CONNECTIONS - busy)));
        busy += 1;
        void commit(batch).finally(() => {
          busy -= 1;
          wake();
        });
      }
    });
  }

  /** From memory; otherwise in a transaction of their own, which also makes those that are missing. */
  async function keysOf(claim: TenantClaim, plain: Plain): Promise<EntryKeys> {
    const now = instantOfMillis(clock());
    const uses = usesOf(plain, monthOf(now));
    const op = keys.cached(claim.tenantId, uses.op);
    const search = keys.cached(claim.tenantId, uses.search);
    const pii = uses.pii === null ? null : keys.cached(claim.tenantId, uses.pii);
    if (op !== null && search !== null && (uses.pii === null || pii !== null)) return { op, pii, search };
    return database.withTenant(claim, (tx) => keysFor(keys, tx, plain, { ts: now }));
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const ts = await databaseTime();
      const sealed = batch.map((each, at) =>
        sealEntry(each.keys, each.claim.tenantId, each.plain, { id: newEntryId(ts, at), ts }),
      );
      const claims = new Map(batch.map(({ claim }) => [claim.tenantId, claim]));
      await insertBatch(database, [...claims.values()], sealed);
      for (const [at, { id }] of sealed.entries()) batch[at]?.resolve(id);
    } catch (error) {
      if (error instanceof Fault && error.code === "database_unavailable") for (const each of batch) each.reject(error);
      // One that cannot be written must not take its neighbours with it: each again, alone.
      else for (const each of batch) await alone(each.claim, each.plain.entry).then(each.resolve, each.reject);
    }
  }

  const alone: AppendAlone = (claim, entry) => database.withTenant(claim, (tx) => appendTo(parts, tx, entry));

  return async (claim, entry) => {
    // It may be there already, and is compared then: nothing that the others of a batch should wait for.
    if (entry.id !== undefined) return alone(claim, entry);
    const plain = plainOf(entry, parts.redact);
    const entryKeys = await keysOf(claim, plain);
    return new Promise((resolve, reject) => {
      queue.add({ claim, plain, keys: entryKeys, resolve, reject });
      wake();
    });
  };
}

/** By tenant, since a batch costs by its tenants too. Each gets its turn: what a batch has no room for goes behind the others. */
function createQueue() {
  const byTenant = new Map<TenantId, Waiting[]>();
  let waiting = 0;
  return {
    waiting: () => waiting,
    add(each: Waiting): void {
      const { tenantId } = each.claim;
      const own = byTenant.get(tenantId);
      if (own === undefined) byTenant.set(tenantId, [each]);
      else own.push(each);
      waiting += 1;
    },
    /** At least one, and no more than `most` or the limits allow. */
    take(most: number): readonly Waiting[] {
      const batch: Waiting[] = [];
      let bytes = 0;
      let room = Math.min(most, limits.batchEntries);
      for (const [tenant, own] of byTenant) {
        let count = 0;
        for (const { plain } of own) {
          bytes += plain.op.length + (plain.personal?.bytes.length ?? 0);
          if (count === room || (batch.length + count > 0 && bytes > limits.batchBytes)) break;
          count += 1;
        }
        byTenant.delete(tenant);
        if (count < own.length) byTenant.set(tenant, own.slice(count));
        for (const each of own.slice(0, count)) batch.push(each);
        room -= count;
        if (room === 0 || count < own.length) break;
      }
      waiting -= batch.length;
      return batch;
    },
  };
}
