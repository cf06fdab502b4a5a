import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKeys } from "#keys/io";
import { sealedEnvironment } from "#leases/io";
import { createDatabase } from "#platform/postgres";
import { openClients, setSecret, suspend } from "#tenants/io";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const t = await testDatabase();
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const root = mkdtempSync(join(tmpdir(), "countersign-sealed-"));
const database = createDatabase({ url: t.urls.broker, claimKey: t.claimKey, login: "lease broker" });
afterAll(async () => {
  await database.close();
  rmSync(root, { recursive: true, force: true });
});
let acme: TestTenant;
let globex: TestTenant;
let environment: ReturnType<typeof sealedEnvironment>;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
  const clients = await openClients(root);
  // As in the broker's process: its own login, its own memory of keys.
  environment = sealedEnvironment({ database, keys: createKeys({ kms: t.kms, clock: Date.now }), clients });
  const access = { ...t.operator, keys: t.keys, clients };
  for (const one of [acme, globex])
    await setSecret(access, { tenant: one.id, prefix: one.prefix, name: "DATABASE_URL", value: `postgres://${one.prefix}@db/x`, by }); // prettier-ignore
});

describe("T1, X14 a client's credentials in the broker's process", () => {
  it("open for the client that is asked for, by the broker's own login", async () => {
    expect(await environment.sealed(acme.id, "DATABASE_URL")).toEqual({ kind: "value", text: "postgres://acme@db/x" });
    expect(await environment.sealed(globex.id, "DATABASE_URL")).toEqual({ kind: "value", text: "postgres://globex@db/x" }); // prettier-ignore
    expect(await environment.sealed(acme.id, "OTHER")).toEqual({ kind: "absent" });
    expect(await environment.prefixOf(acme.id)).toBe("acme");
  });

  it("P15 fail closed: another client's sealed file in its folder opens nothing, and its sentence holds no value", async () => {
    const own = readFileSync(join(root, "acme", ".env"), "utf8");
    const theirs = readFileSync(join(root, "globex", ".env"), "utf8").replaceAll("GLOBEX", "ACME");
    writeFileSync(join(root, "acme", ".env"), theirs, { mode: 0o600 });
    const read = await environment.sealed(acme.id, "DATABASE_URL");
    expect(read.kind).toBe("refused");
    expect(JSON.stringify(read)).not.toContain("postgres://");
    writeFileSync(join(root, "acme", ".env"), own, { mode: 0o600 });
  });

  it("fail closed: a client that is suspended has none", async () => {
    await suspend({ ...t.operator, spool: t.spool }, { prefix: "globex", by, reason: "a test" });
    expect((await environment.sealed(globex.id, "DATABASE_URL")).kind).toBe("refused");
    expect(await environment.prefixOf(globex.id)).toBeNull();
  });
});
