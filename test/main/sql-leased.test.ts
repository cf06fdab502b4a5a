// `sql run` beside a running server: the client's connection comes over the lease broker, and is over with the query.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { appKey, makeWorld, serveWorld } from "#demo/world";
import { inherited } from "#platform/process";
import { clientServer } from "../sqlguard/client-server.ts";
import { program, temporaryDirectory } from "../support/program.ts";

const client = await clientServer();
const as = (user: string): string => {
  const url = new URL(client.adminUrl);
  Object.assign(url, { username: user, password: "p" });
  return url.href;
};
const key = appKey();
const secret = "9f2c81d07be64a35b1d0e88f53a7c264";
const github = await serveWorld(
  makeWorld({ now: Date.now, app: { id: 4242, publicKey: key.publicKey }, webhook: { secret } }),
);
afterAll(() => github.close());
const env = {
  ...inherited("PATH", "NODE_COMPILE_CACHE"), PORT: "0", DATA_DIR: temporaryDirectory(), CLIENTS_DIR: join(temporaryDirectory(), "clients"),
  APP_ID: "4242", PRIVATE_KEY: key.privateKey, WEBHOOK_SECRET: secret, GITHUB_API_URL: github.url,
}; // prettier-ignore
const main = join(import.meta.dirname, "../../src/main.ts");
const countersign = (args: readonly string[], input = "") =>
  spawnSync(process.execPath, [main, ...args], { env, input, encoding: "utf8" });
const query = (sql: string) =>
  countersign(["sql", "run", "--tenant", "acme", "--connection", "DATABASE_URL", "--json", sql]);
const leases = async (): Promise<readonly unknown[]> =>
  client.adminSql("select rolname from pg_roles where rolname like 'countersign_lease_%'");

describe("G6, X14 `countersign sql run` beside a server", () => {
  test("each query has a login of its own, which is gone afterwards; the log has its lease", async () => {
    await client.adminSql("create role agent_reader login password 'p'");
    await client.adminSql("create role mint login createrole password 'p'");
    await client.adminSql("grant agent_reader to mint with admin option");
    await client.adminSql("revoke create, temporary on database client from public");
    const server = program(["serve"], env);
    await server.says(/ready: \S+/);
    expect(countersign(["tenant", "onboard", "acme", "--region", "eu-central"])).toMatchObject({ status: 0 });
    for (const [name, user] of [
      ["DATABASE_URL", "agent_reader"],
      ["DATABASE_URL_ADMIN", "mint"],
    ] as const)
      // prettier-ignore
      expect(countersign(["secret", "set", "acme", name], as(user))).toMatchObject({ status: 0, stderr: "" });

    const asked = query("SELECT current_user::text AS me");
    expect(asked).toMatchObject({ status: 0, stderr: "" });
    expect(asked.stdout).toMatch(/countersign_lease_[0-9a-f]{24}/);
    expect(await leases()).toEqual([]);
    const { stdout } = countersign(["audit", "log", "--tenant", "acme", "--json"]);
    const kinds = stdout.match(/"(?:lease|sql)\.[a-z]+"/g) ?? [];
    expect(new Set(kinds)).toEqual(new Set(['"lease.mint"', '"lease.redeem"', '"lease.revoke"', '"sql.select"']));

    // Looking at the login, and deciding without running, have a lease of their own, too; the rights named are the lasting login's.
    const doctor = countersign(["sql", "doctor", "--tenant", "acme", "--connection", "DATABASE_URL"]);
    expect(doctor).toMatchObject({
      status: 1,
      stderr: "",
      stdout: expect.stringMatching(/^agent_reader on PostgreSQL/),
    });
    expect(doctor.stdout).not.toContain("countersign_lease_");
    const checked = (sql: string) => {
      const args = ["sql", "check", "--client", "acme", "--database", "DATABASE_URL"];
      return countersign(args, sql).status;
    };
    expect([checked("SELECT current_user"), checked("SELECT nowhere()")]).toEqual([0, 1]);
    expect(await leases()).toEqual([]);
    const after = countersign(["audit", "log", "--tenant", "acme", "--json"]).stdout;
    expect(after.match(/"lease\.revoke"/g)?.length).toBe(4 * (stdout.match(/"lease\.revoke"/g)?.length ?? 0));

    // Refused by the walls: over all the same.
    expect(query("DELETE FROM nowhere").status).toBe(1);
    expect(await leases()).toEqual([]);
    expect(countersign(["sql", "run", "--tenant", "acme", "--connection", "DATABASE_URL_ADMIN", "SELECT 1"])).toMatchObject({ status: 2 }); // prettier-ignore

    server.child.kill("SIGTERM");
    expect((await server.ended).status).toBe(0);
  }, 400_000);
});
