// Attack: a run that was given a lease, or has stolen a handle, wants more than that: another's credential, a longer one, one that is over.

import { describe, expect, it } from "vitest";
import { handleDigest } from "#leases/io";
import { testDatabase } from "../support/database.ts";
import { leaseLab } from "../support/leases.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const lab = await leaseLab(t);
const broker = await lab.start();

async function leased(run = "run-1"): Promise<string> {
  const asked = await broker.ask(lab.request(acme, { run }));
  return asked.kind === "leased" ? asked.handle : expect.unreachable();
}

describe("X14 T1 a handle of somebody else's", () => {
  it.each([
    ["beside another run", () => ({ tenant: acme.id, run: "run-2" })],
    ["beside another tenant", () => ({ tenant: globex.id, run: "run-1" })],
  ])("%s opens nothing and ends nothing", async (_, whose) => {
    const handle = await leased();
    expect(await broker.redeem({ ...whose(), handle })).toEqual({ kind: "dead" });
    expect(await broker.finish({ ...whose(), handle })).toEqual({ kind: "unknown" });
    expect(broker.use(handle).kind).toBe("live");
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
  });

  it("ends with all of its tenant's, and with nobody else's", async () => {
    const [own, others] = [await leased(), await broker.ask(lab.request(globex))];
    await broker.revokeAll({ tenant: acme.id });
    expect(broker.use(own).kind).toBe("dead");
    expect(others.kind === "leased" && broker.use(others.handle).kind).toBe("live");
    await broker.revokeAll({ tenant: globex.id });
  });
});

describe("X14 a handle that is over", () => {
  it("is not replayed once its run is done", async () => {
    const handle = await leased();
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
    expect(broker.use(handle)).toEqual({ kind: "dead" });
    expect(await broker.redeem({ tenant: acme.id, run: "run-1", handle })).toEqual({ kind: "dead" });
    expect(await broker.finish({ tenant: acme.id, run: "run-1", handle })).toEqual({ kind: "unknown" });
  });

  it("is not redeemed in the second after its minute, before anything has swept", async () => {
    const handle = await leased();
    lab.time.advance(60_000);
    expect(await broker.redeem({ tenant: acme.id, run: "run-1", handle })).toEqual({ kind: "dead" });
    await broker.sweep();
  });
});

describe("X14 more than a minute", () => {
  it.each([61, 3_600, Number.MAX_SAFE_INTEGER, -1, 0])("%i seconds are refused", async (seconds) => {
    expect(await broker.ask(lab.request(acme, { seconds }))).toMatchObject({ kind: "refused" });
  });

  it("nor with the database's own word: a row of 61 seconds is none, and an end is not put off", async () => {
    const handle = await leased();
    const digest = handleDigest(handle);
    await expect(
      t.adminSql("update leases.lease set seconds = 61 where encode(handle, 'hex') = $1", [digest]),
    ).rejects.toThrow();
    await expect(
      t.adminSql(
        "update leases.lease set expires_at = expires_at + interval '1 hour' where encode(handle, 'hex') = $1",
        [digest],
      ),
    ).rejects.toThrow("only forward");
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
    await expect(
      t.adminSql("update leases.lease set state = 'active', ended_at = null where encode(handle, 'hex') = $1", [
        digest,
      ]),
    ).rejects.toThrow("only forward");
  });
});

describe("X14 what is stored", () => {
  it("holds no handle and no credential: neither the table, nor the spool, nor the log", async () => {
    const handle = await leased();
    const [token = ""] = lab.fake.minted.slice(-1);
    const all = JSON.stringify(await t.adminSql("select l::text from leases.lease l"));
    const { readFileSync, readdirSync } = await import("node:fs");
    const folder = `${lab.directory}/spool`;
    const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
    expect(files.length).toBeGreaterThan(1);
    for (const text of [all, ...files]) {
      expect(text).not.toContain(handle);
      expect(text).not.toContain(token);
    }
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
  });

  it("a file of the spool under another lease's name does not open", async () => {
    const handle = await leased();
    const { copyFileSync, readdirSync } = await import("node:fs");
    const folder = `${lab.directory}/spool`;
    const [name = ""] = readdirSync(folder).filter((each) => each.endsWith(".lease"));
    copyFileSync(`${folder}/${name}`, `${folder}/01ff0000-0000-7000-8000-000000000001.lease`);
    expect((await (await lab.spool()).read()).damaged).toEqual(["01ff0000-0000-7000-8000-000000000001.lease"]);
    await broker.finish({ tenant: acme.id, run: "run-1", handle });
  });
});

describe("T1 the app's own login", () => {
  it("reads the leases of its claim's tenant alone, and no handle's hash; it writes none", async () => {
    const app = await t.appClient();
    await app.query("begin");
    await app.query("select set_config('app.claim', $1, true)", [globex.claim.text]);
    expect((await app.query("select lease_id from leases.lease where tenant_id = $1", [acme.id])).rowCount).toBe(0);
    await expect(app.query("select handle from leases.lease")).rejects.toThrow("permission denied");
    await app.query("rollback");
    await expect(app.query("update leases.lease set state = 'active'")).rejects.toThrow("permission denied");
  });
});
