import { createHmac } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { furnish } from "../support/tenant-world.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
  await furnish(t, s.acme, 1);
  await furnish(t, s.globex, 2);
});

const TABLES = ["audit.entry", "audit.body", "audit.search", "audit.leaf", "audit.tile", "audit.head"];
const everything = TABLES.map((table) => `select tenant_id from ${table}`).join(" union all ");
const sign = (message: string, key: string = t.claimKey): string =>
  `${message}.${createHmac("sha256", key).update(message).digest("hex")}`;
const later = (): number => Math.floor(Date.now() / 1000) + 600;

describe("D1, D4 (T2) a wrong or missing claim sees zero rows, and raises no error", () => {
  it("a rightly signed claim sees rows, or all below would prove nothing", async () => {
    expect(await attack(s.app, sign(`v2.${s.acme.id}.1.${later()}`), everything)).toMatchObject({
      rows: expect.arrayContaining([{ tenant_id: s.acme.id }]),
    });
  });

  it.each<[string, () => string]>([
    ["none", () => ""],
    ["garbage", () => "not-a-uuid-SECRET"],
    ["SQL text", () => "' or true --"],
    ["the tenant's id alone", () => s.acme.id],
    ["a right message with no signature", () => `v2.${s.acme.id}.1.${later()}`],
    ["signed with another key", () => sign(`v2.${s.acme.id}.1.${later()}`, "another key of enough characters")],
    ["signed with an empty key", () => sign(`v2.${s.acme.id}.1.${later()}`, "")],
    ["the signature of another tenant's claim", () => `v2.${s.globex.id}.1.${later()}.${s.acme.claim.text.slice(-64)}`],
    ["an expired one", () => sign(`v2.${s.acme.id}.1.${Math.floor(Date.now() / 1000) - 1}`)],
    ["an epoch that is over", () => sign(`v2.${s.acme.id}.0.${later()}`)],
    ["an epoch to come", () => sign(`v2.${s.acme.id}.2.${later()}`)],
    ["an unknown tenant", () => sign(`v2.01ff0000-0000-7000-8000-000000000000.1.${later()}`)],
    ["another version", () => sign(`v1.${s.acme.id}.1.${later()}`)],
    ["an id in upper case", () => sign(`v2.${s.acme.id.toUpperCase()}.1.${later()}`)],
    ["a line feed at the end", () => `${s.acme.claim.text}\n`],
    ["a space before", () => ` ${s.acme.claim.text}`],
    ["a number that no integer holds", () => sign(`v2.${s.acme.id}.99999999999999999999.${later()}`)],
    ["a kilobyte", () => "v2.".repeat(400)],
  ])("%s", async (_name, claim) => {
    expect(await attack(s.app, claim(), everything)).toMatchObject({ count: 0 });
  });

  it("T2 10,000 mutations of a right claim, against every table that has tenants' rows: zero rows, zero errors", async () => {
    const right = s.acme.claim.text;
    const mutation = fc.oneof(
      fc.string({ maxLength: 300, unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed()),
      fc
        .tuple(fc.nat(right.length - 1), fc.constantFrom(...Array.from("0123456789abcdef.-vZ'% \n")))
        .map(([at, by]) => right.slice(0, at) + by + right.slice(at + 1)),
      fc.nat(right.length).map((length) => right.slice(0, length)),
      fc
        .tuple(fc.nat(right.length), fc.string({ maxLength: 3 }))
        .map(([at, more]) => right.slice(0, at) + more.replaceAll("\0", "") + right.slice(at)),
      fc
        .tuple(fc.bigInt({ min: 0n, max: 10n ** 14n }), fc.bigInt({ min: 0n, max: 10n ** 14n }))
        .map(([epoch, until]) => `v2.${s.globex.id}.${epoch}.${until}.${right.slice(-64)}`),
    );
    const claims = fc.sample(
      mutation.filter((text) => text !== right),
      10_000,
    );
    // Of the catalog, not of a list that somebody keeps: a table that is made tomorrow is tried, too.
    const tables = await t.adminSql(`
      select c.oid::regclass::text as name from pg_class c
      where c.relrowsecurity and c.relkind in ('r', 'p') and not c.relispartition
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
        and has_any_column_privilege('countersign_app', c.oid, 'select')`);
    expect(tables.length).toBeGreaterThan(15);
    const rows = tables.map(({ name }) => `(select count(tenant_id) from ${String(name)})`).join(" + ");
    for (const { name } of tables)
      expect(await attack(s.app, right, `select tenant_id from ${String(name)}`), String(name)).not.toMatchObject({
        count: 0,
      });
    await s.app.query("begin");
    const seen = async (given: readonly string[]): Promise<unknown> => {
      await s.app.query("select set_config('fuzz.claims', $1, true)", [JSON.stringify(given)]);
      await s.app.query(`do $$ declare claim text; n bigint; seen bigint := 0; begin
        for claim in select json_array_elements_text(current_setting('fuzz.claims')::json) loop
          perform set_config('app.claim', claim, true);
          select ${rows} into n;
          seen := seen + n;
        end loop;
        perform set_config('fuzz.seen', seen::text, true);
      end $$`);
      return (await s.app.query("select current_setting('fuzz.seen')::int as seen")).rows[0];
    };
    expect(await seen([right])).not.toEqual({ seen: 0 });
    for (let at = 0; at < claims.length; at += 1_000)
      expect(await seen(claims.slice(at, at + 1_000))).toEqual({ seen: 0 });
    await s.app.query("rollback");
  });

  it("D2 a query right after a transaction with a claim has none, and is no error", async () => {
    await attack(s.app, s.acme.claim.text, "select 1");
    const { rowCount } = await s.app.query(everything);
    expect(rowCount).toBe(0);
  });

  it("case 53: SQL injection that names another tenant sees nothing at all", async () => {
    expect(
      await attack(s.app, s.acme.claim.text, `select set_config('app.claim', '${s.globex.id}', true)`, everything),
    ).toMatchObject({ count: 0 });
  });

  it("O1 suspending the tenant kills a valid claim at commit, and reinstating does not revive it", async () => {
    const { claim } = s.globex;
    expect(await attack(s.app, claim.text, everything)).not.toMatchObject({ count: 0 });
    await t.adminSql("update platform.tenant set state = 'suspended', epoch = epoch + 1 where prefix = 'globex'");
    expect(await attack(s.app, claim.text, everything)).toMatchObject({ count: 0 });
    expect(await t.db.claimFor(s.globex.id)).toBeNull();
    expect(await t.db.claimForInstallation(s.globex.installation)).toBeNull();
    await t.adminSql("update platform.tenant set state = 'active' where prefix = 'globex'");
    expect(await attack(s.app, claim.text, everything)).toMatchObject({ count: 0 });
    await expect(t.db.withTenant(claim, async () => {})).rejects.toMatchObject({ code: "tenant_inactive" });
  });
});
