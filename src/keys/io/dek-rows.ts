// keys.dek: rows in, rows out.

import sql from "sql-template-tag";
import { z } from "zod";
import type { TenantId } from "#kernel";
import type { Statements, TenantTx } from "#platform/postgres";
import { DEK_STATES, PURPOSES, type Purpose } from "../types.ts";

/** How a use stands in the table: the first day of the month, or the person's index. */
export interface Place {
  readonly purpose: Purpose;
  readonly month: string | null;
  readonly subject: Uint8Array | null;
}

const row = z
  .object({
    dek_id: z.string(),
    purpose: z.enum(PURPOSES),
    month: z.string().nullable(),
    subject: z.instanceof(Uint8Array).nullable(),
    state: z.enum(DEK_STATES),
    wrapped: z.instanceof(Uint8Array).nullable(),
    own: z.boolean(),
  })
  .transform(({ dek_id, ...rest }) => ({ id: dek_id, ...rest }));
export type DekRow = z.infer<typeof row>;
export type WrappedDek = DekRow & { readonly wrapped: Uint8Array };

// `own`: made by this very transaction, which may yet be rolled back, and the key with it.
const COLUMNS = sql`dek_id, purpose, month::text, subject, state, wrapped,
  (xmin = pg_current_xact_id_if_assigned()::xid) is true as own`;

const at = (tx: TenantTx, { purpose, month, subject }: Place) =>
  sql`tenant_id = ${tx.tenantId} and purpose = ${purpose}::keys.purpose
    and month is not distinct from ${month}::date and subject is not distinct from ${bytes(subject)}::bytea`;

const bytes = (given: Uint8Array | null): Buffer | null => (given === null ? null : Buffer.from(given));

/** The one that seals now: the newest active version. One whose time is over is retired first. */
export async function activeDek(tx: TenantTx, place: Place): Promise<DekRow | null> {
  const found = await tx.maybe(
    sql`select ${COLUMNS}, keys.is_due(dek) as due from keys.dek where ${at(tx, place)} and state = 'active' order by version desc limit 1`,
    z.object({ due: z.boolean() }).and(row),
  );
  if (found === null || !found.due) return found;
  await tx.one(sql`select keys.retire_due(${found.id}::uuid) as done`, z.object({ done: z.boolean() }));
  return null;
}

/** Values that were sealed under the key itself, for the end of its turn. With the operator's rights. */
export async function countSeals(tx: TenantTx, id: string, sealed: number): Promise<void> {
  await tx.run(sql`select keys.count_seals(${id}::uuid, ${sealed})`);
}

const changed = z.object({ n: z.int() });
/** Every key that seals. What they have sealed still opens. */
export const retireAllDeks = async (tx: TenantTx): Promise<number> =>
  (await tx.one(sql`select keys.retire_all() as n`, changed)).n;

/** Keys of the environment that were retired that long ago, for good. */
export const endEnvDeks = async (tx: TenantTx, afterDays: number): Promise<number> =>
  (await tx.one(sql`select keys.end_env(${afterDays}) as n`, changed)).n;

export const deksById = (tx: TenantTx, ids: readonly string[]): Promise<readonly DekRow[]> =>
  tx.many(sql`select ${COLUMNS} from keys.dek where tenant_id = ${tx.tenantId} and dek_id = any(${ids}::uuid[])`, row);

/** Those of its environment, by whoever sees past row-level security. */
export const envDeks = (tx: Statements, tenant: TenantId): Promise<readonly DekRow[]> =>
  tx.many(sql`select ${COLUMNS} from keys.dek where tenant_id = ${tenant} and purpose = 'env'`, row);

/** Each with its wrapped bytes, of every purpose and version, until they are destroyed. */
export async function readableDeks(tx: TenantTx): Promise<readonly WrappedDek[]> {
  const rows = await tx.many(
    sql`select ${COLUMNS} from keys.dek where tenant_id = ${tx.tenantId} and state <> 'destroyed' order by dek_id`,
    row,
  );
  return rows.flatMap(({ wrapped, ...rest }) => (wrapped === null ? [] : [{ ...rest, wrapped }]));
}

export async function newDekId(tx: TenantTx): Promise<string> {
  return (await tx.one(sql`select platform.uuidv7() as id`, z.object({ id: z.string() }))).id;
}

/** Nothing where there is an active one. Of any number at the same instant one is kept, by the unique index on the next version. */
export async function insertDek(tx: TenantTx, id: string, place: Place, wrapped: Uint8Array): Promise<void> {
  await tx.run(sql`
    insert into keys.dek (tenant_id, dek_id, purpose, month, subject, version, wrapped)
    select ${tx.tenantId}, ${id}::uuid, ${place.purpose}::keys.purpose, ${place.month}::date, ${bytes(place.subject)}::bytea,
      coalesce(max(version), 0) + 1, ${bytes(wrapped)}::bytea from keys.dek where ${at(tx, place)}
    having count(*) filter (where state = 'active') = 0
    on conflict do nothing`);
}

/** True when there was a key to destroy. Final. */
export async function destroySubjectDeks(tx: TenantTx, subject: Uint8Array): Promise<boolean> {
  const { destroyed } = await tx.one(
    sql`select keys.destroy_subject(${bytes(subject)}::bytea) as destroyed`,
    z.object({ destroyed: z.int() }),
  );
  return destroyed > 0;
}

export async function retireEnvDek(tx: TenantTx): Promise<void> {
  await tx.one(sql`select keys.retire_env() as retired`, z.object({ retired: z.int() }));
}
