import { beforeAll, describe, expect, it } from "vitest";
import { checkContiguity } from "#audit/io";
import { scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { sequenced } from "../support/sequenced.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
  for (const [epoch, tenant] of [s.acme, s.globex].entries()) await sequenced(t, tenant.id, epoch + 1, true);
});

const check = () => checkContiguity(t.role("verifier"));

/** Undone afterwards: the damage is done in one transaction of the superuser's that is committed, and its opposite. */
async function damaged(act: string, undo: string): Promise<readonly string[]> {
  await t.adminSql("alter table audit.leaf disable trigger append_only");
  await t.adminSql(act, [s.acme.id]);
  const found = await check();
  await t.adminSql(undo, [s.acme.id]);
  await t.adminSql("alter table audit.leaf enable always trigger append_only");
  return found;
}

describe("case 50 (A2): rows that an index hides, and gaps", () => {
  it("nothing is found where everything is there", async () => {
    expect(await check()).toEqual([]);
  });

  it("a row that the index does not know, as after a collation change or a broken page", async () => {
    // An index that is not ready is not written to; made ready again, it looks whole and is not.
    await t.adminSql("update pg_index set indisready = false where indrelid = 'audit.leaf'::regclass");
    await t.adminSql(
      "insert into audit.leaf (tenant_id, idx, entry_id, leaf_hash, chain) select tenant_id, size, gen_random_uuid(), sha256('x'), sha256('y') from audit.head where tenant_id = $1",
      [s.acme.id],
    );
    await t.adminSql("update pg_index set indisready = true where indrelid = 'audit.leaf'::regclass");
    expect(await check()).toContainEqual(expect.stringMatching(/^audit\.leaf of .* its index finds \d+\. REINDEX/));
    await t.adminSql("reindex table audit.leaf");
    expect(await check()).toEqual([expect.stringMatching(/its head says/)]);
    await t.adminSql("alter table audit.leaf disable trigger append_only");
    await t.adminSql("delete from audit.leaf where leaf_hash = sha256('x')");
    await t.adminSql("alter table audit.leaf enable always trigger append_only");
    expect(await check()).toEqual([]);
  });

  it("an index that was moved to leave a gap", async () => {
    const found = await damaged(
      "update audit.leaf set idx = 1000 where tenant_id = $1 and idx = 2",
      "update audit.leaf set idx = 2 where tenant_id = $1 and idx = 1000",
    );
    expect(found).toEqual([expect.stringMatching(/3 leaves reach to index 1000/)]);
  });

  it("a leaf with another hash than its entry", async () => {
    const found = await damaged(
      "update audit.leaf set leaf_hash = sha256(leaf_hash || leaf_hash) where tenant_id = $1 and idx = 0",
      "update audit.leaf l set leaf_hash = e.leaf_hash from audit.entry e where l.tenant_id = $1 and idx = 0 and e.tenant_id = l.tenant_id and e.entry_id = l.entry_id",
    );
    expect(found).toEqual([expect.stringMatching(/another hash/)]);
  });
});
