// The database's clock, and whether it is believed (T6, T7).

import sql from "sql-template-tag";
import { z } from "zod";
import type { Instant } from "#kernel";
import { instantColumn, type OperatorTx, type PlatformTx } from "#platform/postgres";

export interface ClockState {
  readonly seenAt: Instant;
  /** Since when nothing is closed; null: it is believed. */
  readonly doubtedAt: Instant | null;
  readonly why: string | null;
}

const row = z
  .object({ seen_at: instantColumn, doubted_at: instantColumn.nullable(), why: z.string().nullable() })
  .transform(({ seen_at: seenAt, doubted_at: doubtedAt, why }): ClockState => ({ seenAt, doubtedAt, why }));

export const clockState = (tx: Pick<PlatformTx, "one">): Promise<ClockState> =>
  tx.one(sql`select seen_at, doubted_at, why from tickets.heartbeat`, row);

/** A person has looked. false: it was believed already. */
export const believeClock = async (tx: OperatorTx): Promise<boolean> =>
  (
    await tx.many(
      sql`select believed from tickets.believe_clock() believed`,
      z.object({ believed: z.boolean().nullable() }),
    )
  ).some(({ believed }) => believed === true);
