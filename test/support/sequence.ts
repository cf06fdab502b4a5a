import type { TestDatabase, TestTenant } from "./database.ts";

/** Gives every entry of a tenant its index, as the sequencer would; the chain is not computed. For tests about reading. */
export async function sequenceAll(t: TestDatabase, tenant: TestTenant): Promise<void> {
  await t.adminSql(
    `insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain)
     select e.tenant_id, (select count(*) from audit.leaf l where l.tenant_id = $1) + row_number() over (order by e.entry_id) - 1,
       e.entry_id, e.leaf_hash, e.leaf_hash
     from audit.entry e where e.tenant_id = $1 and not exists (
       select from audit.leaf l where l.tenant_id = e.tenant_id and l.entry_id = e.entry_id)`,
    [tenant.id],
  );
}
