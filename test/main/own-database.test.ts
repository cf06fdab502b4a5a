// An own PostgreSQL, as in production: `migrate` with the owner's login, the server with its own, and refusals in between.

import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { appKey, serveWorld, makeWorld } from "#demo/world";
import { program, temporaryDirectory } from "../support/program.ts";
import { testDatabase } from "../support/database.ts";
import { startVault } from "../support/vault.ts";

const t = await testDatabase("own cluster");
const key = appKey();
const secret = "9f2c81d07be64a35b1d0e88f53a7c264";
const github = await serveWorld(
  makeWorld({ now: Date.now, app: { id: 4242, publicKey: key.publicKey }, webhook: { secret } }),
);

const login = (name: string, database: string): string => {
  const url = new URL(t.urls.admin);
  url.username = name;
  url.password = "0c6f1d2b7a";
  url.pathname = `/${database}`;
  return url.href;
};
const name = new URL(t.urls.admin).pathname.slice(1);
const env = {
  APP_ID: "4242", PRIVATE_KEY: key.privateKey, WEBHOOK_SECRET: secret, GITHUB_API_URL: github.url, NODE_ENV: "production", PORT: "0",
  DATABASE_URL: login(`server_${name}`, name), CLAIM_KEY: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2), KEYS_DIR: t.keysDir,
  SEQUENCER_DATABASE_URL: login(`sequencer_${name}`, name), DATA_DIR: temporaryDirectory(), CLIENTS_DIR: join(temporaryDirectory(), "clients"),
}; // prettier-ignore

const vault = await startVault();
afterAll(() => vault.close());
const tokenFile = join(temporaryDirectory(), "token");
writeFileSync(tokenFile, "the-token", { mode: 0o600 });

describe("production", () => {
  test("migrate makes the server's login and brings the schema; run again, it changes nothing", async () => {
    expect((await program(["migrate"], env).ended).err).toContain("DATABASE_ADMIN_URL is missing");
    const withOwner = { ...env, DATABASE_ADMIN_URL: t.urls.admin };
    expect(await program(["migrate"], withOwner).ended).toMatchObject({
      status: 0,
      out: "The database was up to date.\n",
    });
    expect(JSON.parse((await program(["migrate", "--json"], withOwner).ended).out)).toEqual({
      kind: "done",
      applied: [],
    });
  });

  test("the server starts with its own login, without the owner's, and ends in order", async () => {
    const server = program(["serve"], env);
    const [, url] = await server.says(/ready: (\S+)/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/api/github/webhooks`, { method: "POST", body: "{}" })).status).toBe(401);
    expect(await (await fetch(url ?? "")).text(), "whoever comes with a browser is asked to sign in").toContain(
      "Sign in",
    );
    server.child.kill("SIGTERM");
    expect((await server.ended).status).toBe(0);
  });

  test("P10 the server does not start when a link takes its directory of clients elsewhere", async () => {
    const moved = `${env.CLIENTS_DIR}-moved`;
    renameSync(env.CLIENTS_DIR, moved);
    symlinkSync(moved, env.CLIENTS_DIR);
    expect(await program(["serve"], env).ended).toMatchObject({
      status: 2,
      err: expect.stringMatching(/CLIENTS_DIR.* leads to .*-moved now/),
    });
    rmSync(env.CLIENTS_DIR);
    renameSync(moved, env.CLIENTS_DIR);
  });

  test("D9: a superuser's login is refused at the start", async () => {
    expect(await program(["serve"], { ...env, DATABASE_URL: t.urls.admin }).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining("is a superuser, so row-level security would not hold for it"),
    });
  });

  test.each([
    ["nobody gave the sequencer its login", { SEQUENCER_DATABASE_URL: "" }, "SEQUENCER_DATABASE_URL is missing"],
    [
      "the sequencer's login is the app's",
      { SEQUENCER_DATABASE_URL: env.DATABASE_URL },
      "names a login that is another's",
    ],
    ["nobody named a place for keys", { KEYS_DIR: "" }, "KEYS_DIR is missing"],
    [
      "the keys are said to be in Vault, and the database's are in a directory",
      { KMS: "vault", KEYS_DIR: "", VAULT_ADDR: vault.address, VAULT_TOKEN_FILE: tokenFile },
      "Set KMS=file",
    ],
    ["the place has no root key, and the database has keys", { KEYS_DIR: temporaryDirectory() }, "has no root.key"],
  ])("T3 fail closed: %s", async (_, over, why) => {
    expect(await program(["serve"], { ...env, ...over }).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining(why),
    });
  });

  test("only the operator's login creates tenants", async () => {
    expect(await program(["tenant", "onboard", "acme"], env).ended).toMatchObject({
      status: 1,
      err: expect.stringContaining("DATABASE_ADMIN_URL is missing"),
    });
    const withOwner = { ...env, DATABASE_ADMIN_URL: t.urls.admin };
    expect(await program(["tenant", "onboard", "acme", "--installation", "77"], withOwner).ended).toMatchObject({
      status: 0,
    });
    expect(await program(["tenant", "onboard", "globex", "--installation", "77"], withOwner).ended).toMatchObject({
      status: 1,
      err: expect.stringContaining("belongs to another tenant"),
    });
  });

  test("K5 a key of 91 days keeps a deployment from happening: migrate refuses and says what to do; past it only with a reason, which is an alarm", async () => {
    const withOwner = { ...env, DATABASE_ADMIN_URL: t.urls.admin };
    await t.adminSql("update keys.dek set created_at = created_at - interval '91 days'");
    const no = await program(["migrate"], withOwner).ended;
    expect(no).toMatchObject({ status: 2, err: expect.stringContaining("Run: countersign tenant rotate acme") });
    const past = await program(["migrate", "--despite-old-keys", "the site is down"], withOwner).ended;
    expect(past).toMatchObject({ status: 0, out: "The database was up to date.\n" });
    expect(await t.adminSql("select from audit.search where kind = 'platform.alarm'")).toHaveLength(1);
    expect(await program(["tenant", "rotate", "--all"], withOwner).ended).toMatchObject({ status: 0 });
    expect(await program(["migrate"], withOwner).ended).toMatchObject({ status: 0 });
    expect(await program(["tenant", "rotate", "--all"], withOwner).ended).toMatchObject({
      out: expect.stringMatching(/^0 keys were rotated; \d+ were younger than a day/),
    });
  });

  test("K4 break-glass, on the command line: one operator asks, another confirms, the first one does it", async () => {
    const keys = temporaryDirectory();
    const as = (who: string) => ({
      ...env,
      DATABASE_ADMIN_URL: t.urls.admin,
      OPERATOR_KEY_FILE: join(keys, who),
    });
    const keyOf = async (who: string, by: string, ...args: readonly string[]): Promise<void> => {
      const made = await program(["operator", "add", who, ...args], as(by)).ended;
      expect(made.status).toBe(0);
      writeFileSync(join(keys, who), made.out, { mode: 0o600 });
    };
    await keyOf("ada", "nobody");
    await keyOf("bob", "ada", "--reason", "so that there are two");
    const glass = ["tenant", "rotate", "acme", "--break-glass", "--reason", "a disk was stolen"];
    const asked = await program([...glass, "--json"], as("ada")).ended;
    expect(asked.status).toBe(1);
    const [, id = ""] = /"id":"([0-9a-f-]{36})"/.exec(asked.out) ?? [];
    expect(await program(["operator", "confirm", id, "--yes"], as("ada")).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining("another operator must confirm it"),
    });
    expect(await program(["operator", "confirm", id, "--yes"], as("bob")).ended).toMatchObject({ status: 0 });
    expect(await program(glass, as("ada")).ended).toMatchObject({
      status: 0,
      out: expect.stringContaining("Every earlier version is destroyed"),
    });
  });

  test("onboarding is one command, and a second run does what was missing, no more", async () => {
    const withOwner = { ...env, DATABASE_ADMIN_URL: t.urls.admin };
    const onboard = async (...args: readonly string[]) => {
      const { status, out, err } = await program(["tenant", "onboard", ...args], withOwner).ended;
      return { status, out, err };
    };
    writeFileSync(join(env.CLIENTS_DIR, "initech"), "in the way");
    const first = await onboard("initech", "--installation", "88", "--region", "eu-central");
    expect(first).toMatchObject({ status: 1, err: expect.stringContaining("is not an ordinary folder") });
    expect(first.out).toContain("Tenant initech exists now, in the region eu-central.");
    rmSync(join(env.CLIENTS_DIR, "initech"));
    const second = await onboard("initech", "--json");
    expect(second).toMatchObject({ status: 0 });
    expect(JSON.parse(second.out)).toMatchObject({ kind: "done", created: false, region: "eu-central", problems: [] });
    expect(readdirSync(join(env.CLIENTS_DIR, "initech")).toSorted()).toEqual([".env", "client.yml", "constitution"]);
    expect(JSON.parse((await onboard("initech", "--json")).out)).toMatchObject({ made: [] });
    expect(await onboard("initech", "--region", "us")).toMatchObject({
      status: 1,
      err: expect.stringContaining("a client's region is not changed"),
    });
    const sealed = program(["secret", "check", "initech"], env).ended;
    expect(await sealed).toMatchObject({ status: 0, out: "initech: 0 open\n" });
    expect(existsSync("clients/initech")).toBe(false);
  });

  test("the operator suspends a client and takes it back, and both lists say so; the server's login can see neither", async () => {
    const withOwner = { ...env, DATABASE_ADMIN_URL: t.urls.admin };
    const tenants = (...args: readonly string[]) => program(["tenant", ...args], withOwner).ended;
    expect(await program(["tenant", "list"], env).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining("DATABASE_ADMIN_URL is missing"),
    });
    expect(await tenants("suspend", "acme", "--reason", "unpaid")).toMatchObject({
      status: 2,
      err: expect.stringContaining("Nothing was changed"),
    });
    expect(await tenants("suspend", "acme", "--reason", "unpaid", "--yes")).toMatchObject({ status: 0 });
    expect((await tenants("list")).out).toMatch(/^acme +suspended  local  since .*installations: 77 /m);
    expect(await tenants("onboard", "acme")).toMatchObject({ status: 1, err: expect.stringContaining("is suspended") });
    expect(JSON.parse((await tenants("show", "acme", "--json")).out)).toMatchObject({
      prefix: "acme",
      state: "suspended",
      installations: [77],
      credentials: [],
    });
    expect(await tenants("reinstate", "acme", "--reason", "paid", "--yes")).toMatchObject({ status: 0 });
    expect((await tenants("show", "acme")).out).toMatch(/^State +active$/m);
  });

  test("a claim key that is not the database's is refused at the start, and doctor finds it", async () => {
    const other = { ...env, CLAIM_KEY: "f0e1d2c3b4a5968778695a4b3c2d1e0f".repeat(2) };
    expect(await program(["serve"], other).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining("CLAIM_KEY is not the key that the database knows"),
    });
    const doctor = await program(["doctor"], other).ended;
    expect(doctor).toMatchObject({
      status: 2,
      out: expect.stringContaining("The database does not accept claims signed with this claim key."),
    });
  });

  test("a database without the schema says which command brings it", async () => {
    await t.adminSql(`create database empty_${name}`);
    await t.adminSql(`grant connect on database empty_${name} to server_${name}`);
    const { status, err } = await program(["serve"], { ...env, DATABASE_URL: login(`server_${name}`, `empty_${name}`) })
      .ended;
    expect({ status, err }).toMatchObject({ status: 2, err: expect.stringContaining("Run: countersign migrate") });
  });

  test("a database of the demo is refused", async () => {
    await t.adminSql(`comment on database ${name} is 'countersign demo'`);
    expect(await program(["serve"], env).ended).toMatchObject({
      status: 2,
      err: expect.stringContaining("Real settings never run on demo data"),
    });
  });
});
