// A tenant's keys replaced at once, because somebody may have them. Two people want it, its own log says so first, and it is over in half an hour.

import sql from "sql-template-tag";
import { z } from "zod";
import type { EntryKind, Party } from "#audit";
import { enterLog } from "#audit/io";
import { Fault, type Instant, type Json } from "#kernel";
import type { Kms } from "#keys";
import { beginRotation, endVersions, finishRotation } from "#keys/io";
import { withOperator, type OperatorTx, type TenantTx } from "#platform/postgres";
import {
  breakOrGoOn,
  markGlass,
  openGlass,
  revocations,
  tickOff,
  toRevoke,
  type OpenGlass,
  type Revocation,
  type Wanted,
} from "./break-glass-rows.ts";
import type { By } from "./registry.ts";
import { readEnv, rotateSecrets, type SecretAccess, type Whose, type Written } from "./secrets.ts";

export interface BreakGlassAccess extends SecretAccess {
  readonly kms: Kms;
}

export interface BrokenGlass {
  readonly kind: "done";
  readonly version: number;
  readonly confirmedBy: string;
  readonly expiresAt: Instant;
  /** What has to be revoked where it came from. */
  readonly checklist: readonly Revocation[];
  /** Bodies of the log that stay under the data keys from before: they are append-only, and their hashes published. */
  readonly bodiesBefore: number;
  /** Sentences about credentials that could not be sealed anew. */
  readonly problems: readonly string[];
}

export type Broken =
  | BrokenGlass
  /** Nobody, or nobody in time, has confirmed it. */
  | { readonly kind: "needs_second_person" }
  | { readonly kind: "inactive" };

const OBSERVER: Party = { type: "app", id: "countersign" };

interface Asked extends Whose {
  readonly by: By;
  readonly reason: string;
  /** In the transaction that begins: the confirmation, taken once. null: there is none. */
  readonly take: (tx: OperatorTx) => Promise<Omit<Wanted, "reason"> | null>;
}

/**
 * INVARIANT: the order. The new KEK before anything else, so that what is sealed from then on is out of reach; credentials next;
 * the version that may be known last, since until then a crash must leave everything readable. Each step is marked where it is done,
 * and the next call goes on behind it.
 */
export async function breakGlass(access: BreakGlassAccess, asked: Asked): Promise<Broken> {
  const { tenant, prefix, by } = asked;
  const within = <T>(work: (tx: TenantTx, operator: OperatorTx) => Promise<T>): Promise<T | "inactive"> =>
    withOperator(access, async (operator) => {
      const tx = await enterLog(operator, tenant);
      return tx === null ? "inactive" : work(tx, operator);
    });
  const tell = async (tx: TenantTx, kind: EntryKind, body: Json): Promise<void> => {
    const target = { type: "tenant", id: tenant } as const;
    const { operator: initiator, requestId } = by;
    await access.append(tx, { kind, outcome: "success", observer: OBSERVER, initiator, target, requestId, body });
  };

  /** With the confirmation where one is needed, or what is under way. null: nobody has confirmed. */
  const begin = (): Promise<OpenGlass | null | "inactive"> =>
    within(async (before, operator) => {
      const open = await openGlass(before);
      if (open !== null && !open.over) return open;
      const taken = await asked.take(operator);
      const tx = await enterLog(operator, tenant);
      if (taken === null || tx === null) return null;
      const begun = await breakOrGoOn(tx, { ...taken, reason: asked.reason });
      const { id, askedBy, confirmedBy, reason } = begun;
      await tell(tx, "kek.break_glass", { breakGlass: id, reason, askedBy, confirmedBy, minutes: 30 });
      return begun;
    });

  const rewrap = async ({ id }: OpenGlass): Promise<number | "inactive"> => {
    const version = await within(beginRotation);
    if (version === "inactive") return version;
    return within(async (tx) => {
      const done = await finishRotation(tx, access.kms, version);
      // null: an ordinary rotation has finished this very version meanwhile. It is as new.
      if (done !== null) await tell(tx, "kek.rotate", { version, ...done, breakGlass: id });
      await access.keys.retireAll(tx);
      await markGlass(tx, id, "rewrapped_at", version);
      return version;
    });
  };

  /** A sentence for each thing that keeps credentials from being sealed anew: their old key is kept then, so that they are not lost. */
  const reseal = async ({ id, askedBy }: OpenGlass): Promise<readonly string[] | "inactive"> => {
    const env = await readEnv(access.clients, prefix);
    if (env.kind === "refused") return env.problems;
    const names = [...env.values.keys()];
    const done = names.length === 0 ? null : await rotated({ tenant, prefix, by });
    if (done?.kind === "refused") return done.problems;
    return within(async (tx) => {
      await toRevoke(tx, id, names, askedBy);
      await markGlass(tx, id, "resealed_at");
      return [];
    });
  };
  const rotated = (whose: Whose & { readonly by: By }): Promise<Written> =>
    rotateSecrets(access, whose).catch((error: unknown): Written => {
      if (error instanceof Fault) return { kind: "refused", problems: [error.message] };
      throw error;
    });

  const glass = await begin();
  if (glass === "inactive") return { kind: glass };
  if (glass === null) return { kind: "needs_second_person" };
  const version = glass.rewrapped && glass.version !== null ? glass.version : await rewrap(glass);
  const problems = version === "inactive" ? version : glass.resealed ? [] : await reseal(glass);
  if (version === "inactive" || problems === "inactive") return { kind: "inactive" };
  const checklist = await within(async (tx) => {
    await tell(tx, "kek.end", { upTo: version - 1, breakGlass: glass.id });
    await endVersions(tx, access.kms, version - 1);
    if (problems.length === 0) await access.keys.endEnv(tx, 0);
    await markGlass(tx, glass.id, "ended_at");
    return revocations(tx);
  });
  const before = await within(bodiesBefore);
  if (checklist === "inactive" || before === "inactive") return { kind: "inactive" };
  const { confirmedBy, expiresAt } = glass;
  return { kind: "done", version, confirmedBy, expiresAt, checklist, bodiesBefore: before, problems };
}

const bodiesBefore = async (tx: TenantTx): Promise<number> =>
  (
    await tx.one(
      sql`select count(*)::int as n from audit.body b join keys.dek d on d.tenant_id = b.tenant_id and d.dek_id::text = b.key_id
        where b.tenant_id = ${tx.tenantId} and d.state = 'decrypt_only'`,
      z.object({ n: z.int() }),
    )
  ).n;

/** Says that a credential was revoked where it came from. */
export const revoked = (
  access: SecretAccess,
  { tenant, name, by }: { readonly tenant: Whose["tenant"]; readonly name: string; readonly by: By },
): Promise<"ticked" | "not_listed" | "inactive"> =>
  withOperator(access, async (operator) => {
    const tx = await enterLog(operator, tenant);
    if (tx === null) return "inactive";
    if (!(await tickOff(tx, name, by.operator.id))) return "not_listed";
    await access.append(tx, {
      kind: "secret.revoked",
      outcome: "success",
      observer: OBSERVER,
      initiator: by.operator,
      target: { type: "tenant", id: tenant },
      requestId: by.requestId,
      body: { name },
    });
    return "ticked";
  });
