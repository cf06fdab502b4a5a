import { beforeAll, describe, expect, it } from "vitest";
import { Fault, tenantId } from "#kernel";
import { issueKey, listKeys, recognise, revokeKey, useKey, type IssuedKey } from "#identity/io";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const access = { ...t.operator, append: t.append, spool: t.spool };
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

async function issued(tenant: TestTenant, name = "auditor"): Promise<IssuedKey> {
  const key = await issueKey(t.operator, {
    tenant: tenant.id,
    name,
    capabilities: ["audit.read"],
    days: 30,
    by,
  });
  if (key === null) throw new Error("no key");
  return key;
}
const holder = (text: string) => t.db.withPlatform((tx) => recognise(tx, text));
const newest = (tenant: TestTenant) => t.db.withTenant(tenant.claim, (tx) => t.audit.recent(tx, { limit: 1 }));

describe("API keys", () => {
  it("are recognised as their tenant's, with what they allow", async () => {
    const key = await issued(acme);
    expect(await holder(key.text)).toEqual({ keyId: key.id, tenantId: acme.id, capabilities: ["audit.read"] });
  });

  it("are stored as a hash: nothing in the database is the key", async () => {
    const key = await issued(acme);
    const rows = await t.adminSql("select k::text as row from identity.api_key k where key_id = $1", [key.id]);
    expect(JSON.stringify(rows)).not.toContain(key.text.slice(4, 68));
  });

  it("each issue and revocation is an entry, in the same commit", async () => {
    const key = await issued(acme, "auditor 2");
    expect((await newest(acme))[0]).toMatchObject({
      kind: "key.issue",
      body: {
        initiator: { id: "ada" },
        target: { type: "api_key", id: key.id },
        payload: { name: "auditor 2", days: 30 },
      },
    });
    await revokeKey(access, { tenant: acme.id, keyId: key.id, by });
    expect((await newest(acme))[0]).toMatchObject({ kind: "key.revoke", body: { target: { id: key.id } } });
  });

  it("fail closed: a key whose entry cannot be written does not exist", async () => {
    const before = await listKeys(t.operator, acme.id);
    const broken = async (): Promise<never> => {
      throw new Error("the log cannot be written");
    };
    await expect(
      issueKey(
        { ...t.operator, append: broken },
        { tenant: acme.id, name: "x", capabilities: ["audit.read"], days: 1, by },
      ),
    ).rejects.toThrow("cannot be written");
    expect(await listKeys(t.operator, acme.id)).toEqual(before);
  });

  it("a key can be ended while the log takes no entries; the entry waits in the spool", async () => {
    const key = await issued(acme);
    const away = async (): Promise<never> => {
      throw new Fault("database_unavailable", "the disk is full");
    };
    const done = await revokeKey({ ...access, append: away }, { tenant: acme.id, keyId: key.id, by });
    expect(done).toMatchObject({ kind: "revoked" });
    expect(await holder(key.text)).toBeNull();
    expect(t.spooled.at(-1)).toMatchObject({
      tenant: acme.id,
      entry: { kind: "key.revoke", outcome: "success", target: { type: "api_key", id: key.id } },
    });
  });

  it("revoked is revoked: at once, once, and also for a request under way", async () => {
    const key = await issued(acme);
    const asked = { tenant: acme.id, keyId: key.id, by };
    expect(await revokeKey(access, asked)).toMatchObject({ kind: "revoked" });
    expect(await revokeKey(access, asked)).toMatchObject({ kind: "already" });
    expect(await holder(key.text)).toBeNull();
    expect(await t.db.withTenant(acme.claim, (tx) => useKey(tx, key.id))).toBe(false);
  });

  it("expired is nobody's", async () => {
    const key = await issued(acme);
    await t.adminSql(
      "update identity.api_key set issued_at = now() - interval '3 days', expires_at = now() - interval '1 second' where key_id = $1",
      [key.id],
    );
    expect(await holder(key.text)).toBeNull();
    expect(await t.db.withTenant(acme.claim, (tx) => useKey(tx, key.id))).toBe(false);
  });

  it("last use is kept, to the minute", async () => {
    const key = await issued(acme);
    expect(await t.db.withTenant(acme.claim, (tx) => useKey(tx, key.id))).toBe(true);
    const own = (await listKeys(t.operator, acme.id)).find(({ id }) => id === key.id);
    expect(own?.lastUsedAt).not.toBeNull();
  });

  it("T2 another tenant can neither list, revoke nor use one", async () => {
    const key = await issued(acme);
    expect((await listKeys(t.operator, globex.id)).map(({ id }) => id)).not.toContain(key.id);
    expect(await revokeKey(access, { tenant: globex.id, keyId: key.id, by })).toEqual({ kind: "unknown" });
    expect(await t.db.withTenant(globex.claim, (tx) => useKey(tx, key.id))).toBe(false);
    expect(await holder(key.text)).not.toBeNull();
  });

  it("a tenant that is not active or not there gets none", async () => {
    const nobody = tenantId("01ff0000-0000-7000-8000-00000000dead");
    if (nobody === null) throw new Error("no id");
    expect(
      await issueKey(t.operator, { tenant: nobody, name: "x", capabilities: ["audit.read"], days: 1, by }),
    ).toBeNull();
    expect(await listKeys(t.operator, nobody)).toEqual([]);
  });

  it.each<[string, string]>([
    ["reads the table", "select * from identity.api_key"],
    ["issues a key", "select identity.issue_key('\\x00', 'x', array['audit.read'], 1)"],
    ["revokes a key", "select identity.revoke_key(gen_random_uuid())"],
    ["lists keys", "select * from identity.own_keys()"],
    ["extends a key", "update identity.api_key set expires_at = now() + interval '1 year'"],
  ])("a break-in as the server %s: refused", async (_what, statement) => {
    const client = await t.appClient();
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
  });
});
