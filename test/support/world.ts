import { createHash } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { tenantId } from "#kernel";
import { isCanonical } from "#verifier";
import type { TestDatabase } from "./database.ts";

const bytes = z.instanceof(Uint8Array);
const entry = z.object({
  tenant_id: z.string(),
  entry_id: z.string(),
  leaf: bytes,
  leaf_hash: bytes,
  nonce: bytes.nullable(),
  ct: bytes.nullable(),
});
const leafShape = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  log: z.string(),
  ts: z.iso.datetime(),
  kind: z.string(),
  outcome: z.string(),
  intent: z.string().optional(),
  body: z.tuple([z.strictObject({ h: z.string(), len: z.int() })]),
});

const sha256 = (...parts: Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/**
 * After any integration step: the whole log verifies (every leaf is canonical, is about its row, and hashes; every body is
 * the one that was committed to; every closed intent exists) and no tenant sees another's row. Returns the number of entries.
 */
export async function checkWorld(t: TestDatabase): Promise<number> {
  const rows = z
    .array(entry)
    .parse(
      await t.adminSql(
        "select e.tenant_id, e.entry_id, e.leaf, e.leaf_hash, b.nonce, b.ct from audit.entry e left join audit.body b using (tenant_id, entry_id) order by e.entry_id",
      ),
    );
  const ids = new Set(rows.map((row) => row.entry_id));
  for (const row of rows) {
    const leaf = leafShape.parse(JSON.parse(Buffer.from(row.leaf).toString("utf8")));
    expect(isCanonical(row.leaf), `leaf ${row.entry_id} is canonical`).toBe(true);
    expect({ id: leaf.id, log: leaf.log }).toEqual({ id: row.entry_id, log: row.tenant_id });
    expect(Buffer.from(row.leaf_hash).toString("hex")).toBe(sha256(Buffer.from([0]), row.leaf));
    if (row.nonce === null || row.ct === null) throw new Error(`audit entry ${row.entry_id} has no body`);
    expect(isCanonical(row.ct), `body ${row.entry_id} is canonical`).toBe(true);
    expect(leaf.body).toEqual([{ h: sha256(row.nonce, row.ct), len: row.ct.length }]);
    if (leaf.intent !== undefined) expect(ids, `intent of ${row.entry_id}`).toContain(leaf.intent);
  }
  await checkIsolation(t);
  return rows.length;
}

const tableName = z.object({ name: z.string() });
const tenantRow = z.object({ id: z.string(), epoch: z.number(), prefix: z.string() });

/** From the catalog, never from a hand-written list: every table with a tenant_id, read as every active tenant. */
async function checkIsolation(t: TestDatabase): Promise<void> {
  const tables = z.array(tableName).parse(
    await t.adminSql(`select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity
        and has_table_privilege('countersign_app', c.oid, 'select')`),
  );
  const app = await t.appClient();
  for (const tenant of z
    .array(tenantRow)
    .parse(await t.adminSql("select id, epoch, prefix from platform.tenant where state = 'active'"))) {
    const id = tenantId(tenant.id);
    const claim = id === null ? null : await t.db.claimFor(id);
    await app.query("begin");
    await app.query("select set_config('app.claim', $1, true)", [claim?.text ?? ""]);
    for (const table of tables) {
      const foreign = await app.query(`select from ${table.name} where tenant_id <> $1 limit 1`, [tenant.id]);
      expect(foreign.rowCount, `${tenant.prefix} sees no other tenant's row in ${table.name}`).toBe(0);
    }
    await app.query("rollback");
  }
}
