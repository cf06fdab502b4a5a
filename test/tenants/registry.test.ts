import { beforeAll, describe, expect, it } from "vitest";
import { installationId, tenantId, type InstallationId, type TenantId } from "#kernel";
import { withOperator } from "#platform/postgres";
import {
  activeTenants,
  bindInstallation,
  listTenants,
  noteInstallation,
  onboard,
  ownInstallations,
  ownPrefix,
  unboundInstallations,
} from "#tenants/io";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

function number(n: number): InstallationId {
  const id = installationId(n);
  if (id === null) throw new Error(String(n));
  return id;
}
function unknownTenant(): TenantId {
  const id = tenantId("01ff0000-0000-7000-8000-000000000000");
  if (id === null) throw new Error("no id");
  return id;
}

describe("the registry", () => {
  it("lists tenants in the order of their slots, with their installations", async () => {
    expect(await withOperator(t.operator, listTenants)).toMatchObject([
      { prefix: "acme", slot: 1, state: "active", region: "local", installations: [1] },
      { prefix: "globex", slot: 2, installations: [2] },
    ]);
    expect(await t.db.withPlatform(activeTenants)).toEqual([acme.id, globex.id]);
  });

  it("tells a tenant about itself only", async () => {
    const own = await t.db.withTenant(globex.claim, async (tx) => [await ownPrefix(tx), await ownInstallations(tx)]);
    expect(own).toEqual(["globex", [{ installation: 2, host: "github.com" }]]);
  });

  it("a taken prefix is an answer, not a fault, and leaves nothing behind", async () => {
    expect(await onboard(t.operator, { prefix: "acme", by })).toMatchObject({ kind: "taken" });
    expect(await onboard(t.operator, { prefix: "NODE", by })).toMatchObject({ kind: "refused" });
    expect(await t.adminSql("select from platform.tenant where slot > 0")).toHaveLength(2);
  });

  it("T2 an installation belongs to one tenant, ever", async () => {
    expect(await bindInstallation(t.operator, { tenant: globex.id, installation: number(1), by })).toMatchObject({
      kind: "taken",
    });
    expect(await bindInstallation(t.operator, { tenant: acme.id, installation: number(1), by })).toEqual({
      kind: "bound",
    });
    expect(await bindInstallation(t.operator, { tenant: unknownTenant(), installation: number(3), by })).toMatchObject({
      kind: "unknown_tenant",
    });
    expect((await t.db.claimForInstallation(number(1)))?.tenantId).toBe(acme.id);
  });

  it("an unknown installation is remembered by number until it is bound", async () => {
    for (const _ of [1, 2]) await t.db.withPlatform((tx) => noteInstallation(tx, number(77), "github.com"));
    expect(await withOperator(t.operator, unboundInstallations)).toEqual([{ installation: 77, host: "github.com" }]);
    await bindInstallation(t.operator, { tenant: acme.id, installation: number(77), by });
    expect(await withOperator(t.operator, unboundInstallations)).toEqual([]);
  });

  it("A1 each act has its entry in the tenant's own log, with who did it", async () => {
    const log = await t.db.withTenant(acme.claim, (tx) =>
      t.audit.recent(tx, { limit: 50, kinds: ["tenant.onboard", "tenant.bind_installation"] }),
    );
    expect(log.at(-1)).toMatchObject({
      kind: "tenant.onboard",
      outcome: "success",
      body: { target: { type: "tenant", id: acme.id }, payload: { prefix: "acme" } },
    });
    expect(log[0]).toMatchObject({
      kind: "tenant.bind_installation",
      body: { initiator: { type: "operator", id: "ada" }, payload: { installation: 77 } },
    });
    await checkWorld(t);
  });
});
