import { describe, expect, it } from "vitest";
import { guardState, makeMonthsAhead, monthsAhead } from "#audit/io";
import { testDatabase } from "../../support/database.ts";

const t = await testDatabase();
const ahead = () => t.db.withPlatform(monthsAhead);
const make = () => t.db.withPlatform(makeMonthsAhead);

/** As a server finds the log that nobody has migrated for months. */
async function lose(...months: readonly number[]): Promise<void> {
  for (const month of months)
    await t.adminSql(
      `do $$ declare part text := 'audit.entry_' || to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => ${month}), 'YYYY_MM');
        begin execute 'alter table audit.entry detach partition ' || part; execute 'drop table ' || part; end $$`,
    );
}

describe("A2: months of the log are made ahead by a running server, with the app's own login", () => {
  it("does nothing where the twelve are there", async () => {
    expect(await ahead()).toBe(12);
    expect(await make()).toBe(0);
  });

  it("makes those that are missing, guarded as the others: the catalog is as expected afterwards", async () => {
    await lose(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    expect(await ahead()).toBe(1);
    expect((await t.db.withPlatform(guardState)).drift).not.toEqual([]);
    expect(await make()).toBe(11);
    expect(await ahead()).toBe(12);
    expect((await t.db.withPlatform(guardState)).drift).toEqual([]);
  });

  it("leaves a row that says so, as each use of the break-glass setting does", async () => {
    expect(await t.adminSql("select reason from audit.break_glass where reason = 'months ahead' limit 1")).toHaveLength(
      1,
    );
  });

  it("two servers at once make them once", async () => {
    await lose(11, 12);
    const made = await Promise.all([make(), make(), make()]);
    expect(made.reduce((sum, each) => sum + each, 0)).toBe(2);
    expect(await ahead()).toBe(12);
  });

  it("the app may ask for nothing else: which months and how many is not for it to say", async () => {
    const app = await t.appClient();
    await expect(app.query("call audit.make_partitions(24)")).rejects.toThrow("permission denied");
    await expect(app.query("select audit.make_months_ahead(24)")).rejects.toThrow("does not exist");
  });

  it("what the function sets for itself ends with it: the app's own DDL is refused afterwards", async () => {
    const app = await t.appClient();
    await app.query("begin");
    await app.query("select audit.make_months_ahead()");
    expect((await app.query("select current_setting('audit.migration', true) as reason")).rows).not.toContainEqual({
      reason: "months ahead",
    });
    await expect(app.query("drop table audit.entry_default")).rejects.toThrow("must be owner");
    await app.query("rollback");
  });
});
