import { expect, test } from "vitest";
import { ownPrefix, reinstate, suspend } from "#tenants/io";
import { inTenant } from "../../src/main/claims.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const asked = {
  prefix: "acme",
  reason: "a test",
  by: { operator: { type: "operator", id: "ada" }, requestId: "r1" },
} as const;
const own = () => inTenant(t.db, acme.id, ownPrefix, null);

test("D4 what runs for long asks for its claim each time: an old one is of no use, and a suspended tenant has none", async () => {
  expect(await own()).toBe("acme");
  await suspend({ ...t.operator, spool: t.spool }, asked);
  expect(await own()).toBeNull();
  await reinstate(t.operator, asked);
  await expect(t.db.withTenant(acme.claim, ownPrefix)).rejects.toMatchObject({ code: "tenant_inactive" });
  expect(await own()).toBe("acme");
});
