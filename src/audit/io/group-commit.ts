// Entries that are about no other row (a read, the use of a key): callers share a few connections. While all are busy a batch
// forms, and goes out together as soon as one is free; there is no timer, so a lone entry never waits.

import sql from "sql-template-tag";
import { Fault, instantOfMillis, type EntryId, type TenantId } from "#kernel";
import { monthOf } from "#keys";
import type { Keys } from "#keys/io";
import { createScrubber } from "#platform/log";
import type { Database, TenantClaim } from "#platform/postgres";
import { limits } from "../limits.ts";
import type { NewEntry } from "../types.ts";
import { appendTo, demandSame, keysFor, stampRow, type AppendParts } from "./append.ts";
import { insertBatch, placeOf } from "./batch.ts";
import { plainOf, sealEntry, usesOf, type EntryKeys, type Plain, type Stamp } from "./prepare.ts";
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
  const queue: Waiting[] = [];
  let busy = 0;
  let woken = false;

  /** In the next turn of the loop: who came in the same turn goes together. */
  function wake(): void {
    if (woken) return;
    woken = true;
    setImmediate(() => {
      woken = false;
      while (busy < CONNECTIONS && queue.length > 0) {
        // Shared among those that are free: one that takes all would leave the others idle while it seals.
        const batch = takeBatch(queue, Math.ceil(queue.length / (CONNECTIONS - busy)));
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
      const { stamps, written } = await write(database, batch);
      await Promise.all(
        batch.map(async (each, at) => {
          const stamp = stamps[at];
          if (stamp === undefined) return each.reject(new Fault("invariant_broken", "An entry has no stamp."));
          if (written.has(placeOf(each.claim.tenantId, stamp.id))) return each.resolve(stamp.id);
          await settle(each, () =>
            database.withTenant(each.claim, async (tx) => {
              await demandSame(parts, tx, each.plain, stamp.id);
              return stamp.id;
            }),
          );
        }),
      );
    } catch (error) {
      if (error instanceof Fault && error.code === "database_unavailable") for (const each of batch) each.reject(error);
      // One that cannot be written must not take its neighbours with it: each again, alone.
      else for (const each of batch) await settle(each, () => alone(each));
    }
  }

  const alone = ({ claim, plain }: Waiting): Promise<EntryId> =>
    database.withTenant(claim, (tx) => appendTo(parts, tx, plain.entry));

  return async (claim, entry) => {
    const plain = plainOf(entry, parts.redact);
    const entryKeys = await keysOf(claim, plain);
    return new Promise((resolve, reject) => {
      queue.push({ claim, plain, keys: entryKeys, resolve, reject });
      wake();
    });
  };
}

async function settle({ resolve, reject }: Waiting, work: () => Promise<EntryId>): Promise<void> {
  try {
    resolve(await work());
  } catch (error) {
    reject(error);
  }
}

/** In the order they came, within the limits. The same id of one tenant twice is for two batches: the second is compared with the first. */
function takeBatch(queue: Waiting[], most: number): readonly Waiting[] {
  const given = new Set<string>();
  let bytes = 0;
  let count = 0;
  for (const { claim, plain } of queue) {
    const { id } = plain.entry;
    const place = id === undefined ? null : placeOf(claim.tenantId, id);
    bytes += plain.op.length + (plain.personal?.bytes.length ?? 0);
    const full = count >= Math.min(most, limits.batchEntries) || (count > 0 && bytes > limits.batchBytes);
    if (full || (place !== null && given.has(place))) break;
    if (place !== null) given.add(place);
    count += 1;
  }
  return queue.splice(0, count);
}

async function write(
  database: Pick<Database, "platformStatement">,
  batch: readonly Waiting[],
): Promise<{ readonly stamps: readonly Stamp[]; readonly written: ReadonlySet<string> }> {
  const stamps = await database.platformStatement(
    sql`select coalesce(given.id, platform.uuidv7()) as id, date_trunc('milliseconds', clock_timestamp()) as ts
      from unnest(${batch.map(({ plain }) => plain.entry.id ?? null)}::uuid[]) with ordinality as given(id, place) order by place`,
    stampRow,
  );
  const claims = new Map<TenantId, TenantClaim>();
  const sealed = batch.flatMap(({ claim, plain, keys }, at) => {
    claims.set(claim.tenantId, claim);
    const stamp = stamps[at];
    return stamp === undefined ? [] : [sealEntry(keys, claim.tenantId, plain, stamp)];
  });
  return { stamps, written: await insertBatch(database, claims, sealed) };
}
