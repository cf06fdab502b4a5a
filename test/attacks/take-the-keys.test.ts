// Whoever holds the database, its backups or the app's login goes for the keys: to read what is sealed, or to make it
// unreadable for everybody.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { asOperator, attack, sampleEntry, scene, type Scene } from "../support/attack.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
});
afterAll(async () => {
  await checkWorld(t);
});

describe("T3 the app's own login, hijacked", () => {
  it.each<[string, string]>([
    ["replace a wrapped key with rubbish", "update keys.dek set wrapped = decode(repeat('00', 60), 'hex')"],
    ["mark a key destroyed", "update keys.dek set state = 'destroyed', wrapped = null, destroyed_at = now()"],
    ["delete the keys", "delete from keys.dek"],
    ["empty the table", "truncate keys.dek"],
    ["claim another root", "update keys.root set fingerprint = 'file:00000000'"],
    ["forget the root", "delete from keys.root"],
    [
      "put a key in another's place",
      "insert into keys.dek (tenant_id, dek_id, purpose, month, version, wrapped, state) select tenant_id, platform.uuidv7(), purpose, month, 9, wrapped, 'active' from keys.dek",
    ],
    ["take a right", "alter table keys.dek disable row level security"],
  ])("cannot %s", async (_, statement) => {
    expect(await attack(s.app, s.acme.claim.text, statement)).toMatchObject({ refused: "42501" });
  });

  it("sees its own tenant's keys only", async () => {
    const own = await attack(s.app, s.acme.claim.text, "select distinct tenant_id from keys.dek");
    expect(own).toMatchObject({ rows: [{ tenant_id: s.acme.id }] });
  });

  it("erases nobody: that is the operator's act, with its entry", async () => {
    const about = { personal: { subject: "github:7", data: "acme's" } };
    const id = await t.db.withTenant(s.acme.claim, (tx) => t.append(tx, sampleEntry("x", about)));
    for (const which of ["subject", "null::bytea"])
      expect(
        await attack(
          s.app,
          s.acme.claim.text,
          `select keys.destroy_subject(${which}) from keys.dek where subject is not null`,
        ),
      ).toMatchObject({ refused: "42501" });
    const read = await t.db.withTenant(s.acme.claim, (tx) => t.audit.entryById(tx, id));
    expect(read?.personal).toMatchObject({ kind: "open" });
  });
});

describe("T3 the operator's login, in the wrong hands", () => {
  const destroyed = async (tenant: TestTenant, subject: Buffer | null): Promise<number> =>
    asOperator(
      t,
      tenant,
      async (tx) =>
        (await tx.one(sql`select keys.destroy_subject(${subject}::bytea) as n`, z.object({ n: z.int() }))).n,
    );
  const subjectOf = async (tenant: TestTenant): Promise<Buffer> => {
    const [row] = await t.adminSql("select subject from keys.dek where tenant_id = $1 and subject is not null", [
      tenant.id,
    ]);
    return z.instanceof(Buffer).parse(row?.["subject"]);
  };

  it("erases nobody of another tenant, and no key that is the tenant's own", async () => {
    const about = { personal: { subject: "github:7", data: "globex's" } };
    await t.db.withTenant(s.globex.claim, (tx) => t.append(tx, sampleEntry("x", about)));
    expect(await destroyed(s.acme, await subjectOf(s.globex))).toBe(0);
    expect(await destroyed(s.acme, null)).toBe(0);
    expect(await t.adminSql("select from keys.dek where state = 'destroyed'")).toEqual([]);
  });

  it("under a legal hold it destroys nobody's key, whoever calls the procedure", async () => {
    await t.adminSql("insert into audit.legal_hold (tenant_id, hold_id, act) select $1, gen_random_uuid(), 'set'", [
      s.globex.id,
    ]);
    const subject = await subjectOf(s.globex);
    await expect(destroyed(s.globex, subject)).rejects.toMatchObject({ code: "database_refused" });
    expect(await t.adminSql("select from keys.dek where state = 'destroyed'")).toEqual([]);
  });
});

describe("T3 the database, stolen whole", () => {
  it("holds no key that opens anything: not the root, not a tenant's, not a data key", async () => {
    const secrets = readdirSync(t.keysDir).map((name) => readFileSync(join(t.keysDir, name), "utf8"));
    const root = secrets.find((text) => /^[0-9a-f]{64}\n$/.test(text))?.trim() ?? expect.unreachable();
    const tables = await t.adminSql(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname in ('audit', 'keys', 'keyring', 'platform', 'inbox', 'gate', 'identity')`,
    );
    for (const { name } of tables) {
      const found = await t.adminSql(`select from ${String(name)} x where position($1 in x::text) > 0`, [root]);
      expect(found, `${String(name)} holds the root key`).toEqual([]);
    }
    const wrapped = await t.adminSql("select dek_id, octet_length(wrapped) as n from keys.dek");
    // Header 17, nonce 12, key 32, tag 16: a key in clear would be shorter.
    expect(new Set(wrapped.map(({ n }) => n))).toEqual(new Set([77]));
  });

  it("a data key moved to another tenant's row opens nothing there", async () => {
    const [row] = await t.adminSql("select wrapped from keys.dek where tenant_id = $1 and purpose = 'audit'", [
      s.acme.id,
    ]);
    await t.adminSql(
      "insert into keys.dek (tenant_id, dek_id, purpose, version, wrapped) values ($1, '01ff0000-0000-7000-8000-0000000000d1', 'packet', 1, $2)",
      [s.globex.id, row?.["wrapped"]],
    );
    await expect(
      t.db.withTenant(s.globex.claim, (tx) => t.keys.sealing(tx, { purpose: "packet" })),
    ).rejects.toMatchObject({ code: "keys_unavailable" });
  });
});
