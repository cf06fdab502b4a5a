import { beforeAll, expect, it } from "vitest";
import { tryLock } from "../../src/gate/io/lock.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});
const locked = (tenant: TestTenant, name: string) => t.db.withTenant(tenant.claim, (tx) => tryLock(tx, name));

it("D21 (T2) a lock is one tenant's: another takes one of the same name at the same moment, and learns nothing", async () => {
  const seen = await t.db.withTenant(acme.claim, async (tx) => [
    await tryLock(tx, "repository 7"),
    await locked(acme, "repository 7"),
    await locked(globex, "repository 7"),
    await locked(acme, "repository 8"),
  ]);
  expect(seen).toEqual([true, false, true, true]);
  expect(await locked(acme, "repository 7")).toBe(true);
});
