// What is kept of what others say of the epoch log: rows beside audit.checkpoint, each written once (0042_witnesses.sql).

import sql from "sql-template-tag";
import { z } from "zod";
import { instantColumn, type Statements } from "#platform/postgres";
import type { Instant } from "#kernel";

export interface EpochCheckpoint {
  readonly epoch: number;
  readonly note: string;
}
export interface KeptCosignature {
  readonly witness: string;
  readonly line: string;
}
export type AnchorKind = "git" | "directory";

const checkpointRow = z.object({ epoch: z.int(), note: z.string() });
const cosignatureRow = z.object({ witness: z.string(), line: z.string() });
const epochRow = z.object({ epoch: z.int().nullable() });

export const newestCheckpoint = (tx: Statements): Promise<EpochCheckpoint | null> =>
  tx.maybe(sql`select epoch, note from audit.checkpoint order by epoch desc limit 1`, checkpointRow);

export const checkpointAt = (tx: Statements, epoch: number): Promise<EpochCheckpoint | null> =>
  tx.maybe(sql`select epoch, note from audit.checkpoint where epoch = ${epoch}`, checkpointRow);

/** In the order in which they came. */
export const cosignaturesOf = (tx: Statements, epoch: number): Promise<readonly KeptCosignature[]> =>
  tx.many(sql`select witness, line from audit.cosignature where epoch = ${epoch} order by created_at`, cosignatureRow);

/** The newest epoch that each of these cosigned. */
export const lastCosigned = async (tx: Statements, witness: string): Promise<number | null> =>
  (await tx.one(sql`select max(epoch) as epoch from audit.cosignature where witness = ${witness}`, epochRow)).epoch;

export const lastWitnessed = async (tx: Statements): Promise<number | null> =>
  (await tx.one(sql`select max(epoch) as epoch from audit.witnessed`, epochRow)).epoch;

export const lastAnchored = async (tx: Statements, kind: AnchorKind): Promise<number | null> =>
  (await tx.one(sql`select max(epoch) as epoch from audit.anchor where kind = ${kind}`, epochRow)).epoch;

/** Of several processes that publish at once, the first row stays. */
export async function keepCosignature(
  tx: Statements,
  one: KeptCosignature & { readonly epoch: number; /** Seconds. */ readonly time: number },
): Promise<void> {
  await tx.run(sql`insert into audit.cosignature (epoch, witness, line, cosigned_at)
    values (${one.epoch}, ${one.witness}, ${one.line}, to_timestamp(${one.time}::float8)) on conflict do nothing`);
}

export async function keepWitnessed(tx: Statements, epoch: number, quorum: string): Promise<void> {
  await tx.run(sql`insert into audit.witnessed (epoch, quorum) values (${epoch}, ${quorum}) on conflict do nothing`);
}

export async function keepAnchored(tx: Statements, kind: AnchorKind, epoch: number): Promise<void> {
  await tx.run(sql`insert into audit.anchor (kind, epoch) values (${kind}, ${epoch}) on conflict do nothing`);
}

export interface KeptTimestamp {
  readonly epoch: number;
  readonly generation: number;
  readonly token: Uint8Array;
  readonly stampedAt: Instant;
  readonly expiresAt: Instant;
  readonly authority: string;
}

const timestampRow = z
  .object({
    epoch: z.int(),
    generation: z.int(),
    token: z.instanceof(Uint8Array),
    stamped_at: instantColumn,
    expires_at: instantColumn,
    authority: z.string(),
  })
  .transform(({ stamped_at, expires_at, ...rest }): KeptTimestamp => ({
    ...rest,
    stampedAt: stamped_at,
    expiresAt: expires_at,
  }));

export const timestampsOf = (tx: Statements, epoch: number): Promise<readonly KeptTimestamp[]> =>
  tx.many(
    sql`select epoch, generation, token, stamped_at, expires_at, authority from audit.timestamp where epoch = ${epoch} order by generation`,
    timestampRow,
  );

/** The newest token of each epoch whose certificate ends between these, soonest first. What has ended cannot be renewed. */
export const expiringTimestamps = (
  tx: Statements,
  ends: { readonly from: Instant; readonly to: Instant },
  limit: number,
): Promise<readonly KeptTimestamp[]> =>
  tx.many(
    sql`select epoch, generation, token, stamped_at, expires_at, authority from (
        select distinct on (epoch) * from audit.timestamp order by epoch, generation desc) newest
      where expires_at > ${new Date(ends.from)} and expires_at < ${new Date(ends.to)} order by expires_at, epoch limit ${limit}`,
    timestampRow,
  );

export async function keepTimestamp(tx: Statements, one: KeptTimestamp): Promise<void> {
  await tx.run(sql`insert into audit.timestamp (epoch, generation, token, stamped_at, expires_at, authority)
    values (${one.epoch}, ${one.generation}, ${Buffer.from(one.token)}, ${new Date(one.stampedAt)}, ${new Date(one.expiresAt)}, ${one.authority})
    on conflict do nothing`);
}
