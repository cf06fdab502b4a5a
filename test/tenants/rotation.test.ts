// T3, K2: a tenant's key replaced, cut off anywhere, on real PostgreSQL and both key stores.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAudit } from "#audit/io";
import type { DekUse, Kms } from "#keys";
import { createKeys, createVaultKms, keyAges } from "#keys/io";
import { rotateKek } from "#tenants/io";
import { attack, asOperator, sampleEntry } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { startVault } from "../support/vault.ts";

const t = await testDatabase();
const root = mkdtempSync(join(tmpdir(), "countersign-rotation-"));
const vault = await startVault();
afterAll(async () => {
  await vault.close();
  rmSync(root, { recursive: true, force: true });
});
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const token = join(root, "token");
writeFileSync(token, "the-token");
const vaultKms = createVaultKms({
  address: vault.address,
  namespace: null,
  transitMount: vault.mount,
  login: { kind: "token_file", path: token },
});

const keysOf = (kms: Kms) => createKeys({ kms, clock: () => 0 });
const appendOf = (kms: Kms) => createAudit({ keys: keysOf(kms) }).append;
const rotate = (tenant: TestTenant, kms: Kms = t.kms) =>
  rotateKek({ ...t.operator, append: appendOf(kms), kms }, { tenant: tenant.id, by });

interface Row {
  readonly id: string;
  readonly wrapped: string;
}
const deksOf = async ({ id }: TestTenant): Promise<readonly Row[]> =>
  (
    await t.adminSql(
      "select dek_id as id, encode(wrapped, 'hex') as wrapped from keys.dek where tenant_id = $1 order by 1",
      [id],
    )
  ).map((row) => ({ id: String(row["id"]), wrapped: String(row["wrapped"]) }));
const versionsOf = async ({ id }: TestTenant): Promise<readonly string[]> =>
  (await t.adminSql("select version, state from keys.kek where tenant_id = $1 order by version", [id])).map(
    ({ version, state }) => `${String(version)} ${String(state)}`,
  );
/** Every data key, opened by a process that has nothing in memory. */
async function openedBy(tenant: TestTenant, kms: Kms): Promise<Readonly<Record<string, string>>> {
  const ids = (await deksOf(tenant)).map(({ id }) => id);
  const found = await t.db.withTenant(tenant.claim, (tx) => keysOf(kms).opening(tx, ids));
  return Object.fromEntries(
    [...found].map(([id, key]) => [id, key.kind === "key" ? Buffer.from(key.key).toString("hex") : key.kind]),
  );
}
const USES: readonly DekUse[] = [
  { purpose: "env" },
  { purpose: "evidence" },
  { purpose: "pii", subject: "github:7" },
  { purpose: "audit", month: "2027-03" },
];
async function withKeys(tenant: TestTenant, kms: Kms): Promise<void> {
  const keys = keysOf(kms);
  for (const use of USES) await t.db.withTenant(tenant.claim, (tx) => keys.sealing(tx, use));
}

let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  await withKeys(acme, t.kms);
  await withKeys(globex, t.kms);
});

describe("T3 a tenant's key is rotated", () => {
  it("every data key is in a new wrapping and opens as before; its log says so; nobody else's row changes", async () => {
    const [keys, rows, theirs] = [await openedBy(acme, t.kms), await deksOf(acme), await deksOf(globex)];
    expect(await rotate(acme)).toEqual({
      kind: "rotated",
      version: 2,
      rewrapped: rows.length,
      unreadable: 0,
      ended: null,
    });
    expect(await openedBy(acme, t.kms)).toEqual(keys);
    const after = new Set((await deksOf(acme)).map(({ wrapped }) => wrapped));
    expect(rows.filter(({ wrapped }) => after.has(wrapped))).toEqual([]);
    expect(await deksOf(globex)).toEqual(theirs);
    expect(await versionsOf(acme)).toEqual(["1 decrypt_only", "2 active"]);
    const [told] = await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 5, kinds: ["kek.rotate"] }));
    expect(told).toMatchObject({
      kind: "kek.rotate",
      body: { payload: { version: 2, rewrapped: rows.length, unreadable: 0 } },
    });
  });

  it("K2 a backup from before the rotation still opens: the version that was replaced is kept for 90 days", async () => {
    const hooli = await t.tenant("hooli", 3);
    await withKeys(hooli, t.kms);
    const [keys, old] = [await openedBy(hooli, t.kms), await deksOf(hooli)];
    const restore = async (): Promise<void> => {
      for (const { id, wrapped } of old)
        await t.adminSql("update keys.dek set wrapped = decode($2, 'hex') where dek_id = $1", [id, wrapped]);
    };
    await rotate(hooli);
    await restore();
    expect(await openedBy(hooli, t.kms)).toEqual(keys);
    // And is brought forward by the next rotation.
    const age = (days: number) =>
      t.adminSql("update keys.kek set retired_at = now() - make_interval(days => $2) where tenant_id = $1 and version = 1", [hooli.id, days]); // prettier-ignore
    await age(89);
    expect(await rotate(hooli)).toMatchObject({ version: 3, ended: null });
    await age(90);
    expect(await rotate(hooli)).toMatchObject({ version: 4, ended: 1, unreadable: 0 });
    expect(await versionsOf(hooli)).toEqual(["1 destroyed", "2 decrypt_only", "3 decrypt_only", "4 active"]);
    expect(await openedBy(hooli, t.kms)).toEqual(keys);
    await restore();
    expect(new Set(Object.values(await openedBy(hooli, t.kms)))).toEqual(new Set(["destroyed"]));
  });

  it("a data key that somebody altered is counted, and keeps nothing else from being rotated", async () => {
    const initech = await t.tenant("initech", 4);
    await withKeys(initech, t.kms);
    const [first] = await t.adminSql("select dek_id from keys.dek where tenant_id = $1 and purpose = 'evidence'", [
      initech.id,
    ]);
    await t.adminSql(
      "update keys.dek set wrapped = set_byte(wrapped, 29, get_byte(wrapped, 29) # 1) where dek_id = $1",
      [first?.["dek_id"]],
    );
    const { length } = await deksOf(initech);
    expect(await rotate(initech)).toMatchObject({ kind: "rotated", rewrapped: length - 1, unreadable: 1 });
  });

  it("a person's key that was destroyed stays so", async () => {
    await asOperator(t, globex, (tx) => t.keys.destroySubject(tx, "github:7"));
    await rotate(globex);
    expect(Object.values(await openedBy(globex, t.kms))).toContain("destroyed");
  });

  it("a tenant that is suspended, or whose key is destroyed, is not rotated", async () => {
    const umbrella = await t.tenant("umbrella", 5);
    await t.kms.destroy(umbrella.id);
    await expect(rotate(umbrella)).rejects.toMatchObject({ code: "keys_unavailable" });
    await t.adminSql("update platform.tenant set state = 'suspended' where id = $1", [umbrella.id]);
    expect(await rotate(umbrella)).toEqual({ kind: "inactive" });
  });

  it.each([
    "select keys.kek_begin()",
    "select keys.kek_finish(2)",
    "select keys.kek_end(9)",
    "select keys.kek_rewrap('{}', '{}', '{}')",
    "update keys.kek set state = 'destroyed'",
    "insert into keys.kek (tenant_id, version) select tenant_id, 9 from keys.kek",
  ])("T2 who has broken into the server cannot: %s", async (statement) => {
    expect(await attack(await t.appClient(), acme.claim.text, statement)).toMatchObject({ refused: "42501" });
  });
});

/** A key store that a process loses, for good, at its `at`-th call: before the call was carried out, or after. */
function cutOff(kms: Kms, at: number, after: boolean): Kms {
  let calls = 0;
  const cut = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls < at) return work();
    if (calls === at && after) await work();
    throw new Error("the process ended");
  };
  return {
    ...kms,
    wrap: (...given) => cut(() => kms.wrap(...given)),
    unwrap: (...given) => cut(() => kms.unwrap(...given)),
    rewrap: (...given) => cut(() => kms.rewrap(...given)),
    rotate: (...given) => cut(() => kms.rotate(...given)),
    endVersions: (...given) => cut(() => kms.endVersions(...given)),
  };
}

describe.each<[string, Kms]>([
  ["the file root key", t.kms],
  ["Vault's transit engine", vaultKms],
])("K2 cut off anywhere, with %s", (store, kms) => {
  let installation = store.length * 100;

  it("both versions open at every moment, the next run goes on, and nothing is wrapped twice", async () => {
    const prefix = `k2${store.slice(0, 3).trim().toLowerCase()}`.replaceAll(/[^a-z0-9]/g, "x");
    const tenant = await t.tenant(prefix, (installation += 1));
    // In a key store of its own, where that is Vault: what onboarding made in the other one is put aside.
    if (kms !== t.kms) await t.adminSql("delete from keys.dek where tenant_id = $1", [tenant.id]);
    if (kms !== t.kms) await kms.open(null);
    await withKeys(tenant, kms);
    const crash = fc.record({
      at: fc.integer({ min: 1, max: 24 }),
      after: fc.boolean(),
      makes: fc.boolean(),
      days: fc.constantFrom(0, 91),
    });
    let month = 1;
    await fc.assert(
      fc.asyncProperty(fc.array(crash, { maxLength: 4 }), async (crashes) => {
        const keys = new Map(Object.entries(await openedBy(tenant, kms)));
        for (const { at, after, makes, days } of crashes) {
          await t.adminSql("update keys.kek set retired_at = retired_at - make_interval(days => $2) where tenant_id = $1 and state = 'decrypt_only'", [tenant.id, days]); // prettier-ignore
          await rotate(tenant, cutOff(kms, at, after)).catch((error: unknown) => {
            expect(String(error)).toContain("the process ended");
          });
          if (makes) {
            const use: DekUse = { purpose: "audit", month: `${2030 + month}-01` };
            month += 1;
            await t.db.withTenant(tenant.claim, (tx) => keysOf(kms).sealing(tx, use));
          }
          for (const [id, key] of Object.entries(await openedBy(tenant, kms))) {
            expect(key).toMatch(/^[0-9a-f]{64}$/);
            expect(key).toBe(keys.get(id) ?? key);
            keys.set(id, key);
          }
        }
        const done = await rotate(tenant, kms);
        expect(done).toMatchObject({ kind: "rotated", unreadable: 0 });
        expect(await openedBy(tenant, kms)).toMatchObject(Object.fromEntries(keys));
        const states = (await versionsOf(tenant)).map((line) => line.replace(/^\d+ /, ""));
        expect(states.at(-1)).toBe("active");
        expect(states.slice(0, -1).every((state) => state === "decrypt_only" || state === "destroyed")).toBe(true);
        expect((await versionsOf(tenant)).length).toBe(done.kind === "rotated" ? done.version : 0);
        // One length for all: nothing is wrapped around what was wrapped already.
        expect(new Set((await deksOf(tenant)).map(({ wrapped }) => wrapped.length)).size).toBe(1);
      }),
      { numRuns: 12 },
    );
  }, 120_000);

  it("of two rotations at the same moment, one is made", async () => {
    const tenant = await t.tenant(`twice${installation}`, (installation += 1));
    if (kms !== t.kms) await t.adminSql("delete from keys.dek where tenant_id = $1", [tenant.id]);
    await withKeys(tenant, kms);
    const both = await Promise.all([rotate(tenant, kms), rotate(tenant, kms)]);
    const rotated = both.filter(({ kind }) => kind === "rotated").length;
    expect(await versionsOf(tenant)).toHaveLength(1 + rotated);
    expect(Object.values(await openedBy(tenant, kms)).every((key) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
  });
});

describe("K5 how old a tenant's keys are", () => {
  it("of the key that wraps now; before any rotation, since its first data key", async () => {
    const pied = await t.tenant("pied", 6);
    await withKeys(pied, t.kms);
    const ages = () => t.db.withTenant(pied.claim, keyAges);
    expect(await ages()).toEqual({ kek: 0, env: 0, rotated: false });
    await t.adminSql("update keys.dek set created_at = now() - interval '95 days 1 hour' where tenant_id = $1", [
      pied.id,
    ]);
    expect(await ages()).toEqual({ kek: 95, env: 95, rotated: false });
    await t.db.withTenant(pied.claim, (tx) => t.append(tx, sampleEntry()));
    await rotate(pied);
    expect(await ages()).toEqual({ kek: 0, env: 95, rotated: true });
  });
});
