import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, PLATFORM_LOG, type EntryId, type TenantId } from "#kernel";
import { branded, tenantIdColumn, type OperatorOptions, type OperatorTx, type TenantTx } from "#platform/postgres";
import { ERASE_STEPS, type ErasureFacts } from "../../erasure.ts";
import type { NewEntry, Party } from "../../types.ts";
import type { Append } from "../audit.ts";

/** Who acts, and with what: the operator's database access, the log, and how an entry names them. */
export interface OperatorActs {
  readonly access: OperatorOptions;
  readonly append: Append;
  readonly by: Party;
  readonly observer: Party;
  readonly requestId: string;
}

export const entryIdColumn = branded(z.string(), entryId);
const factsRow = z
  .object({ tenant_id: tenantIdColumn, epoch: z.int(), expires_at: z.int() })
  .transform((row) => ({ tenantId: row.tenant_id, epoch: row.epoch, expiresAt: row.expires_at }));

/** null: the tenant is not active, so nothing can be written into its log any more. */
export async function enterLog(tx: OperatorTx, log: TenantId): Promise<TenantTx | null> {
  const facts = await tx.maybe(sql`select * from platform.claim_facts(${log}::uuid)`, factsRow);
  return facts === null ? null : tx.enter(facts);
}

/**
 * Into the tenant's own log, while it is active and its keys are there; otherwise (`own` false, or not active) into the platform's.
 * null: neither takes anything.
 */
export async function appendAbout(
  tx: OperatorTx,
  acts: OperatorActs,
  { tenant, own }: { readonly tenant: TenantId; readonly own: boolean },
  entry: Pick<NewEntry, "kind" | "outcome" | "body">,
): Promise<{ readonly log: TenantId; readonly id: EntryId } | null> {
  for (const log of own ? [tenant, PLATFORM_LOG] : [PLATFORM_LOG]) {
    const entered = await enterLog(tx, log);
    if (entered !== null) return { log, id: await acts.append(entered, entryAbout(acts, tenant, entry)) };
  }
  return null;
}

export const onHold = async (tx: OperatorTx, tenant: TenantId): Promise<boolean> =>
  (await tx.one(sql`select audit.erase_on_hold(${tenant}::uuid) as held`, z.object({ held: z.boolean() }))).held;

export const entryAbout = (
  { observer, by: initiator, requestId }: OperatorActs,
  tenant: TenantId,
  entry: Pick<NewEntry, "kind" | "outcome" | "body">,
): NewEntry => ({ ...entry, observer, initiator, target: { type: "tenant", id: tenant }, requestId });

export interface Erasure extends ErasureFacts {
  readonly orderLog: TenantId;
  readonly orderId: EntryId;
  readonly bodies: number;
  readonly entries: number;
  /** Rows of the search index. */
  readonly found: number;
}

const stateRow = z
  .object({
    order_log: tenantIdColumn,
    order_id: entryIdColumn,
    witnessed: z.boolean(),
    held: z.boolean(),
    steps: z.array(z.enum(ERASE_STEPS)),
    bodies: z.int(),
    entries: z.int(),
    found: z.int(),
  })
  .transform(({ order_log: orderLog, order_id: orderId, ...row }): Erasure => ({ orderLog, orderId, ...row }));

/** The newest order for this tenant and how far it got; null: none was given. */
export const erasureOf = (tx: OperatorTx, tenant: TenantId): Promise<Erasure | null> =>
  tx.maybe(sql`select * from audit.erase_state(${tenant}::uuid)`, stateRow);
