// The order, and taking it back: each one transaction with its entry. From the order's commit nobody has access.

import sql from "sql-template-tag";
import { z } from "zod";
import { appendAbout, onHold, orderIn, type OperatorActs } from "#audit/io";
import { PLATFORM_LOG, type EntryId, type Instant, type TenantId } from "#kernel";
import { instantColumn, withOperator, type OperatorTx } from "#platform/postgres";
import { HARD_STEPS, SOFT_STEPS } from "../../offboard.ts";
import { claimFactsRow, type By, type RegistryAccess } from "../registry.ts";
import { oneTenant } from "../suspension.ts";
import { isTaken, offboardingOf } from "./ledger.ts";

export type Offboarded =
  | { readonly kind: "ordered" | "already"; readonly tenantId: TenantId; readonly hardAfter: Instant }
  /** A legal hold is on the tenant; the refusal is an entry. */
  | { readonly kind: "held" }
  /** Where operators have keys of their own, two of them have to want it. */
  | { readonly kind: "needs_second_person" }
  /** The name and the id are not of one client: nothing happened. */
  | { readonly kind: "another" }
  | { readonly kind: "unknown"; readonly there: readonly string[] }
  | { readonly kind: "refused"; readonly why: string };

export const actsBy = (access: RegistryAccess, by: By): OperatorActs => ({
  access,
  append: access.append,
  by: by.operator,
  observer: { type: "app", id: "countersign" },
  requestId: by.requestId,
});

/** INVARIANT: entry, state and steps are one commit: no order without a tenant that is shut, and the other way round. */
export const offboard = (
  access: RegistryAccess,
  asked: {
    readonly prefix: string;
    readonly tenantId: string;
    readonly reason: string;
    readonly by: By;
    /** Whether a second person agreed to exactly this; taken with the order's commit. null: nobody has to. */
    readonly agreed?: ((tx: OperatorTx) => Promise<boolean>) | null;
  },
): Promise<Offboarded> =>
  withOperator(access, async (tx): Promise<Offboarded> => {
    const found = await oneTenant(tx, asked.prefix);
    if (found.kind === "unknown") return found;
    const { tenantId } = found.tenant;
    if (tenantId !== asked.tenantId) return { kind: "another" };
    const before = await offboardingOf(tx, tenantId);
    if (before !== null && found.tenant.hardAfter !== null)
      return { kind: "already", tenantId, hardAfter: before.hardAfter };
    if (asked.agreed !== undefined && asked.agreed !== null && !(await asked.agreed(tx)))
      return { kind: "needs_second_person" };
    const about = { reason: asked.reason };
    const order = await orderIn(tx, actsBy(access, asked.by), tenantId, { own: true, about });
    if (order.kind !== "ordered") return order;
    const facts = await tx.maybe(sql`select * from platform.claim_facts(${tenantId}::uuid)`, claimFactsRow);
    // One that was suspended before stands still already.
    if (facts !== null) await access.standstill?.stop(await tx.enter(facts));
    return { kind: "ordered", tenantId, hardAfter: await begin(tx, tenantId, order) };
  });

/** From this statement's commit on nobody has access. Gives the instant until which it can be taken back. */
export const begin = async (
  tx: OperatorTx,
  tenantId: TenantId,
  { log, order }: { readonly log: TenantId; readonly order: EntryId },
): Promise<Instant> =>
  (
    await tx.one(
      sql`select platform.begin_offboard(${tenantId}::uuid, ${log}::uuid, ${order}::uuid,
        ${[...SOFT_STEPS, ...HARD_STEPS]}::text[]) as until`,
      z.object({ until: instantColumn }),
    )
  ).until;

export type Overridden =
  | { readonly kind: "overridden"; readonly entry: EntryId }
  | { readonly kind: "refused"; readonly why: string };

/** Goes past a provider that does not answer. It is not forgotten there by itself: the certificate names this entry. */
export const overrideProvider = (
  access: RegistryAccess,
  asked: { readonly tenantId: TenantId; readonly reason: string; readonly by: By },
): Promise<Overridden> =>
  withOperator(access, async (tx): Promise<Overridden> => {
    const { tenantId } = asked;
    const now = await offboardingOf(tx, tenantId);
    if (now?.state !== "purging" || isTaken(now, "provider_revoked"))
      return {
        kind: "refused",
        why: "No provider keeps the erasure of this client from going on: there is nothing to override.",
      };
    if (now.override !== null) return { kind: "overridden", entry: now.override };
    if (await onHold(tx, tenantId)) return { kind: "refused", why: "A legal hold is on this client." };
    const body = { step: "provider_revoked", override: true, reason: asked.reason, tenant: tenantId };
    const written = await appendAbout(
      tx,
      actsBy(access, asked.by),
      { tenant: PLATFORM_LOG, own: true },
      { kind: "tenant.erase.step", outcome: "success", body },
    );
    if (written === null) return { kind: "refused", why: "The platform's log takes no entry: nothing was changed." };
    await tx.run(sql`select platform.offboard_override(${tenantId}::uuid, ${written.id}::uuid)`);
    return { kind: "overridden", entry: written.id };
  });
