// People who act on the whole installation: added, listed, ended. Their log is the platform's own.

import { randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { enterLog, stopAnyway, type Append } from "#audit/io";
import { entryId, Fault, PLATFORM_LOG, type Instant } from "#kernel";
import { branded, instantColumn, withOperator, type OperatorOptions, type OperatorTx } from "#platform/postgres";
import { actBytes, formatOperatorKey, isOperatorKey, type Act } from "../act.ts";
import { isKeyName, keyHash, SECRET_BYTES } from "../tagged-key.ts";
import { entryOf } from "./act-entry.ts";
import type { Asker, KeyAccess, RevokeAccess } from "./keys.ts";

export interface Operator {
  readonly id: string;
  readonly name: string;
  readonly addedAt: Instant;
  /** Before this the key is good for nothing. */
  readonly activeAt: Instant;
  readonly revokedAt: Instant | null;
}

/** How somebody comes to be an operator. */
export type AddedBy =
  /** The first one of all: whoever has this machine. */
  | { readonly kind: "first" }
  /** With the key of one who is there; from the third on, after another one has confirmed it (`addingAct`). */
  | { readonly kind: "operator"; readonly key: string; readonly reason: string }
  /** Keys are lost. Past everybody, loudly, and good for nothing before a day is over. */
  | { readonly kind: "recovery"; readonly reason: string };

export type Added =
  | { readonly kind: "added"; readonly id: string; readonly text: string; readonly activeAt: Instant }
  | { readonly kind: "unknown_key" | "needs_second_person" | "name_taken" | "two_are_there" };

/** What a second person confirms when a third operator comes. */
export const addingAct = (name: string, reason: string): Act => ({
  kind: "operator.add",
  tenant: null,
  about: { name },
  reason,
});

const idColumn = branded(z.string(), entryId);
const addedRow = z.object({
  outcome: z.enum(["added", "unknown_key", "needs_second_person", "name_taken", "two_are_there"]),
  operator_id: idColumn.nullable(),
  active_at: instantColumn,
  asked_by: z.string().nullable(),
  confirmed_by: z.string().nullable(),
});
const operatorRow = z
  .object({
    operator_id: idColumn,
    name: z.string(),
    added_at: instantColumn,
    active_at: instantColumn,
    revoked_at: instantColumn.nullable(),
  })
  .transform((row): Operator => ({
    id: row.operator_id,
    name: row.name,
    addedAt: row.added_at,
    activeAt: row.active_at,
    revokedAt: row.revoked_at,
  }));
const revokedRow = z.object({ revoked_at: instantColumn, already: z.boolean(), name: z.string() });

export const listOperators = (access: OperatorOptions): Promise<readonly Operator[]> =>
  withOperator(access, (tx) => tx.many(sql`select * from identity.operators()`, operatorRow));

/** The hash of something that can be a key; null: it cannot, and nobody need be asked. */
export const operatorHash = (key: string): Buffer | null => (isOperatorKey(key) ? Buffer.from(keyHash(key)) : null);

/** The key and its entry are one commit. */
export async function addOperator(
  access: KeyAccess,
  { name, how, by }: { readonly name: string; readonly how: AddedBy; readonly by: Asker },
): Promise<Added> {
  if (!isKeyName(name)) throw new Fault("input_invalid", "An operator was asked for with a name that is not allowed.");
  const text = formatOperatorKey(randomBytes(SECRET_BYTES));
  const asked = how.kind === "operator" ? operatorHash(how.key) : null;
  const act = how.kind === "operator" ? Buffer.from(actBytes(addingAct(name, how.reason))) : null;
  return withOperator(access, async (tx): Promise<Added> => {
    const made = await tx.one(
      sql`select * from identity.add_operator(${Buffer.from(keyHash(text))}, ${name}, ${asked}::bytea, ${act}::bytea, ${how.kind === "recovery"})`,
      addedRow,
    );
    if (made.outcome !== "added" || made.operator_id === null) return { kind: nothing(made.outcome) };
    const { operator_id: id, asked_by: askedBy, confirmed_by: confirmedBy } = made;
    await tellPlatform(tx, access.append, {
      kind: "operator.add",
      target: { type: "operator", id },
      by: askedBy === null ? by : { ...by, initiator: { type: "operator", id: askedBy } },
      body: { name, how: how.kind, reason: how.kind === "first" ? null : how.reason, askedBy, confirmedBy },
    });
    return { kind: "added", id, text, activeAt: made.active_at };
  });
}

const nothing = (outcome: z.infer<typeof addedRow>["outcome"]): Exclude<Added["kind"], "added"> => {
  if (outcome === "added") throw new Fault("invariant_broken", "An operator was added without an id.");
  return outcome;
};

/** Takes power away: whoever has the operator's login may, also with a log that takes no entries. */
export const revokeOperator = (
  access: RevokeAccess,
  { id, by }: { readonly id: string; readonly by: Asker },
): Promise<
  { readonly kind: "revoked" | "already"; readonly name: string; readonly at: Instant } | { readonly kind: "unknown" }
> =>
  stopAnyway(access, true, (append) =>
    withOperator(access, async (tx) => {
      const found = await tx.maybe(sql`select * from identity.revoke_operator(${id}::uuid)`, revokedRow);
      if (found === null) return { kind: "unknown" };
      const { name, revoked_at: at } = found;
      if (found.already) return { kind: "already", name, at };
      const target = { type: "operator", id } as const;
      await tellPlatform(tx, append, { kind: "operator.revoke", target, by, body: { name } });
      return { kind: "revoked", name, at };
    }),
  );

async function tellPlatform(
  tx: OperatorTx,
  append: Append | KeyAccess["append"],
  told: Parameters<typeof entryOf>[0],
): Promise<void> {
  const log = await enterLog(tx, PLATFORM_LOG);
  if (log === null) throw new Fault("log_unavailable", "The platform's own log is not there: nothing was changed.");
  await append(log, entryOf(told));
}
