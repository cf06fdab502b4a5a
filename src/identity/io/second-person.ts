// Acts that need two people: one asks, another one confirms exactly that, and the first one does it, once and within half an hour.

import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { enterLog } from "#audit/io";
import { entryId, Fault, PLATFORM_LOG, tenantId, type Instant, type TenantId } from "#kernel";
import {
  branded,
  instantColumn,
  tenantIdColumn,
  withOperator,
  type OperatorOptions,
  type OperatorTx,
  type TenantTx,
} from "#platform/postgres";
import { ACT_KINDS, actBytes, isReason, type Act } from "../act.ts";
import { entryOf } from "./act-entry.ts";
import { operatorHash } from "./operators.ts";
import type { Asker, KeyAccess } from "./keys.ts";

export interface PendingAct {
  readonly id: string;
  readonly act: Act;
  /** SHA-256 of what is confirmed, in hexadecimal. */
  readonly digest: string;
  readonly askedBy: string;
  readonly expiresAt: Instant;
  /** null: nobody yet. */
  readonly confirmedBy: string | null;
}

export type AskedAct =
  | { readonly kind: "pending"; readonly id: string; readonly digest: string; readonly expiresAt: Instant }
  /** `take` may be called. */
  | { readonly kind: "confirmed"; readonly id: string; readonly confirmedBy: string; readonly expiresAt: Instant }
  /** Unknown, mistyped, revoked, not yet active: the same answer. */
  | { readonly kind: "unknown_key" };

export type ConfirmedAct =
  | { readonly kind: "confirmed" | "already"; readonly act: Act; readonly askedBy: string; readonly expiresAt: Instant }
  /** Who asked cannot confirm. */
  | { readonly kind: "same_person" }
  | { readonly kind: "no_such_act" }
  | { readonly kind: "unknown_key" };

/** The two who wanted it, for the entry of what was done. */
export interface TakenAct {
  readonly id: string;
  readonly askedBy: string;
  readonly confirmedBy: string;
}

/**
 * INVARIANT: each step is an entry in its own commit's transaction, in the log of whom the act concerns while that takes entries, and
 * otherwise in the platform's own.
 */
export interface SecondPerson {
  /** The same act asked for again by the same person is the same one: how it stands. */
  ask(asked: { readonly key: string; readonly act: Act; readonly by: Asker }): Promise<AskedAct>;
  confirm(asked: { readonly key: string; readonly id: string; readonly by: Asker }): Promise<ConfirmedAct>;
  /** In the transaction that does what was confirmed. null: nobody confirmed exactly this act of this person's, or its time is over. */
  take(
    tx: OperatorTx,
    asked: { readonly key: string; readonly act: Act; readonly by: Asker },
  ): Promise<TakenAct | null>;
}

const idColumn = branded(z.string(), entryId);
const bytesColumn = z.instanceof(Uint8Array);
const askedRow = z.object({
  act_id: idColumn,
  operator: z.string(),
  expires_at: instantColumn,
  confirmed_by: z.string().nullable(),
  is_new: z.boolean(),
});
const confirmedRow = z.object({
  outcome: z.enum(["unknown_key", "no_such_act", "same_person", "already", "confirmed"]),
  operator: z.string().nullable(),
  asked_by: z.string().nullable(),
  act: bytesColumn.nullable(),
  expires_at: instantColumn.nullable(),
});
const takenRow = z.object({ act_id: idColumn, asked_by: z.string(), confirmed_by: z.string() });
const pendingRow = z
  .object({
    act_id: idColumn,
    act: bytesColumn,
    asked_by: z.string(),
    expires_at: instantColumn,
    confirmed_by: z.string().nullable(),
    tenant_id: tenantIdColumn.nullable(),
  })
  .transform((row): PendingAct => ({
    id: row.act_id,
    act: actOf(row.act),
    digest: digestOf(row.act),
    askedBy: row.asked_by,
    expiresAt: row.expires_at,
    confirmedBy: row.confirmed_by,
  }));
const storedAct = z.strictObject({
  v: z.literal(1),
  kind: z.enum(ACT_KINDS),
  tenant: branded(z.string(), tenantId).nullable(),
  about: z.record(z.string(), z.json()),
  reason: z.string(),
});

const digestOf = (act: Uint8Array): string => createHash("sha256").update(act).digest("hex");

function actOf(bytes: Uint8Array): Act {
  const { v: _, ...act } = storedAct.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  return act;
}

export const pendingActs = (access: OperatorOptions): Promise<readonly PendingAct[]> =>
  withOperator(access, (tx) => tx.many(sql`select * from identity.pending_acts()`, pendingRow));

/** For a tenant that is leaving: nothing about it stays among what is pending. */
export const dropActs = async (tx: OperatorTx, tenant: TenantId): Promise<void> => {
  await tx.one(sql`select identity.drop_acts(${tenant}::uuid) as n`, z.object({ n: z.int() }));
};

export function createSecondPerson(access: KeyAccess): SecondPerson {
  async function logFor(tx: OperatorTx, act: Act): Promise<TenantTx> {
    const own = act.tenant === null ? null : await enterLog(tx, act.tenant);
    const log = own ?? (await enterLog(tx, PLATFORM_LOG));
    if (log === null) throw new Fault("log_unavailable", "No log takes an entry about this act: nothing was changed.");
    return log;
  }

  async function tell(tx: OperatorTx, act: Act, told: Omit<Parameters<typeof entryOf>[0], "body">, more: object) {
    const { kind, tenant, about, reason } = act;
    const body = { act: kind, tenant, about, reason, digest: digestOf(actBytes(act)), ...more };
    await access.append(await logFor(tx, act), entryOf({ ...told, body }));
  }

  const named = (by: Asker, name: string): Asker => ({ ...by, initiator: { type: "operator", id: name } });

  return {
    ask: ({ key, act, by }) =>
      withOperator(access, async (tx): Promise<AskedAct> => {
        if (!isReason(act.reason))
          throw new Fault("input_invalid", "An act that needs two people needs a reason, too.");
        const bytes = Buffer.from(actBytes(act));
        const hash = operatorHash(key);
        const row =
          hash === null
            ? null
            : await tx.maybe(sql`select * from identity.ask_act(${hash}, ${bytes}, ${act.tenant}::uuid)`, askedRow);
        if (row === null) return { kind: "unknown_key" };
        const { act_id: id, expires_at: expiresAt, confirmed_by: confirmedBy } = row;
        if (row.is_new)
          await tell(tx, act, { kind: "act.ask", target: { type: "act", id }, by: named(by, row.operator) }, {});
        return confirmedBy === null
          ? { kind: "pending", id, digest: digestOf(bytes), expiresAt }
          : { kind: "confirmed", id, confirmedBy, expiresAt };
      }),
    confirm: ({ key, id, by }) =>
      withOperator(access, async (tx): Promise<ConfirmedAct> => {
        const hash = operatorHash(key);
        if (hash === null) return { kind: "unknown_key" };
        const row = await tx.one(sql`select * from identity.confirm_act(${hash}, ${id}::uuid)`, confirmedRow);
        const { outcome, operator, asked_by: askedBy, expires_at: expiresAt } = row;
        if (outcome === "unknown_key" || outcome === "no_such_act") return { kind: outcome };
        if (operator === null || askedBy === null || expiresAt === null || row.act === null)
          throw new Fault("invariant_broken", "An act was confirmed that says neither what it is nor whose.");
        const act = actOf(row.act);
        const said = { kind: "act.confirm", target: { type: "act", id }, by: named(by, operator) } as const;
        switch (outcome) {
          case "same_person":
            await tell(tx, act, { ...said, outcome: "refused" }, { askedBy });
            return { kind: outcome };
          case "confirmed":
            await tell(tx, act, said, { askedBy });
            return { kind: outcome, act, askedBy, expiresAt };
          case "already":
            return { kind: outcome, act, askedBy, expiresAt };
        }
      }),
    async take(tx, { key, act, by }) {
      const hash = operatorHash(key);
      const row =
        hash === null
          ? null
          : await tx.maybe(sql`select * from identity.take_act(${hash}, ${Buffer.from(actBytes(act))})`, takenRow);
      if (row === null) return null;
      const { act_id: id, asked_by: askedBy, confirmed_by: confirmedBy } = row;
      await tell(tx, act, { kind: "act.take", target: { type: "act", id }, by: named(by, askedBy) }, { confirmedBy });
      return { id, askedBy, confirmedBy };
    },
  };
}
