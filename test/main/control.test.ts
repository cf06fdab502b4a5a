// X2 end to end: operators at their shells, each a process of its own, and a server's switch in this one.

import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { openKillSwitch } from "#controls/io";
import { program, temporaryDirectory, type Ended } from "../support/program.ts";
import { testDatabase } from "../support/database.ts";
import { aRepository, anAgent } from "../controls/support/ids.ts";

const t = await testDatabase("own cluster");
const acme = await t.tenant("acme", 1);
const where = { tenant: acme.id, agent: anAgent(1), repository: aRepository(7) };
const dataDir = temporaryDirectory();
const env = {
  DATABASE_URL: t.urls.app,
  DATABASE_ADMIN_URL: t.urls.admin,
  SEQUENCER_DATABASE_URL: t.urls.sequencer,
  CLAIM_KEY: "0f1e2d3c4b5a69788796a5b4c3d2e1f0".repeat(2),
  KEYS_DIR: t.keysDir,
  DATA_DIR: dataDir,
  LEASE_BROKER_SOCKET: join(dataDir, "no.sock"),
};
// The tests' own claim key is none that a setting takes. From here on the database knows this one.
const migrated = await program(["migrate"], env).ended;
if (migrated.status !== 0) throw new Error(migrated.err);
const killSwitch = await openKillSwitch({ url: t.urls.app, killed: false });
afterAll(() => killSwitch.close());

const control = (args: readonly string[], key?: string): Promise<Ended> =>
  program(["control", ...args], key === undefined ? env : { ...env, OPERATOR_KEY_FILE: key }).ended;

async function operator(name: string, key: string | null): Promise<string> {
  const settings = key === null ? env : { ...env, OPERATOR_KEY_FILE: key };
  const { out, err, status } = await program(["operator", "add", name, "--reason", "two are needed"], settings).ended;
  expect(status, err).toBe(0);
  const file = join(dataDir, `${name}.key`);
  writeFileSync(file, out, { mode: 0o600 });
  return file;
}

describe("X2: people and the kill switch", () => {
  test("one stops an agent; a running server knows within a second, without being started again; two start it again", async () => {
    const heard: number[] = [];
    killSwitch.onKill(() => heard.push(Date.now()));
    const done = await control(["kill", "--tenant", "acme", "--agent", anAgent(1), "--reason", "it runs wild"]);
    expect(done, done.err).toMatchObject({ status: 0, out: expect.stringContaining("within a second") });
    expect(killSwitch.look(where)?.scope).toEqual({ kind: "agent", tenant: acme.id, agent: anAgent(1) });
    expect(killSwitch.look({ ...where, agent: anAgent(2) })).toBeNull();
    const [row] = await t.adminSql("select extract(epoch from killed_at) * 1000 as at from controls.kill");
    expect((heard[0] ?? Infinity) - Number(row?.["at"])).toBeLessThan(1_000);

    const status = await control(["status"]);
    expect(status).toMatchObject({ status: 1, out: expect.stringContaining("it runs wild") });

    const ada = await operator("ada", null);
    const bob = await operator("bob", ada);
    const again = ["rearm", "--tenant", "acme", "--agent", anAgent(1), "--reason", "mended"];
    const asked = await control([...again, "--json"], ada);
    expect(asked.status, asked.err).toBe(1);
    const { id } = JSON.parse(asked.out);
    const confirm = (key: string): Promise<Ended> =>
      program(["operator", "confirm", id, "--yes"], { ...env, OPERATOR_KEY_FILE: key }).ended;
    expect(await confirm(ada)).toMatchObject({ status: 2, err: expect.stringContaining("another operator must") });
    expect((await control(again, ada)).status).toBe(1);
    expect(await confirm(bob)).toMatchObject({ status: 0, out: expect.stringContaining("concerns:  acme (") });
    expect(await control(again, ada)).toMatchObject({
      status: 0,
      out: expect.stringContaining("ada asked and bob confirmed"),
    });
    await vi.waitFor(() => expect(killSwitch.look(where)).toBeNull(), { timeout: 5_000 });
    expect(await control(["status"])).toMatchObject({ status: 0 });
  });

  test("also with the key store away, which nothing else works without: the row stands, its entry waits in the spool", async () => {
    renameSync(t.keysDir, `${t.keysDir}-away`);
    try {
      const done = await control(["kill", "--platform", "--reason", "the keys are gone"]);
      expect(done.status, done.err).toBe(0);
      await vi.waitFor(() => expect(killSwitch.platform()).not.toBeNull(), { timeout: 5_000 });
      expect(readdirSync(join(dataDir, "live", "spool"))).toHaveLength(1);
    } finally {
      renameSync(`${t.keysDir}-away`, t.keysDir);
    }
  });

  test("a repository that the client does not have is stopped, and a slip in its number is told", async () => {
    const done = await control(["kill", "--tenant", "acme", "--repository", "99999", "--reason", "a slip"]);
    expect(done).toMatchObject({ status: 0, err: expect.stringContaining("has no repository 99999 now") });
    expect(killSwitch.look({ ...where, repository: aRepository(99_999) })).not.toBeNull();
  });

  test("budgets and breakers are shown and set from the same place", async () => {
    expect(await control(["budget", "set", "--tenant", "acme", "--kind", "calls", "--most", "7"])).toMatchObject({
      status: 0,
    });
    expect((await control(["budget", "show", "--tenant", "acme"])).out).toMatch(/^calls +0 of +7 {2}\(set\)/);
    const reset = await control(["breaker", "reset", "--tenant", "acme", "--agent", anAgent(1), "--reason", "looked"]);
    expect(reset).toMatchObject({ status: 0, out: expect.stringContaining("It was not open") });
  });
});
