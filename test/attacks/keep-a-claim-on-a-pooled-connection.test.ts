// One connection, used by one tenant after the other: the pool has no second. What a tenant's statements leave behind on it, by
// accident or because somebody injected them, must not reach the next.

import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createDatabase, type TenantTx } from "#platform/postgres";
import { scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const one = createDatabase({ url: t.urls.app, claimKey: t.claimKey, maxConnections: 1 });
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterAll(() => one.close());

const tenants = z.object({ tenant: z.string(), pid: z.int() });
const seen = sql`select distinct tenant_id::text as tenant, pg_backend_pid() as pid from audit.search`;

describe("case 54 (T2): a pooled connection keeps nothing of the tenant before", () => {
  it("the next transaction on the same connection has no claim, and then its own", async () => {
    const first = await one.withTenant(s.acme.claim, (tx) => tx.one(seen, tenants));
    const between = await one.withPlatform((tx) => tx.many(seen, tenants));
    const second = await one.withTenant(s.globex.claim, (tx) => tx.one(seen, tenants));
    expect(between).toEqual([]);
    expect(second.pid).toBe(first.pid);
    expect([first.tenant, second.tenant]).toEqual([s.acme.id, s.globex.id]);
  });

  it("also after a transaction that failed half-way", async () => {
    await expect(
      one.withTenant(s.acme.claim, async (tx) => {
        await tx.run(sql`select 1 / 0`);
      }),
    ).rejects.toMatchObject({ sqlState: "22012" });
    expect(await one.withPlatform((tx) => tx.many(seen, tenants))).toEqual([]);
  });
});

describe("cases 53, 54 (T2): settings that an injected statement leaves on the session", () => {
  const hostile: readonly (readonly [string, (tx: TenantTx) => Promise<unknown>])[] = [
    [
      "the own claim for the whole session",
      (tx) => tx.run(sql`select set_config('app.claim', current_setting('app.claim'), false)`),
    ],
    [
      "another tenant's id where the claim belongs",
      (tx) => tx.run(sql`select set_config('app.claim', ${s.acme.id}, false)`),
    ],
    ["row_security = off", (tx) => tx.run(sql`select set_config('row_security', 'off', false)`)],
    [
      "a path on which public comes first",
      (tx) => tx.run(sql`select set_config('search_path', 'public, pg_catalog', false)`),
    ],
    ["a role of its own", (tx) => tx.run(sql`select set_config('role', 'countersign_app', false)`)],
    ["the break-glass setting", (tx) => tx.run(sql`select set_config('audit.migration', 'mine', false)`)],
  ];

  it.each(hostile)("%s: the next tenant sees its own rows or an error, never another's", async (_name, statement) => {
    await one.withTenant(s.acme.claim, statement);
    expect(await one.withPlatform((tx) => tx.many(seen, tenants)).catch(() => [])).toEqual([]);
    const next = await one.withTenant(s.globex.claim, (tx) => tx.many(seen, tenants)).catch(() => []);
    expect(next.filter(({ tenant }) => tenant !== s.globex.id)).toEqual([]);
  });

  const setting = z.object({ value: z.string() });
  const valueOf = (name: string) =>
    one.withTenant(s.globex.claim, (tx) => tx.one(sql`select current_setting(${name}, true) as value`, setting));

  it.each([
    ["app.claim", "left behind"],
    ["synchronous_commit", "off"],
    ["DateStyle", "German"],
    ["TimeZone", "Pacific/Apia"],
    ["bytea_output", "escape"],
    ["extra_float_digits", "-15"],
    ["search_path", "public"],
    ["default_transaction_read_only", "on"],
    ["default_transaction_isolation", "serializable"],
    ["lock_timeout", "1"],
    ["work_mem", "64"],
    ["enable_indexscan", "off"],
  ])(
    "%s is for the next tenant what it always was, whether the one before committed or failed",
    async (name, value) => {
      const before = await valueOf(name);
      const poison = (tx: TenantTx) => tx.run(sql`select set_config(${name}, ${value}, false)`);
      await one.withTenant(s.acme.claim, poison);
      expect(await valueOf(name)).toEqual(before);
      // A setting of an earlier transaction, and a failure after it.
      await expect(
        one.withTenant(s.acme.claim, async (tx) => {
          await poison(tx);
          await tx.run(sql`commit and chain`);
          await tx.run(sql`select 1 / 0`);
        }),
      ).rejects.toMatchObject({ sqlState: "22012" });
      expect(await valueOf(name)).toEqual(before);
      expect(await one.platformStatement(seen, tenants)).toEqual([]);
    },
  );

  it("the settings of the session are of no use to the attacker either: what he wrote there is no claim", async () => {
    await one.withTenant(s.acme.claim, (tx) =>
      tx.run(sql`select set_config('app.claim', ${`v2.${s.globex.id}.1.9999999999.${"0".repeat(64)}`}, true)`),
    );
    const found = await one.withTenant(s.acme.claim, async (tx) => {
      await tx.run(sql`select set_config('app.claim', ${`v2.${s.globex.id}.1.9999999999.${"0".repeat(64)}`}, true)`);
      return tx.many(seen, tenants);
    });
    expect(found).toEqual([]);
  });
});
