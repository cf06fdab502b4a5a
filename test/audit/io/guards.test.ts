import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGuardWatch, guardState } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import { testDatabase } from "../../support/database.ts";

const t = await testDatabase();
const told: (readonly string[])[] = [];
let look: () => Promise<void>;
beforeAll(async () => {
  await t.adminSql("create schema elsewhere");
});
beforeEach(() => {
  told.length = 0;
  look = createGuardWatch({
    database: t.db,
    append: t.append,
    observer: { type: "app", id: "1" },
    onDrift: (lines) => told.push(lines),
  });
});

const entries = async (): Promise<readonly string[]> =>
  (
    await t.adminSql(
      "select convert_from(leaf, 'UTF8')::json ->> 'kind' as kind, convert_from(leaf, 'UTF8')::json ->> 'outcome' as outcome from audit.entry where tenant_id = $1 order by ts, entry_id",
      [PLATFORM_LOG],
    )
  ).map((row) => `${String(row["kind"])} ${String(row["outcome"])}`);

describe("A2 the server's look at the guards", () => {
  it("writes each new expectation once, also after a restart", async () => {
    await look();
    await look();
    expect(await entries()).toEqual(["platform.guards_expected success"]);
    expect(told).toEqual([]);
  });

  it("tells a drift once, writes it once with the use of the break-glass setting, and its end", async () => {
    const before = await entries();
    await t.adminSql("alter table audit.body disable trigger append_only");
    await look();
    await look();
    expect(told).toEqual([
      [expect.stringMatching(/^\+ audit\.body trigger D /), expect.stringMatching(/^- audit\.body trigger A /)],
    ]);
    expect((await entries()).slice(before.length)).toEqual([
      "platform.break_glass success",
      "platform.guard_drift failure",
    ]);
    await t.adminSql("alter table audit.body enable always trigger append_only");
    await look();
    expect(told).toHaveLength(2);
    expect(told.at(-1)).toEqual([]);
    expect((await entries()).slice(before.length + 2)).toEqual([
      "platform.break_glass success",
      "platform.guard_drift recovered",
    ]);
  });

  it("a fingerprint that cannot be computed is a drift, too", async () => {
    const [kept] = await t.adminSql("select pg_get_functiondef('guards.month_bound(date)'::regprocedure) as body");
    await t.adminSql(
      "create or replace function guards.month_bound(month date) returns text language sql as 'select (1 / 0)::text'",
    );
    await look();
    expect(told).toEqual([["the fingerprint cannot be computed"]]);
    await t.adminSql(String(kept?.["body"]));
    await look();
    expect(told.at(-1)).toEqual([]);
  });

  it("the state says since when and why something is expected", async () => {
    const state = await t.db.withPlatform(guardState);
    expect(state).toMatchObject({ drift: [], refusing: true, expected: { fingerprint: state.fingerprint } });
    expect(state.expected?.reason).toMatch(/^migrate: 0001_platform/);
  });
});
