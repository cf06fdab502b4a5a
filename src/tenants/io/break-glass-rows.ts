// keys.break_glass and keys.revocation: rows in, rows out. With the operator's rights.

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant } from "#kernel";
import { instantColumn, type TenantTx } from "#platform/postgres";

/** Why, and the two who wanted it. */
export interface Wanted {
  readonly reason: string;
  readonly askedBy: string;
  readonly confirmedBy: string;
}

const row = z
  .object({
    break_glass_id: z.string(),
    asked_by: z.string(),
    confirmed_by: z.string(),
    reason: z.string(),
    expires_at: instantColumn,
    over: z.boolean(),
    version: z.int().nullable(),
    rewrapped: z.boolean(),
    resealed: z.boolean(),
  })
  .transform((found) => ({
    id: found.break_glass_id,
    reason: found.reason,
    askedBy: found.asked_by,
    confirmedBy: found.confirmed_by,
    expiresAt: found.expires_at,
    over: found.over,
    version: found.version,
    rewrapped: found.rewrapped,
    resealed: found.resealed,
  }));
export type OpenGlass = z.infer<typeof row>;

const COLUMNS = sql`break_glass_id, asked_by, confirmed_by, reason, expires_at, expires_at <= clock_timestamp() as over,
  version, rewrapped_at is not null as rewrapped, resealed_at is not null as resealed`;

/** Not ended yet. Locked until the transaction ends. */
export const openGlass = (tx: TenantTx): Promise<OpenGlass | null> =>
  tx.maybe(
    sql`select ${COLUMNS} from keys.break_glass where tenant_id = ${tx.tenantId} and ended_at is null for update`,
    row,
  );

/** The one that is under way goes on under the new permission; otherwise another one begins. */
export const breakOrGoOn = (tx: TenantTx, { reason, askedBy, confirmedBy }: Wanted): Promise<OpenGlass> =>
  tx.one(
    sql`insert into keys.break_glass (tenant_id, reason, asked_by, confirmed_by)
      values (${tx.tenantId}, ${reason}, ${askedBy}, ${confirmedBy})
      on conflict (tenant_id) where ended_at is null do update set reason = excluded.reason, asked_by = excluded.asked_by,
        confirmed_by = excluded.confirmed_by, opened_at = now(), expires_at = now() + interval '30 minutes'
      returning ${COLUMNS}`,
    row,
  );

type Mark = "rewrapped_at" | "resealed_at" | "ended_at";
const MARKS = {
  rewrapped_at: sql`rewrapped_at = now()`,
  resealed_at: sql`resealed_at = now()`,
  ended_at: sql`ended_at = now()`,
} as const;

export async function markGlass(tx: TenantTx, id: string, mark: Mark, version: number | null = null): Promise<void> {
  await tx.run(
    sql`update keys.break_glass set ${MARKS[mark]}, version = coalesce(${version}::integer, version)
      where tenant_id = ${tx.tenantId} and break_glass_id = ${id}::uuid`,
  );
}

/** On the checklist, once. */
export async function toRevoke(tx: TenantTx, id: string, names: readonly string[], owner: string): Promise<void> {
  await tx.run(
    sql`insert into keys.revocation (tenant_id, break_glass_id, name, owner)
      select ${tx.tenantId}, ${id}::uuid, name, ${owner} from unnest(${names}::text[]) as name on conflict do nothing`,
  );
}

export interface Revocation {
  readonly name: string;
  readonly owner: string;
  readonly dueAt: Instant;
  readonly doneAt: Instant | null;
  readonly doneBy: string | null;
  readonly overdue: boolean;
}

const revocationRow = z
  .object({
    name: z.string(),
    owner: z.string(),
    due_at: instantColumn,
    done_at: instantColumn.nullable(),
    done_by: z.string().nullable(),
    overdue: z.boolean(),
  })
  .transform(({ name, owner, overdue, ...at }): Revocation => ({
    name,
    owner,
    dueAt: at.due_at,
    doneAt: at.done_at,
    doneBy: at.done_by,
    overdue,
  }));

/** The checklist of the newest broken glass, and whatever is still open of earlier ones. */
export const revocations = (tx: TenantTx): Promise<readonly Revocation[]> =>
  tx.many(
    sql`select name, owner, due_at, done_at, done_by, done_at is null and due_at <= now() as overdue from keys.revocation r
      where tenant_id = ${tx.tenantId} and (done_at is null or break_glass_id = (
        select b.break_glass_id from keys.break_glass b where b.tenant_id = ${tx.tenantId} order by b.opened_at desc limit 1))
      order by due_at, name`,
    revocationRow,
  );

/** False: there is no such credential on the list, or it was ticked off already. */
export const tickOff = async (tx: TenantTx, name: string, by: string): Promise<boolean> =>
  (await tx.run(
    sql`update keys.revocation set done_at = now(), done_by = ${by} where tenant_id = ${tx.tenantId} and name = ${name} and done_at is null`,
  )) > 0;
