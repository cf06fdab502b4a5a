// Rows of a tenant in all tables there are, from the catalog: a table that somebody adds tomorrow is in it.

import sql from "sql-template-tag";
import { z } from "zod";
import { erase, erasureOf, type EraseParts } from "#audit/io";
import { Fault } from "#kernel";
import { forgetRows, withOperator, type OperatorTx, type Statements } from "#platform/postgres";
import { deletionOrder } from "../../offboard.ts";
import { LATER, STAYS } from "../../reviewed.ts";
import { note } from "./ledger.ts";
import { actsBy } from "./order.ts";
import { failed, taken, type Going, type OffboardParts, type StepAnswer } from "./parts.ts";

const BATCH = 20_000;

export interface TenantTable {
  /** `schema.name` */
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  /** By number: the operator has no right to look the name up in every schema. */
  readonly oid: number;
  /** With row-level security; without, it is a registry of the owner's. */
  readonly isolated: boolean;
}

const tableRow = z.object({
  table: z.string(),
  schema: z.string(),
  name: z.string(),
  oid: z.int(),
  isolated: z.boolean(),
});

/** Every table with a tenant_id. A partition is reached through its parent. */
export const tenantTables = (tx: Statements): Promise<readonly TenantTable[]> =>
  tx.many(
    sql`select n.nspname || '.' || c.relname as table, n.nspname::text as schema, c.relname::text as name, c.oid::bigint as oid, c.relrowsecurity as isolated
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'f', 'm') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
      order by 1`,
    tableRow,
  );

const links = (tx: Statements) =>
  tx.many(
    sql`select f.nspname || '.' || a.relname as from, t.nspname || '.' || b.relname as to from pg_constraint k
      join pg_class a on a.oid = k.conrelid join pg_namespace f on f.oid = a.relnamespace
      join pg_class b on b.oid = k.confrelid join pg_namespace t on t.oid = b.relnamespace
      where k.contype = 'f' and k.conparentid = 0`,
    z.object({ from: z.string(), to: z.string() }),
  );

/** Those that the audit log's own procedures erase, after all others. */
const BY_THE_LOG = new Set(["audit.entry", "audit.body", "audit.search"]);

async function plan(tx: OperatorTx): Promise<readonly TenantTable[]> {
  const tables = (await tenantTables(tx)).filter(
    ({ table }) => STAYS[table] === undefined && LATER[table] === undefined && !BY_THE_LOG.has(table),
  );
  const order = deletionOrder(
    tables.map(({ table }) => table),
    await links(tx),
  );
  if (order === null)
    throw new Fault("invariant_broken", "Tables of tenants refer to each other in a circle: no order deletes them.");
  return order.flatMap((name) => tables.filter(({ table }) => table === name));
}

const goneRow = z.object({ gone: z.int() });

/** One batch and its count are one commit, so that the sum stands, however often it is cut off. */
async function deleteBatch(tx: OperatorTx, { tenantId }: Going, of: TenantTable, batch: number): Promise<number> {
  const { gone } = await tx.one(
    of.isolated
      ? sql`select audit.erase_tenant_table(${tenantId}::uuid, ${of.oid}::bigint::oid::regclass, ${batch}::integer) as gone`
      : sql`select platform.erase_registry(${tenantId}::uuid, ${of.oid}::bigint::oid::regclass, ${batch}::integer) as gone`,
    goneRow,
  );
  await tx.run(sql`select platform.offboard_count(${tenantId}::uuid, ${of.table}, ${gone}::bigint)`);
  return gone;
}

export const eraseParts = (parts: OffboardParts): EraseParts => ({
  ...actsBy(parts.access, parts.by),
  keys: parts.keys,
  verifier: parts.verifier,
  batch: parts.batch ?? BATCH,
  afterStep: async (step) => parts.after?.(`audit ${step}`),
});

/** As far as the audit log's own erasure goes in this step. */
export async function eraseUntil(
  parts: OffboardParts,
  { tenantId }: Going,
  until: NonNullable<EraseParts["until"]>,
): Promise<StepAnswer> {
  const done = await erase({ ...eraseParts(parts), until }, tenantId);
  switch (done.kind) {
    case "erased":
    case "reached":
      return taken();
    case "waiting":
      return { kind: "waiting", why: done.why };
    case "held":
      return failed("A legal hold is on this client: what is left of it stays.");
    case "refused":
      return failed(done.why);
  }
}

export async function deleteRows(parts: OffboardParts, going: Going): Promise<StepAnswer> {
  const { tenantId } = going;
  const batch = parts.batch ?? BATCH;
  const tables = await withOperator(parts.access, async (tx) => {
    const log = await erasureOf(tx, tenantId);
    const { bodies = 0, entries = 0, found: index = 0 } = log ?? {};
    await note(tx, tenantId, "rows_deleted", { log: { bodies, entries, index } });
    const { gone } = await tx.one(sql`select platform.erase_jobs(${tenantId}::uuid) as gone`, goneRow);
    await tx.run(
      sql`select platform.offboard_count(${tenantId}::uuid, 'graphile_worker._private_jobs', ${gone}::bigint)`,
    );
    return plan(tx);
  });
  await parts.after?.("rows noted");
  for (const table of tables)
    while ((await withOperator(parts.access, (tx) => deleteBatch(tx, going, table, batch))) > 0)
      await parts.after?.(`rows of ${table.table}`);
  return eraseUntil(parts, going, "pinned");
}

/** VACUUM, and statistics, which keep sample values. */
export async function forget(parts: OffboardParts): Promise<StepAnswer> {
  const tables = await withOperator(parts.access, tenantTables);
  const queue = ["_private_jobs", "_private_job_queues"].map((name) => ["graphile_worker", name] as const);
  const cleared = await forgetRows(parts.access, [
    ...tables.map(({ schema, name }) => [schema, name] as const),
    ...queue,
  ]);
  return taken({ tables: tables.length, statistics: cleared ? "cleared" : "analysed" });
}
