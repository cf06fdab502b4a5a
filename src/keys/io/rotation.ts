// A tenant's KEK replaced: begun in the database, made in the key store, every data key wrapped anew, older versions ended. With the operator's
// rights. Each step can be done again: what a crash cut off goes on from there.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { Kms } from "../types.ts";
import { readableDeks, type WrappedDek } from "./dek-rows.ts";
import { contextOf } from "./keys.ts";

/** How long a version still opens what it wrapped: as long as backups of the database may hold that. */
const OPENS_FOR_DAYS = 90;

/** Data keys that are unwrapped and wrapped side by side, and change their rows in one statement. */
const AT_ONCE = 16;
const count = z.object({ n: z.int() });

/** One rotation of a tenant at a time, until the transaction ends. */
const alone = async (tx: TenantTx): Promise<void> => {
  await tx.one(
    sql`select pg_advisory_xact_lock(hashtext(${tx.tenantId}), hashtext('kek'))::text as locked`,
    z.object({ locked: z.string() }),
  );
};

/** The version that is to be made; of a rotation that is under way, the same again. To be committed before `finishRotation`. */
export async function beginRotation(tx: TenantTx): Promise<number> {
  await alone(tx);
  return (await tx.one(sql`select keys.kek_begin() as n`, count)).n;
}

export interface Rewrap {
  readonly rewrapped: number;
  /** Altered in the database, or under a version that has ended: they opened before as little as they do now. */
  readonly unreadable: number;
}

/** The new version is made and wraps, and every data key is under it. null: somebody else has finished it meanwhile. */
export async function finishRotation(tx: TenantTx, kms: Kms, version: number): Promise<Rewrap | null> {
  await alone(tx);
  const { done } = await tx.one(sql`select keys.kek_finish(${version}) as done`, z.object({ done: z.boolean() }));
  if (!done) return null;
  await kms.rotate(tx.tenantId, version);
  const rows = await readableDeks(tx);
  const total = { rewrapped: 0, unreadable: 0 };
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const part = await rewrapSome(tx, kms, rows.slice(from, from + AT_ONCE));
    total.rewrapped += part.rewrapped;
    total.unreadable += part.unreadable;
  }
  // All of them destroyed is no damage: the tenant was ended in these seconds.
  if (total.unreadable > 0 && (await kms.state(tx.tenantId)) === "destroyed")
    throw new Fault("keys_unavailable", `The key of tenant ${tx.tenantId} was destroyed: there is nothing to rotate.`);
  return total;
}

async function rewrapSome(tx: TenantTx, kms: Kms, rows: readonly WrappedDek[]): Promise<Rewrap> {
  const found = await Promise.all(
    rows.map(async (row) => ({
      row,
      now: await kms.rewrap(tx.tenantId, row.wrapped, contextOf(tx.tenantId, row.id, row)),
    })),
  );
  const changed = found.flatMap(({ row, now }) => (now.kind === "rewrapped" ? [{ row, bytes: now.bytes }] : []));
  const ids = changed.map(({ row }) => row.id);
  const before = changed.map(({ row }) => Buffer.from(row.wrapped));
  const after = changed.map(({ bytes }) => Buffer.from(bytes));
  const { n: rewrapped } = await tx.one(
    sql`select keys.kek_rewrap(${ids}::uuid[], ${before}::bytea[], ${after}::bytea[]) as n`,
    count,
  );
  return {
    rewrapped,
    unreadable: found.filter(({ now }) => now.kind === "damaged" || now.kind === "destroyed").length,
  };
}

/** The newest version that has been replaced for long enough; null: none. */
export async function endingVersion(tx: TenantTx): Promise<number | null> {
  await alone(tx);
  const found = await tx.one(
    sql`select max(version) as n from keys.kek where tenant_id = ${tx.tenantId} and state = 'decrypt_only'
      and retired_at <= now() - make_interval(days => ${OPENS_FOR_DAYS})`,
    z.object({ n: z.int().nullable() }),
  );
  return found.n;
}

/** Final: in the key store first, so that what the database calls destroyed is. */
export async function endVersions(tx: TenantTx, kms: Kms, upTo: number): Promise<void> {
  await kms.endVersions(tx.tenantId, upTo);
  await tx.one(sql`select keys.kek_end(${upTo}) as n`, count);
}

const ageRow = z.object({ kek: z.int().nullable(), env: z.int().nullable(), rotated: z.boolean() });
/** Whole days, by the database's clock; null: there is no such key yet. `rotated`: the KEK is not its first one. */
export type KeyAges = z.infer<typeof ageRow>;

/** Of the KEK that wraps now, and of the key that seals the tenant's credentials. */
export const keyAges = (tx: TenantTx): Promise<KeyAges> =>
  tx.one(
    sql`select extract(day from now() - coalesce(
          (select k.active_at from keys.kek k where k.tenant_id = ${tx.tenantId} and k.state = 'active'),
          (select min(d.created_at) from keys.dek d where d.tenant_id = ${tx.tenantId})))::int as kek,
        extract(day from now() - (select min(d.created_at) from keys.dek d
          where d.tenant_id = ${tx.tenantId} and d.purpose = 'env' and d.state = 'active'))::int as env,
        exists (select from keys.kek k where k.tenant_id = ${tx.tenantId} and k.state = 'active' and k.version > 1) as rotated`,
    ageRow,
  );
