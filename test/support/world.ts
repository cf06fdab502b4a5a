import { createHash } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { entryId, tenantId } from "#kernel";
import { isCanonical } from "#verifier";
import type { TestDatabase } from "./database.ts";

const bytes = z.instanceof(Uint8Array);
const entry = z.object({
  tenant_id: z.string(),
  entry_id: z.string(),
  leaf: bytes,
  leaf_hash: bytes,
});
const part = z.object({ tenant_id: z.string(), entry_id: z.string(), part: z.int(), nonce: bytes, ct: bytes });
const leafShape = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  log: z.string(),
  ts: z.iso.datetime(),
  kind: z.string(),
  outcome: z.string(),
  intent: z.string().optional(),
  body: z
    .array(z.strictObject({ h: z.string(), kc: z.string(), len: z.int() }))
    .min(1)
    .max(2),
});

const sha256 = (...parts: Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");

/**
 * After any integration step: the whole log verifies (every leaf is canonical, is about its row, and hashes; every body is
 * the one that was committed to, and opens; every closed intent exists) and no tenant sees another's row. Returns the number of entries.
 */
export async function checkWorld(t: TestDatabase): Promise<number> {
  const rows = z
    .array(entry)
    .parse(await t.adminSql("select tenant_id, entry_id, leaf, leaf_hash from audit.entry order by entry_id"));
  const parts = Map.groupBy(
    z.array(part).parse(await t.adminSql("select tenant_id, entry_id, part, nonce, ct from audit.body order by part")),
    (each) => `${each.tenant_id}/${each.entry_id}`,
  );
  const ids = new Set(rows.map((row) => row.entry_id));
  for (const row of rows) {
    const leaf = leafShape.parse(JSON.parse(Buffer.from(row.leaf).toString("utf8")));
    expect(isCanonical(row.leaf), `leaf ${row.entry_id} is canonical`).toBe(true);
    expect({ id: leaf.id, log: leaf.log }).toEqual({ id: row.entry_id, log: row.tenant_id });
    expect(Buffer.from(row.leaf_hash).toString("hex")).toBe(sha256(Buffer.from([0]), row.leaf));
    const bodies = parts.get(`${row.tenant_id}/${row.entry_id}`) ?? [];
    expect(
      leaf.body.map(({ h, len }, at) => ({ at, h, len })),
      `body of ${row.entry_id}`,
    ).toEqual(bodies.map(({ part: at, nonce, ct }) => ({ at, h: sha256(nonce, ct), len: ct.length })));
    if (leaf.intent !== undefined) expect(ids, `intent of ${row.entry_id}`).toContain(leaf.intent);
  }
  // X14: what is open is not older than its minute, whatever happened.
  const late = await t.adminSql(
    "select lease_id from leases.lease where ended_at is null and state <> 'irrevocable' and expires_at < clock_timestamp() - interval '5 seconds'",
  );
  expect(late, "no lease is open past its minute").toEqual([]);
  await checkIsolation(t);
  await checkBodies(t, rows);
  return rows.length;
}

/** Every body opens under its tenant's key, which is the one the leaf commits to, and is canonical; or that key was destroyed. */
async function checkBodies(t: TestDatabase, rows: readonly z.infer<typeof entry>[]): Promise<void> {
  for (const [tenant, own] of Map.groupBy(rows, (row) => row.tenant_id)) {
    const id = tenantId(tenant);
    const claim = id === null ? null : await t.db.claimFor(id);
    if (claim === null) continue;
    const ids = own.flatMap((row) => entryId(row.entry_id) ?? []);
    const read = await t.db.withTenant(claim, (tx) => t.audit.entriesById(tx, ids));
    expect(read).toHaveLength(own.length);
    for (const each of read)
      for (const body of [each.op, ...(each.personal === null ? [] : [each.personal])]) {
        expect(["open", "erased"], `body of ${each.id}`).toContain(body.kind);
        if (body.kind === "open") expect(isCanonical(body.bytes), `body of ${each.id} is canonical`).toBe(true);
      }
  }
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
