import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKeys } from "#keys/io";
import {
  openClients,
  openSecret,
  removeSecret,
  rotateSecrets,
  setSecret,
  type Clients,
  type SecretAccess,
} from "#tenants/io";
import { testDatabase, type TestTenant } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const by = { operator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
const root = mkdtempSync(join(tmpdir(), "countersign-clients-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let clients: Clients;
let access: SecretAccess;
let acme: TestTenant;
let globex: TestTenant;
beforeAll(async () => {
  clients = await openClients(root);
  access = { ...t.operator, keys: t.keys, clients };
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});

const file = (of: TestTenant): string => join(root, of.prefix, ".env");
const set = (of: TestTenant, name: string, value: string) =>
  setSecret(access, { tenant: of.id, prefix: of.prefix, name, value, by });
const open = (of: TestTenant, name: string) =>
  t.db.withTenant(of.claim, (tx) => openSecret(access, tx, { prefix: of.prefix, name }));
async function valueOf(of: TestTenant, name: string): Promise<string | null> {
  const opened = await open(of, name);
  return opened.kind === "opened" ? opened.reveal() : null;
}
const entries = (of: TestTenant) => t.db.withTenant(of.claim, (tx) => t.audit.recent(tx, { limit: 20 }));

describe("T1 a client's credentials", () => {
  it.each([
    "postgres://reader:pa$$word@db/shop",
    "$(id)",
    "${GLOBEX_TOKEN}",
    "two\nlines",
    "\u{1f511} ключ",
    "x".repeat(20_000),
  ])("P13 come back as they went in, and stand nowhere in clear: %j", async (value) => {
    expect(await set(acme, "TOKEN", value)).toMatchObject({ kind: "written", names: ["TOKEN"] });
    expect(await valueOf(acme, "TOKEN")).toBe(value);
    expect(readFileSync(file(acme), "utf8")).toMatch(/^# .*\nACME_TOKEN=enc:v1:[0-9a-f-]{36}:[A-Za-z0-9_-]+\n$/);
  });

  it("each change is an entry of the client's log: names and keys, no value", async () => {
    await set(acme, "WEBHOOK", "hunter2-hunter2");
    const [newest] = await entries(acme);
    expect(newest).toMatchObject({
      kind: "secret.set",
      body: { initiator: by.operator, target: { type: "tenant", id: acme.id }, payload: { names: ["WEBHOOK"] } },
    }); // prettier-ignore
    expect(JSON.stringify(newest)).not.toContain("hunter2");
  });

  it("P15 fails closed: one client's file in another's folder, or a value under another name, opens nothing", async () => {
    await set(acme, "TOKEN", "acme's own");
    await set(globex, "TOKEN", "globex's own");
    const own = readFileSync(file(globex), "utf8");
    writeFileSync(file(globex), readFileSync(file(acme), "utf8").replaceAll("ACME_", "GLOBEX_"), { mode: 0o600 });
    expect(await open(globex, "TOKEN")).toMatchObject({
      kind: "refused",
      problems: [expect.stringMatching(/does not open/)],
    });
    copyFileSync(file(acme), file(globex));
    expect(await open(globex, "TOKEN")).toMatchObject({
      kind: "refused",
      problems: expect.arrayContaining([expect.stringMatching(/another client/)]),
    });
    writeFileSync(file(globex), own.replace("GLOBEX_TOKEN", "GLOBEX_OTHER"), { mode: 0o600 });
    expect(await open(globex, "OTHER")).toMatchObject({ kind: "refused" });
    writeFileSync(file(globex), own, { mode: 0o600 });
    expect(await valueOf(globex, "TOKEN")).toBe("globex's own");
  });

  it("P12 fails closed: beside a value in plain text nothing is opened and nothing is written", async () => {
    const own = readFileSync(file(globex), "utf8");
    writeFileSync(file(globex), `${own}GLOBEX_PLAIN=hunter2-hunter2\n`, { mode: 0o600 });
    expect(await open(globex, "TOKEN")).toMatchObject({ kind: "refused" });
    expect(await set(globex, "OTHER", "x")).toMatchObject({ kind: "refused" });
    expect(readFileSync(file(globex), "utf8")).toContain("GLOBEX_PLAIN");
    writeFileSync(file(globex), own, { mode: 0o600 });
  });

  it("rotation seals everything under a new key; what a backup holds still opens, and nobody seals with the old key", async () => {
    await set(acme, "A", "one");
    await set(acme, "B", "two");
    const before = readFileSync(file(acme), "utf8");
    const done = await rotateSecrets(access, { tenant: acme.id, prefix: "acme", by });
    expect(done).toMatchObject({ kind: "written", names: ["TOKEN", "WEBHOOK", "A", "B"] });
    const after = readFileSync(file(acme), "utf8");
    const keysIn = (text: string): readonly string[] => [...new Set(text.match(/[0-9a-f-]{36}(?=:)/g))];
    expect(keysIn(after)).toHaveLength(1);
    expect(keysIn(before)).not.toEqual(keysIn(after));
    expect(await valueOf(acme, "B")).toBe("two");
    const [newest] = await entries(acme);
    expect(newest).toMatchObject({
      kind: "secret.rotate",
      body: { payload: { names: ["TOKEN", "WEBHOOK", "A", "B"] } },
    });
    writeFileSync(file(acme), before, { mode: 0o600 });
    expect(await valueOf(acme, "A")).toBe("one");
    writeFileSync(file(acme), after, { mode: 0o600 });
    const fresh = createKeys({ kms: t.kms, clock: Date.now });
    const sealing = await t.db.withTenant(acme.claim, (tx) => fresh.sealing(tx, { purpose: "env" }));
    expect(keysIn(after)).toEqual([sealing.id]);
  });

  it("the server's own role can rotate nothing", async () => {
    await expect(t.db.withTenant(acme.claim, (tx) => t.keys.retireEnv(tx))).rejects.toMatchObject({
      code: "database_refused",
    });
  });

  it("values set at the same moment are all there", async () => {
    const names = Array.from({ length: 8 }, (_, n) => `AT_ONCE_${n}`);
    await Promise.all(names.map(async (name) => set(acme, name, `value of ${name}`)));
    for (const name of names) expect(await valueOf(acme, name)).toBe(`value of ${name}`);
  });

  it("fails closed: where the log takes no entry the file stays as it was", async () => {
    const before = readFileSync(file(acme), "utf8");
    const append = () => Promise.reject(new Error("the log is away"));
    await expect(
      setSecret({ ...access, append }, { tenant: acme.id, prefix: "acme", name: "TOKEN", value: "new", by }),
    ).rejects.toThrow("away");
    expect(readFileSync(file(acme), "utf8")).toBe(before);
  });

  it("fails closed: where the entry cannot be committed the file stays as it was", async () => {
    const before = readFileSync(file(acme), "utf8");
    const append: typeof t.append = async (tx, entry) => {
      const id = await t.append(tx, entry);
      await t.adminSql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'countersign operator' and datname = current_database()",
      );
      return id;
    };
    await expect(
      setSecret({ ...access, append }, { tenant: acme.id, prefix: "acme", name: "TOKEN", value: "new", by }),
    ).rejects.toMatchObject({ code: "database_unavailable" });
    expect(readFileSync(file(acme), "utf8")).toBe(before);
    expect(await valueOf(acme, "TOKEN")).not.toBe("new");
  });

  it("cut off between its entry and its file, a change is told and can be done again: nothing that was there is lost", async () => {
    const cut: Clients = { ...clients, writeEnv: () => Promise.reject(new Error("the machine went down")) };
    await set(acme, "KEPT", "before");
    const asked = { tenant: acme.id, prefix: "acme", by };
    await expect(rotateSecrets({ ...access, clients: cut }, asked)).rejects.toThrow("do it again");
    expect((await entries(acme))[0]).toMatchObject({ kind: "secret.rotate" });
    expect(await valueOf(acme, "KEPT")).toBe("before");
    await expect(setSecret({ ...access, clients: cut }, { ...asked, name: "KEPT", value: "after" })).rejects.toThrow();
    expect(await valueOf(acme, "KEPT")).toBe("before");
    expect(await rotateSecrets(access, asked)).toMatchObject({ kind: "written" });
    await set(acme, "KEPT", "after");
    expect(await valueOf(acme, "KEPT")).toBe("after");
  });

  it("a file that would be too large to be read again is not written", async () => {
    const before = readFileSync(file(acme), "utf8");
    expect(await set(acme, "LARGE", "x".repeat(32_000))).toMatchObject({ kind: "written" });
    expect(await set(acme, "LARGER", "x".repeat(32_000))).toMatchObject({
      kind: "refused",
      problems: [expect.stringContaining("Nothing was changed")],
    });
    expect(await valueOf(acme, "LARGE")).toHaveLength(32_000);
    await removeSecret(access, { tenant: acme.id, prefix: "acme", name: "LARGE", by });
    expect(readFileSync(file(acme), "utf8")).toBe(before);
  });

  it("one that is removed is gone; one that was never there changes nothing", async () => {
    const asked = { tenant: acme.id, prefix: "acme", name: "WEBHOOK", by };
    expect(await removeSecret(access, asked)).toMatchObject({ names: ["WEBHOOK"] });
    expect(await open(acme, "WEBHOOK")).toEqual({ kind: "absent" });
    const before = (await entries(acme)).length;
    expect(await removeSecret(access, asked)).toMatchObject({ names: [] });
    expect(await entries(acme)).toHaveLength(before);
  });

  it("are noise once the tenant's key is destroyed", async () => {
    await t.kms.destroy(globex.id);
    const fresh = createKeys({ kms: t.kms, clock: Date.now });
    const opened = await t.db.withTenant(globex.claim, (tx) =>
      openSecret({ clients, keys: fresh }, tx, { prefix: "globex", name: "TOKEN" }),
    );
    expect(opened).toMatchObject({ kind: "refused", problems: [expect.stringMatching(/destroyed/)] });
  });

  it("leave the world as it should be", async () => {
    await checkWorld(t);
  });
});
