import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { instantOfMillis, millis } from "#kernel";
import type { LeaseClient, LeaseRequest, Minted } from "#leases";
import { createDatabaseProvider } from "#leases/io";
import { connectionsOnLease, createSelect } from "#sqlguard/io";
import { NO_RULES } from "#sqlguard";
import { ACME, newLease } from "../leases/support/live.ts";
import { clientServer } from "./client-server.ts";

const server = await clientServer();
const as = (user: string): string => {
  const url = new URL(server.adminUrl);
  Object.assign(url, { username: user, password: "p" });
  return url.href;
};
const env = new Map([
  ["DATABASE_URL", as("agent_reader")],
  ["DATABASE_URL_ADMIN", as("mint")],
]);
const provider = createDatabaseProvider({
  sealed: async (_, name) => {
    const text = env.get(name);
    return text === undefined ? { kind: "absent" } : { kind: "value", text };
  },
  clock: () => 0,
});
beforeAll(async () => {
  await server.adminSql("create role agent_reader login password 'p'");
  await server.adminSql("create role mint login createrole password 'p'");
  await server.adminSql("grant agent_reader to mint with admin option");
  await server.adminSql("revoke create, temporary on database client from public");
});

/** The broker without its log and its process: the provider is the real one. */
function leases() {
  const open = new Map<string, { readonly request: LeaseRequest; readonly minted: Minted }>();
  const calls: string[] = [];
  const client: Pick<LeaseClient, "ask" | "redeem" | "finish"> = {
    async ask(request) {
      calls.push(`ask ${request.purpose} ${request.scope.kind}`);
      const answer = await provider.mint(request);
      if (answer.kind === "refused") return answer;
      const handle = randomBytes(32).toString("base64url");
      open.set(handle, { request, minted: answer.minted });
      return { kind: "leased", lease: newLease(), handle, expiresAt: instantOfMillis(60_000), proxy: null };
    },
    async redeem({ handle }) {
      calls.push("redeem");
      const found = open.get(handle);
      return found === undefined
        ? { kind: "dead" }
        : { kind: "credential", credential: found.minted.credential, remaining: millis(60_000) };
    },
    async finish({ handle }) {
      calls.push("finish");
      const found = open.get(handle);
      if (found === undefined) return { kind: "unknown" };
      open.delete(handle);
      await provider.revoke(found.request, found.minted);
      return { kind: "revoked" };
    },
  };
  return { client, calls, open };
}

const who = {
  connection: "DATABASE_URL",
  initiator: { type: "agent", id: "agent-1" },
  target: { type: "tenant", id: ACME },
  requestId: "r-1",
} as const;
const selectOn = (client: Pick<LeaseClient, "ask" | "redeem" | "finish">, append: () => Promise<unknown>) =>
  createSelect({
    rules: NO_RULES,
    connectionNamed: connectionsOnLease(client, { tenant: ACME, run: randomUUID(), purpose: "sql.select" }),
    append,
  });
const logins = async () => server.adminSql("select rolname from pg_roles where rolname like 'countersign_lease_%'");
afterEach(async () => {
  expect(await logins()).toEqual([]);
});

describe("X14, G6: a query's connection is leased for it, and over with it", () => {
  it("its login is made for the one query, and gone afterwards", async () => {
    const { client, calls } = leases();
    const answer = await selectOn(client, async () => {})({ ...who, sql: "SELECT current_user::text AS me" });
    expect(answer).toMatchObject({ kind: "rows", result: { rows: [[expect.stringMatching(/^countersign_lease_/)]] } });
    expect(calls).toEqual(["ask sql.select database", "redeem", "finish"]);
  });

  it.each([
    ["refused by the walls", "DELETE FROM t"],
    ["refused by the server", "SELECT * FROM nowhere"],
  ])("when the statement is %s, the lease is over all the same", async (_, sql) => {
    const { client, calls } = leases();
    await selectOn(client, async () => {})({ ...who, sql });
    expect(calls.at(-1)).toBe("finish");
  });

  it("when the log takes no entry, no rows, and the lease is over", async () => {
    const { client, calls } = leases();
    const closed = selectOn(client, () => Promise.reject(new Error("closed")));
    await expect(closed({ ...who, sql: "SELECT 1" })).rejects.toThrow("closed");
    expect(calls.at(-1)).toBe("finish");
  });

  it("fail closed: a lease that is refused or over before it is used is no connection", async () => {
    const { client } = leases();
    const none = await selectOn(client, async () => {})({ ...who, connection: "OTHER", sql: "SELECT 1" });
    expect(none).toMatchObject({ kind: "no_connection", why: expect.stringMatching(/OTHER/) });
    const late = { ...client, redeem: async () => ({ kind: "dead" as const }) };
    const dead = await selectOn(late, async () => {})({ ...who, sql: "SELECT 1" });
    expect(dead).toMatchObject({ kind: "no_connection" });
  });

  it("fail closed: a broker that does not answer is no connection, and never the lasting one", async () => {
    const lost = (): Promise<never> => Promise.reject(new Error("no broker"));
    const { client, calls } = leases();
    await expect(selectOn({ ...client, ask: lost }, async () => {})({ ...who, sql: "SELECT 1" })).rejects.toThrow();
    await expect(selectOn({ ...client, redeem: lost }, async () => {})({ ...who, sql: "SELECT 1" })).rejects.toThrow();
    expect(calls).toEqual(["ask sql.select database", "finish"]);
  });

  it("a session that was kept open is ended with the lease", async () => {
    const { client } = leases();
    const lend = connectionsOnLease(client, { tenant: ACME, run: randomUUID(), purpose: "sql.select" });
    const lent = await lend("DATABASE_URL");
    if (lent.kind !== "lent") return expect.unreachable();
    const session = new pg.Client({ connectionString: lent.connection.url });
    session.on("error", () => {});
    await session.connect();
    const ended = new Promise((resolve) => session.once("end", resolve));
    await lent.end();
    await ended;
  });
});
