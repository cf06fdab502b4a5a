// The heads of all logs as an epoch commits to them, and as they stood in an epoch of the past.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { tenantIdColumn, type Statements } from "#platform/postgres";
import { logOf, originOf } from "../../proof.ts";
import type { SlotHead } from "../../slots.ts";
import { headColumns } from "../columns.ts";
import { makeHeads } from "./batch.ts";
import type { SequencerTx } from "./place.ts";

const headRow = z.object({
  tenant_id: tenantIdColumn,
  ...headColumns,
});
const tenantRow = z.object({ tenant_id: tenantIdColumn }).transform((row) => row.tenant_id);

/** The heads as this epoch finds them; those that changed since the last one are kept as its own. */
export async function pinHeads(tx: SequencerTx, epoch: number): Promise<void> {
  const without = await tx.many(
    sql`select s.tenant_id from audit.slots() s where not exists (select from audit.head h where h.tenant_id = s.tenant_id)`,
    tenantRow,
  );
  if (without.length > 0) await makeHeads(tx, without);
  const [shorter] = await tx.many(
    sql`select h.tenant_id from audit.head h where h.size < (select a.size from audit.head_at a where a.tenant_id = h.tenant_id order by a.epoch desc limit 1) limit 1`,
    tenantRow,
  );
  if (shorter !== undefined)
    throw new Fault(
      "log_diverged",
      `The log of ${shorter} is shorter than an earlier epoch says: its end was cut off. Nothing is signed. See docs/runbooks/audit-log.md.`,
    );
  await tx.run(sql`insert into audit.head_at (tenant_id, epoch, slot, size, root, chain, salt, shredded)
    select h.tenant_id, ${epoch}, h.slot, h.size, h.root, h.chain, h.salt, h.shredded
    from audit.head h left join lateral (select * from audit.head_at a where a.tenant_id = h.tenant_id order by a.epoch desc limit 1) a on true
    where (h.slot, h.size, h.root, h.chain, h.salt, h.shredded) is distinct from (a.slot, a.size, a.root, a.chain, a.salt, a.shredded)`);
}

/** For a role that sees every log. The slots' heads in this epoch. */
export async function headsAt(tx: Statements, base: string, epoch: number): Promise<readonly SlotHead[]> {
  const rows = await tx.many(
    sql`select a.* from audit.head h cross join lateral (
        select a.tenant_id, a.slot, a.size, a.root, a.chain, a.salt, a.shredded from audit.head_at a
        where a.tenant_id = h.tenant_id and a.epoch <= ${epoch} order by a.epoch desc limit 1) a
      order by a.slot`,
    headRow,
  );
  return rows.map(({ tenant_id, ...head }) => ({ ...head, log: originOf(base, logOf(tenant_id)) }));
}
