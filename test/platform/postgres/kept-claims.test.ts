import sql from "sql-template-tag";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Fault } from "#kernel";
import { keptClaims, type Database } from "#platform/postgres";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const asked = { times: 0 };
const counting: Pick<Database, "claimFor" | "atOnce"> = {
  claimFor: (tenant) => {
    asked.times += 1;
    return t.db.claimFor(tenant);
  },
  atOnce: t.db.atOnce,
};
const suspend = (tenant: TestTenant): Promise<unknown> =>
  t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where id = $1", [tenant.id]);

describe("T2 claims that are kept for a minute", () => {
  it("are asked for once, and each tenant's transactions are its own", async () => {
    asked.times = 0;
    const inTenant = keptClaims(counting);
    const mine = (tenant: TestTenant) =>
      inTenant(tenant.id, (tx) =>
        tx.one(
          sql`select app.tid()::text as id`,
          z.object({ id: z.string() }).transform(({ id }) => id),
        ),
      );
    expect([await mine(acme), await mine(globex), await mine(acme), await mine(globex)]).toEqual([
      acme.id,
      globex.id,
      acme.id,
      globex.id,
    ]);
    expect(asked.times).toBe(2);
  });

  it("are asked for again when the minute is over", async () => {
    asked.times = 0;
    const clock = { ms: 0 };
    const inTenant = keptClaims(counting, () => clock.ms);
    await inTenant(acme.id, async () => 1);
    clock.ms = 60_001;
    await inTenant(acme.id, async () => 1);
    expect(asked.times).toBe(2);
  });

  it("does nothing twice: what fails in the work is not tried again, whatever it says", async () => {
    const inTenant = keptClaims(counting);
    await inTenant(acme.id, async () => 1);
    const work = { times: 0 };
    await expect(
      inTenant(acme.id, async () => {
        work.times += 1;
        throw new Fault("tenant_inactive", "Of something else.");
      }),
    ).rejects.toThrow("Of something else.");
    expect(work.times).toBe(1);
  });

  it("are dead with the tenant's suspension, in the very next transaction", async () => {
    const inTenant = keptClaims(counting);
    expect(await inTenant(globex.id, async () => "ran")).toBe("ran");
    await suspend(globex);
    expect(await inTenant(globex.id, async () => "ran")).toBeNull();
  });
});
