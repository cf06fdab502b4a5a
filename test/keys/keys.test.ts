import { beforeAll, describe, expect, it } from "vitest";
import { Fault } from "#kernel";
import type { DekUse, Kms } from "#keys";
import { createKeys } from "#keys/io";
import { asOperator } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

/** Keys of a process of its own, with a clock and a key store that we hold. */
function fresh() {
  const held = { now: 0, away: false, unwraps: 0 };
  const kms: Kms = {
    ...t.kms,
    async unwrap(...given) {
      if (held.away) throw new Fault("keys_unavailable", "away");
      held.unwraps += 1;
      return t.kms.unwrap(...given);
    },
  };
  return { keys: createKeys({ kms, clock: () => held.now }), held };
}
const NOVEMBER: DekUse = { purpose: "audit", month: "2026-11" };
const ANN: DekUse = { purpose: "pii", subject: "github:7" };
const sealing = (keys: ReturnType<typeof fresh>["keys"], use: DekUse, tenant = acme) =>
  t.db.withTenant(tenant.claim, (tx) => keys.sealing(tx, use));
const opening = async (keys: ReturnType<typeof fresh>["keys"], id: string, tenant = acme) =>
  (await t.db.withTenant(tenant.claim, (tx) => keys.opening(tx, [id]))).get(id);

describe("T3 data keys", () => {
  it("a tenant has its keys from its first entry on", async () => {
    const rows = await t.adminSql("select purpose from keys.dek where tenant_id = $1 order by purpose", [acme.id]);
    expect(rows.map(({ purpose }) => purpose)).toEqual(["audit", "column"].toSorted((a, b) => (a < b ? 1 : -1)));
    expect(await t.kms.state(acme.id)).toBe("active");
  });

  it.each<[string, DekUse]>([
    ["another month", { purpose: "audit", month: "2026-12" }],
    ["another purpose", { purpose: "evidence" }],
    ["a person", ANN],
    ["another person", { purpose: "pii", subject: "github:8" }],
  ])("%s has another key, and it is the same one in every process", async (_, use) => {
    const base = await sealing(fresh().keys, NOVEMBER);
    const one = await sealing(fresh().keys, use);
    expect(await sealing(fresh().keys, use)).toEqual(one);
    expect(one.id).not.toBe(base.id);
    expect(Buffer.from(one.key).equals(Buffer.from(base.key))).toBe(false);
    expect(await sealing(fresh().keys, use, globex)).not.toEqual(one);
  });

  it("of many transactions that need a new key at the same instant one makes it, and all use that one", async () => {
    const use: DekUse = { purpose: "audit", month: "2027-01" };
    const all = await Promise.all(Array.from({ length: 16 }, () => sealing(fresh().keys, use)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it("a key made in a transaction that is rolled back is used by nobody afterwards", async () => {
    const { keys } = fresh();
    const use: DekUse = { purpose: "webhook" };
    let made = "";
    await expect(
      t.db.withTenant(acme.claim, async (tx) => {
        made = (await keys.sealing(tx, use)).id;
        throw new Error("the act was not committed");
      }),
    ).rejects.toThrow("not committed");
    expect((await sealing(keys, use)).id).not.toBe(made);
  });

  it("T2 another tenant's key is unknown, not opened", async () => {
    const { id } = await sealing(fresh().keys, NOVEMBER);
    expect(await opening(fresh().keys, id, globex)).toEqual({ kind: "unknown" });
  });

  it.each<[string, string]>([
    ["its month", "update keys.dek set month = '2030-01-01' where dek_id = $1"],
    ["its bytes", "update keys.dek set wrapped = set_byte(wrapped, 29, get_byte(wrapped, 29) # 1) where dek_id = $1"],
  ])("a row whose %s was changed does not open", async (_, change) => {
    const use: DekUse = { purpose: "audit", month: "2028-01" };
    const { id } = await sealing(fresh().keys, use);
    await t.adminSql(change, [id]);
    expect(await opening(fresh().keys, id)).toEqual({ kind: "unknown" });
    await t.adminSql("delete from keys.dek where dek_id = $1", [id]);
  });
});

describe("T3 the key store's absence", () => {
  it("a key that was unwrapped works on for five minutes and no longer; then it fails closed", async () => {
    const { keys, held } = fresh();
    const { id } = await sealing(keys, NOVEMBER);
    held.away = true;
    held.now = 5 * 60_000 - 1;
    expect((await sealing(keys, NOVEMBER)).id).toBe(id);
    expect(held.unwraps).toBe(1);
    held.now = 5 * 60_000;
    await expect(sealing(keys, NOVEMBER)).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(opening(keys, id)).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it("a clock that is put back by an hour keeps no key alive for that hour", async () => {
    const { keys, held } = fresh();
    held.now = 3_600_000;
    await sealing(keys, NOVEMBER);
    held.away = true;
    held.now = 0;
    await expect(sealing(keys, NOVEMBER)).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  it("disabled, nothing is sealed nor opened, at once in this process; enabled, everything is there again", async () => {
    const { keys } = fresh();
    const { id } = await sealing(keys, NOVEMBER);
    await keys.disableTenant(acme.id);
    await expect(sealing(keys, NOVEMBER)).rejects.toMatchObject({ code: "keys_unavailable" });
    await keys.enableTenant(acme.id);
    expect(await opening(keys, id)).toMatchObject({ kind: "key" });
  });
});

describe("T3 erasure", () => {
  it("one person's key is destroyed alone, for good, and a later entry about them has a new one", async () => {
    const { keys } = fresh();
    const [ann, bob] = [await sealing(keys, ANN), await sealing(keys, { purpose: "pii", subject: "github:8" })];
    const destroy = (): Promise<boolean> => asOperator(t, acme, (tx) => keys.destroySubject(tx, "github:7"));
    expect(await destroy()).toBe(true);
    expect(await destroy()).toBe(false);
    expect(await opening(keys, ann.id)).toEqual({ kind: "destroyed" });
    expect(await opening(keys, bob.id)).toMatchObject({ kind: "key" });
    expect((await sealing(keys, ANN)).id).not.toBe(ann.id);
    expect(await t.adminSql("select wrapped from keys.dek where dek_id = $1", [ann.id])).toEqual([{ wrapped: null }]);
  });

  it("the table names nobody: a person is an HMAC under a key of the tenant", async () => {
    const rows = await t.adminSql("select encode(subject, 'escape') as s from keys.dek where subject is not null");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("github");
  });

  it("case 20: the tenant's key destroyed: every data key of it is, without a row being touched", async () => {
    const hooli = await t.tenant("hooli", 9);
    const { keys } = fresh();
    const { id } = await sealing(keys, NOVEMBER, hooli);
    await keys.destroyTenant(hooli.id);
    expect(await opening(keys, id, hooli)).toEqual({ kind: "destroyed" });
    await expect(sealing(keys, NOVEMBER, hooli)).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(sealing(keys, { purpose: "evidence" }, hooli)).rejects.toThrow(/destroyed/);
  });
});
