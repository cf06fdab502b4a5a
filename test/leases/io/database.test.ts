import { randomUUID } from "node:crypto";
import pg from "pg";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LeaseRequest, Minted } from "#leases";
import { createDatabaseProvider, type SealedValue } from "#leases/io";
import { runSelect } from "#sqlguard/io";
import { clientServer } from "../../sqlguard/client-server.ts";
import { ACME } from "../support/live.ts";

const server = await clientServer();
const as = (user: string, password: string): string => {
  const url = new URL(server.adminUrl);
  Object.assign(url, { username: user, password });
  return url.href;
};

const env = new Map<string, SealedValue>();
const provider = createDatabaseProvider({
  sealed: async (tenant, name) => (tenant === ACME ? env.get(name) : undefined) ?? { kind: "absent" },
  clock: () => 5_000,
});
const request = (name = "DATABASE_URL", seconds = 60): LeaseRequest => ({
  tenant: ACME,
  run: randomUUID(),
  purpose: "sql.select",
  scope: { kind: "database", name },
  seconds,
});
const value = (text: string): SealedValue => ({ kind: "value", text });

beforeAll(async () => {
  await server.adminSql("create role agent_reader login password 'reads'");
  await server.adminSql("create role mint login createrole password 'mints'");
  await server.adminSql("grant agent_reader to mint with admin option");
  await server.adminSql("create table orders (id int, total int)");
  await server.adminSql("insert into orders values (1, 10), (2, 20)");
  await server.adminSql("grant select on orders to agent_reader");
  await server.adminSql("revoke create, temporary on database client from public");
});
beforeEach(() => {
  env.clear();
  env.set("DATABASE_URL", value(as("agent_reader", "reads")));
  env.set("DATABASE_URL_ADMIN", value(as("mint", "mints")));
});

async function minted(seconds = 60): Promise<{ minted: Minted; url: string }> {
  const answer = await provider.mint(request("DATABASE_URL", seconds));
  if (answer.kind !== "minted" || answer.minted.credential.kind !== "connection") return expect.unreachable();
  return { minted: answer.minted, url: answer.minted.credential.url };
}
async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}
const leftOver = async () =>
  (await server.adminSql("select rolname from pg_roles where rolname like 'countersign_lease_%'")).length;

describe("X14 a login made for one lease", () => {
  it("reads what the reading login reads, behind all walls, and nothing more", async () => {
    const one = await minted();
    expect(await runSelect({ url: one.url }, "SELECT sum(total) AS total FROM orders")).toMatchObject({
      kind: "rows",
      result: { rows: [["30"]] },
    });
    const client = await connected(one.url);
    for (const text of ["insert into orders values (3, 30)", "create table t ()", "create role x", "set role mint"])
      await expect(client.query(text), text).rejects.toMatchObject({ code: "42501" });
    await client.end();
    await provider.revoke(request(), one.minted);
  });

  it("ended, its sessions are gone, and it cannot log in again", async () => {
    const one = await minted();
    const client = await connected(one.url);
    const ended = new Promise((resolve) => client.once("end", resolve));
    await provider.revoke(request(), one.minted);
    await ended;
    await expect(connected(one.url)).rejects.toMatchObject({ code: "28P01" });
    expect(await leftOver()).toBe(0);
    await expect(provider.revoke(request(), one.minted)).resolves.toBeUndefined();
  });

  it("L2 two leases at the same instant are two logins; ending one leaves the other", async () => {
    const [one, two] = await Promise.all([minted(), minted()]);
    expect(one.url).not.toBe(two.url);
    await provider.revoke(request(), one.minted);
    const client = await connected(two.url);
    await client.end();
    await provider.revoke(request(), two.minted);
  });

  it("past its seconds it logs in no more, whatever became of us; the next one takes away what is long over", async () => {
    const one = await minted(1);
    expect(one.minted.endsAt).toBe(6_000);
    const role = new URL(one.url).username;
    const [row] = await server.adminSql(
      "select rolvaliduntil between now() - interval '1 second' and now() + interval '2 seconds' as soon from pg_roles where rolname = $1",
      [role],
    );
    expect(row).toEqual({ soon: true });
    await server.adminSql(`alter role ${role} valid until '2020-01-01'`);
    await expect(connected(one.url)).rejects.toMatchObject({ code: "28P01" });
    const next = await minted();
    expect(await leftOver()).toBe(1);
    await provider.revoke(request(), next.minted);
  });

  it("the server was never told its password, only what proves it: it is in no log and no statistics", async () => {
    const one = await minted();
    const [row] = await server.adminSql("select rolpassword as kept from pg_authid where rolname = $1", [
      new URL(one.url).username,
    ]);
    expect(JSON.stringify(row)).toContain("SCRAM-SHA-256$4096:");
    expect(JSON.stringify(row)).not.toContain(new URL(one.url).password);
    await provider.revoke(request(), one.minted);
  });

  it("a suspended client's environment does not open any more: what is needed to end it is held with it", async () => {
    const one = await minted();
    env.clear();
    await provider.revoke(request(), one.minted);
    expect(await leftOver()).toBe(0);
  });
});

describe("without a login that makes logins", () => {
  it("it is the connection itself, said to end by nobody's act: there is nothing to revoke but our session", async () => {
    env.delete("DATABASE_URL_ADMIN");
    const one = await minted();
    expect(one.minted).toEqual({ credential: { kind: "connection", url: as("agent_reader", "reads") }, revocation: {}, endsAt: null }); // prettier-ignore
    await expect(provider.revoke(request(), one.minted)).resolves.toBeUndefined();
  });
});

describe("fail closed", () => {
  it("the login that makes logins is leased to nobody", async () => {
    expect((await provider.mint(request("DATABASE_URL_ADMIN"))).kind).toBe("refused");
  });

  it("a value that is no connection", async () => {
    env.set("DATABASE_URL", value("https://db/x?password=reads"));
    const answer = await provider.mint(request());
    expect(answer.kind).toBe("refused");
    expect(JSON.stringify(answer)).not.toContain("reads");
  });

  it("a name that is not there, or does not open", async () => {
    expect((await provider.mint(request("OTHER_URL"))).kind).toBe("refused");
    env.set("DATABASE_URL", { kind: "refused", why: "its key was destroyed" });
    expect(await provider.mint(request())).toEqual({ kind: "refused", why: "its key was destroyed" });
  });

  it("where a login could be made and is not, the lasting connection is not handed out instead", async () => {
    env.set("DATABASE_URL_ADMIN", { kind: "refused", why: "it was altered" });
    expect((await provider.mint(request())).kind).toBe("refused");
    for (const url of [as("mint", "wrong"), as("agent_reader", "reads"), "postgres://mint:mints@127.0.0.1:1/client"]) {
      env.set("DATABASE_URL_ADMIN", value(url));
      const answer = await provider.mint(request());
      expect(answer.kind).toBe("refused");
      expect(JSON.stringify(answer)).not.toMatch(/mints|wrong|reads/);
    }
    env.set("DATABASE_URL_ADMIN", value(as("mint", "mints")));
    env.set("DATABASE_URL", value("mysql://agent_reader:reads@db/x"));
    expect((await provider.mint(request())).kind).toBe("refused");
    expect(await leftOver()).toBe(0);
  });

  it("L5 the database is gone when it is revoked: thrown, so that it is asked again", async () => {
    const one = await minted();
    const gone = {
      ...one.minted,
      revocation: { ...one.minted.revocation, admin: "postgres://mint:mints@127.0.0.1:1/x" },
    };
    const failed = await provider.revoke(request(), gone).then(() => expect.unreachable(), (error: unknown) => error); // prettier-ignore
    expect(failed).toMatchObject({ code: "database_unavailable" });
    expect(String(failed)).not.toContain("mints");
    await provider.revoke(request(), one.minted);
  });

  it("a user or a password in the URL's query does not go before the lease's", async () => {
    env.set("DATABASE_URL", value(`${as("agent_reader", "reads")}?user=mint&password=mints`));
    const one = await minted();
    expect(one.url).not.toMatch(/mints/);
    await provider.revoke(request(), one.minted);
  });
});
