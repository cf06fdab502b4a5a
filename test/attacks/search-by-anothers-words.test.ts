// The index that entries are found by holds keyed hashes. Two tenants that write the same words have nothing in common in it, so that
// whoever reads all of the table (a backup, an auditor's login) learns of no person that is in both, and no tenant can look words up.

import { beforeAll, describe, expect, it } from "vitest";
import { sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  for (const tenant of [acme, globex])
    await t.db.withTenant(tenant.claim, (tx) =>
      t.append(
        tx,
        sampleEntry("the same words", {
          initiator: { type: "human", id: "4711" },
          target: { type: "pull_request", id: "77#12" },
          requestId: "the-same-request",
          personal: { subject: "human:4711", data: { mail: "ann@example.com" } },
        }),
      ),
    );
});

const columns = async (table: string, column: string, tenant: TestTenant): Promise<readonly string[]> =>
  (
    await t.adminSql(`select ${column}::text as value from ${table} where tenant_id = $1 and ${column} is not null`, [
      tenant.id,
    ])
  ).map(({ value }) => String(value));

describe("R1, T2 the same words of two tenants", () => {
  it("are other terms in the index", async () => {
    const [mine, theirs] = await Promise.all(
      [acme, globex].map((each) =>
        columns("(select tenant_id, unnest(blind) as term from audit.search) s", "term", each),
      ),
    );
    expect(mine?.length).toBeGreaterThan(2);
    expect(mine?.filter((term) => theirs?.includes(term))).toEqual([]);
  });

  it.each([
    ["a sealed body", "audit.body", "ct"],
    ["a nonce", "audit.body", "nonce"],
    ["a wrapped key", "keys.dek", "wrapped"],
    ["a leaf's hash", "audit.entry", "leaf_hash"],
  ])("share not one byte string: %s", async (_, table, column) => {
    const [mine, theirs] = await Promise.all([acme, globex].map((each) => columns(table, column, each)));
    expect(mine?.length).toBeGreaterThan(0);
    expect(mine?.filter((value) => theirs?.includes(value))).toEqual([]);
  });

  it("stand nowhere in clear: not the person, the mail, the request, nor what it was about", async () => {
    for (const table of ["audit.search", "audit.body", "keys.dek", "audit.entry", "graphile_worker._private_jobs"])
      expect(
        await t.adminSql(`select from ${table} x where x::text ~ 'ann@example|the-same-request|the same words|77#12'`),
        table,
      ).toEqual([]);
  });
});
