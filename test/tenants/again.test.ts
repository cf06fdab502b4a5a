// A client that comes back after it was erased: somebody else, under the same name.

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { installationId, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import { bindInstallation, listTenants, onboard } from "#tenants/io";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const by = { operator: { type: "operator", id: "kim" }, requestId: "r" } as const;
const acme = await t.tenant("acme", 7);
const again = (restDays?: number) =>
  onboard(t.operator, { prefix: "acme", by, ...(restDays === undefined ? {} : { restDays }) });

/** As an erasure leaves it. */
async function gone(tenant: TenantId, daysAgo: number): Promise<void> {
  await t.kms.destroy(tenant);
  await t.adminSql("delete from platform.tenant_asset where tenant_id = $1", [tenant]);
  await t.adminSql("delete from platform.installation where tenant_id = $1", [tenant]);
  await t.adminSql("update platform.tenant set state = 'purged' where id = $1", [tenant]);
  await t.adminSql(
    `select platform.bury($1, platform.prefix_hmac('acme'), now(), now(), 1, 1, 1, 0, null, gen_random_uuid(), $2)`,
    [tenant, createHash("sha256").update("certificate").digest()],
  );
  await t.adminSql("update platform.tombstone set buried_at = now() - make_interval(days => $2) where tenant_id = $1", [
    tenant,
    daysAgo,
  ]);
  await t.adminSql("update platform.tenant set prefix = null where id = $1", [tenant]);
}

describe("re-onboarding the same name", () => {
  it("O10 while the client is there, or is being erased, its name is taken", async () => {
    expect(await again()).toMatchObject({ kind: "taken" });
    await t.adminSql("update platform.tenant set state = 'purging' where id = $1", [acme.id]);
    expect(await again()).toMatchObject({ kind: "taken" });
  });

  it("rests for thirty days, or as many as are set, and says until when", async () => {
    await gone(acme.id, 29);
    expect(await again()).toMatchObject({
      kind: "refused",
      why: expect.stringMatching(/^The name acme rests until \d{4}-/),
    });
    expect(await again(40)).toMatchObject({ kind: "refused" });
    expect(await onboard(t.operator, { prefix: "acmf", by })).toMatchObject({ kind: "onboarded" });
  });

  it("then it is a new tenant, with a key, a slot and a log of its own, and nothing of the old one's", async () => {
    const made = await again(29);
    if (made.kind !== "onboarded") throw new Error(made.kind);
    expect(made.tenantId).not.toBe(acme.id);
    expect({ old: await t.kms.state(acme.id), its: await t.kms.state(made.tenantId) }).toEqual({
      old: "destroyed",
      its: "active",
    });
    const slots = await t.adminSql("select slot from platform.tenant where id in ($1, $2)", [acme.id, made.tenantId]);
    expect(new Set(slots.map(({ slot }) => slot)).size).toBe(2);
    const claim = (await t.db.claimFor(made.tenantId)) ?? expect.unreachable();
    const log = await t.db.withTenant(claim, (tx) => t.audit.recent(tx, { limit: 10 }));
    expect(log.map(({ kind }) => kind)).toEqual(["tenant.onboard"]);
    expect(await t.db.claimFor(acme.id)).toBeNull();
    expect(await again(3650), "onboarding again what is there is no matter of resting").toMatchObject({
      kind: "taken",
    });
  });

  it("nothing keys on a name: the registry, folders and names of credentials are all that has it", async () => {
    const columns = await t.adminSql(`
      select c.oid::regclass || '.' || a.attname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p') and n.nspname !~ '^(pg_|information_schema|graphile)' and a.attname ~ 'prefix' order by 1`);
    expect(columns.map(({ name }) => name)).toEqual(["platform.tenant.prefix", "platform.tombstone.prefix_hmac"]);
  });
});

describe("O19 what two clients would share", () => {
  it("is refused: an installation is one client's, and of no second one", async () => {
    const globex = await t.tenant("globex", 8);
    const eight = installationId(8) ?? expect.unreachable();
    const all = await withOperator(t.operator, listTenants);
    const acmf = all.find(({ prefix }) => prefix === "acmf") ?? expect.unreachable();
    expect(await bindInstallation(t.operator, { tenant: acmf.tenantId, installation: eight, by })).toMatchObject({
      kind: "taken",
    });
    expect(
      (await withOperator(t.operator, listTenants)).find(({ tenantId }) => tenantId === globex.id)?.installations,
    ).toEqual([8]);
  });
});
