// The erasure of a tenant, step by step. Every step is one transaction that says that it was taken; whoever calls `erase` again,
// after a crash or minutes later, goes on with the next.

import sql from "sql-template-tag";
import { z } from "zod";
import { PLATFORM_LOG, type EntryId, type TenantId } from "#kernel";
import { withOperator, type OperatorTx, type RoleDatabase } from "#platform/postgres";
import { CHAIN_START, chainAfter, equal, hex, rootOf, type Hash } from "#verifier";
import { nextStep, type EraseStep } from "../../erasure.ts";
import { sha256 } from "../sha256.ts";
import { appendAbout, enterLog, entryAbout, erasureOf, onHold, type Erasure, type OperatorActs } from "./acts.ts";

/** What room keys does for it. */
export interface KeysOfTenants {
  /** Final, and idempotent. Gives what the certificate names: the ids of what was destroyed. */
  destroy(tenant: TenantId): Promise<readonly string[]>;
  /** Whether anything that was sealed for the tenant could still be opened. */
  opens(tenant: TenantId): Promise<boolean>;
}

export interface EraseParts extends OperatorActs {
  readonly keys: KeysOfTenants;
  readonly verifier: RoleDatabase<"verifier">;
  /** Rows of one transaction. */
  readonly batch?: number;
  /** The last step of this call: then "reached", and another one goes on. */
  readonly until?: EraseStep;
  /** Called after each step's commit: what a test lets crash. */
  readonly afterStep?: (step: EraseStep) => Promise<void>;
}

export type Ordered =
  | { readonly kind: "ordered"; readonly order: EntryId; readonly log: TenantId }
  /** A legal hold is on the tenant. The refusal is an entry. */
  | { readonly kind: "held" }
  | { readonly kind: "refused"; readonly why: string };

export type Erased =
  | { readonly kind: "erased" | "reached"; readonly order: EntryId }
  | { readonly kind: "held" }
  | { readonly kind: "waiting"; readonly why: string }
  | { readonly kind: "refused"; readonly why: string };

const BATCH = 5_000;

/**
 * Orders it: an entry in the tenant's own log, which the next epoch commits and witnesses sign. `own` false: in the platform's
 * log, since the tenant's keys seal nothing more.
 */
export const orderErasure = (acts: OperatorActs, tenant: TenantId, own = true): Promise<Ordered> =>
  withOperator(acts.access, (tx) => orderIn(tx, acts, tenant, { own, about: {} }));

/** The same in the caller's transaction. `about` goes into the entry's body. */
export async function orderIn(
  tx: OperatorTx,
  acts: OperatorActs,
  tenant: TenantId,
  { own, about }: { readonly own: boolean; readonly about: Readonly<Record<string, string>> },
): Promise<Ordered> {
  const held = await onHold(tx, tenant);
  const outcome = held ? "refused" : "success";
  const body = held ? { why: "legal_hold", ...about } : about;
  const written = await appendAbout(tx, acts, { tenant, own }, { kind: "tenant.erase.ordered", outcome, body });
  if (written === null) return { kind: "refused", why: "The platform's log takes no entry: nothing was ordered." };
  if (held) return { kind: "held" };
  await tx.run(sql`call audit.erase_order(${tenant}::uuid, ${written.log}::uuid, ${written.id}::uuid)`);
  return { kind: "ordered", order: written.id, log: written.log };
}

/** Takes every step that can be taken now. */
export async function erase(parts: EraseParts, tenant: TenantId): Promise<Erased> {
  for (;;) {
    const erasure = await withOperator(parts.access, (tx) => erasureOf(tx, tenant));
    if (erasure === null) return { kind: "refused", why: "No erasure of this tenant was ordered." };
    if (parts.until !== undefined && erasure.steps.includes(parts.until))
      return { kind: "reached", order: erasure.orderId };
    const next = nextStep(erasure);
    switch (next.kind) {
      case "done":
        return { kind: "erased", order: erasure.orderId };
      case "waiting":
        return {
          kind: "waiting",
          why: "The order is not witnessed yet. That takes as long as the next epoch, and never comes where AUDIT_WITNESSES names nobody.",
        };
      case "held":
        await withOperator(parts.access, (tx) =>
          appendAbout(
            tx,
            parts,
            { tenant, own: erasure.steps.length === 0 },
            {
              kind: "tenant.erase.ordered",
              outcome: "refused",
              body: { why: "legal_hold", order: erasure.orderId },
            },
          ),
        );
        return { kind: "held" };
      case "take": {
        const why = await take(parts, tenant, erasure, next.step);
        if (why !== null) return { kind: "refused", why };
        await parts.afterStep?.(next.step);
      }
    }
  }
}

/** null: taken. Otherwise why it could not be: nothing after it is tried. */
async function take(parts: EraseParts, tenant: TenantId, erasure: Erasure, step: EraseStep): Promise<string | null> {
  const order = erasure.orderId;
  const done = (about: object): Promise<unknown> =>
    withOperator(parts.access, (tx) =>
      tx.run(
        sql`call audit.erase_tenant_step(${tenant}::uuid, ${order}::uuid, ${step}, ${JSON.stringify(about).slice(0, 2000)})`,
      ),
    );
  switch (step) {
    case "admitted":
      await withOperator(parts.access, (tx) =>
        tx.run(sql`call audit.erase_tenant_begin(${tenant}::uuid, ${order}::uuid)`),
      );
      return null;
    case "keys_destroyed": {
      const keys = await parts.keys.destroy(tenant);
      await done({ keys, before: counts(erasure) });
      return null;
    }
    case "rows_deleted":
      while ((await withOperator(parts.access, (tx) => deleteRows(tx, tenant, parts.batch ?? BATCH))) > 0);
      await done(counts(erasure));
      return null;
    case "pinned":
      await withOperator(parts.access, (tx) => tx.run(sql`call audit.erase_tenant_pin(${tenant}::uuid)`));
      await done({});
      return null;
    case "checked": {
      const problem = await selfCheck(parts, tenant, erasure);
      if (problem === null) await done({});
      return problem;
    }
    case "certified":
      return certify(parts, tenant, erasure);
  }
}

const counts = ({ bodies, entries, found }: Erasure) => ({ bodies, entries, found });

const deleteRows = async (tx: OperatorTx, tenant: TenantId, batch: number): Promise<number> =>
  (await tx.one(sql`select audit.erase_tenant_rows(${tenant}::uuid, ${batch}) as gone`, z.object({ gone: z.int() })))
    .gone;

/** INVARIANT: no certificate for what was not looked at. */
async function selfCheck(parts: EraseParts, tenant: TenantId, erasure: Erasure): Promise<string | null> {
  if (erasure.bodies + erasure.entries + erasure.found > 0) return "Rows of the tenant are left.";
  if (await parts.keys.opens(tenant)) return "Something that was sealed for the tenant can still be opened.";
  const head = await headOf(parts.verifier, tenant);
  return head === null || head.verifies ? null : "The tenant's tree does not verify from its hashes any more.";
}

interface CheckedHead {
  readonly size: number;
  readonly root: string;
  readonly verifies: boolean;
}

/** Root and chain again, from the 32-byte hashes that stay; null: nothing of it was ever sequenced. */
async function headOf(verifier: RoleDatabase<"verifier">, tenant: TenantId): Promise<CheckedHead | null> {
  return verifier.transaction(async (tx) => {
    const head = await tx.maybe(
      sql`select size, root, chain from audit.head where tenant_id = ${tenant}`,
      z.object({ size: z.int(), root: z.instanceof(Uint8Array), chain: z.instanceof(Uint8Array) }),
    );
    if (head === null) return null;
    const leaves = await tx.many(
      sql`select leaf_hash from audit.leaf where tenant_id = ${tenant} order by idx`,
      z.object({ leaf_hash: z.instanceof(Uint8Array) }).transform((row): Hash => row.leaf_hash),
    );
    const chain = leaves.reduce((before, leaf) => chainAfter(sha256, before, leaf), CHAIN_START);
    const verifies =
      leaves.length === head.size && equal(rootOf(sha256, leaves), head.root) && equal(chain, head.chain);
    return { size: head.size, root: hex(head.root), verifies };
  });
}

/** The certificate is the platform's to keep: the tenant's log ended with its pinned head. */
async function certify(parts: EraseParts, tenant: TenantId, { orderId, orderLog }: Erasure): Promise<string | null> {
  const head = await headOf(parts.verifier, tenant);
  return withOperator(parts.access, async (tx) => {
    const platform = await enterLog(tx, PLATFORM_LOG);
    if (platform === null) return "The platform's log takes no entry: the certificate cannot be written.";
    const steps = await tx.many(
      sql`select step, detail, at from audit.erase_steps(${tenant}::uuid, ${orderId}::uuid)`,
      z.object({ step: z.string(), detail: z.string(), at: z.date().transform((at) => at.toISOString()) }),
    );
    const body = { tenant, order: orderId, orderLog, size: head?.size ?? 0, root: head?.root ?? "", steps };
    const certificate = await parts.append(
      platform,
      entryAbout(parts, tenant, { kind: "tenant.erased", outcome: "success", body }),
    );
    await tx.run(sql`call audit.erase_tenant_end(${tenant}::uuid, ${orderId}::uuid, ${certificate})`);
    return null;
  });
}
