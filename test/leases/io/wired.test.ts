// The broker with what executions use a lease through: the proxy, and the SQL guard. Over real PostgreSQL, ours and a client's.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LeaseProvider, LeaseScope } from "#leases";
import { createDatabaseProvider, serveEgress } from "#leases/io";
import { installationId, repoName, repositoryId } from "#kernel";
import { NO_RULES } from "#sqlguard";
import { connectionsOnLease, createSelect } from "#sqlguard/io";
import { clientServer } from "../../sqlguard/client-server.ts";
import { testDatabase } from "../../support/database.ts";
import { leaseLab } from "../../support/leases.ts";
import { newToken } from "../support/live.ts";
import { startUpstream } from "../support/upstream.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const client = await clientServer();
const github = await startUpstream();
afterAll(() => github.close());

const known = <T>(value: T | null): T => value ?? expect.unreachable();
const shop = { id: known(repositoryId(7)), name: known(repoName("acme/shop")) };
const scope: LeaseScope = {
  kind: "github",
  installation: known(installationId(1)),
  repositories: [shop.id],
  permissions: { metadata: "read", contents: "read" },
};
const token = newToken();
const githubProvider: LeaseProvider = {
  mint: async () => ({
    kind: "minted",
    minted: { credential: { kind: "token", token }, revocation: {}, repositories: [shop], endsAt: null },
  }),
  revoke: async () => {},
};
const kinds = async (): Promise<readonly string[]> =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 20 })))
    .toReversed()
    .map(({ kind, outcome }) => `${kind} ${outcome}`)
    .filter((line) => /^(?:lease|sql)\./.test(line));

describe("X14, L4 the broker and its proxy", () => {
  it("L4 a handle works until it is finished or a minute is over, and then nothing goes upstream", async () => {
    const lab = await leaseLab(t);
    const broker = await lab.start({ providers: { ...lab.providers, github: githubProvider } });
    const egress = await serveEgress({ leases: broker, hosts: { api: github.url, git: github.url } });
    const get = (handle: string): Promise<Response> =>
      fetch(`${egress.url}/api/repos/acme/shop/commits`, { headers: { authorization: `Bearer ${handle}` } });
    const ask = async () => {
      const asked = await broker.ask(lab.request(acme, { scope }));
      return asked.kind === "leased" ? asked.handle : expect.unreachable();
    };

    const [one, two] = [await ask(), await ask()];
    expect([(await get(one)).status, (await get(two)).status]).toEqual([200, 200]);
    expect(github.arrived.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
    github.arrived.length = 0;

    await broker.finish({ tenant: acme.id, run: "run-1", handle: one });
    expect([(await get(one)).status, (await get(two)).status]).toEqual([401, 200]);
    lab.time.advance(61_000);
    // No sweep has come by yet.
    expect((await get(two)).status).toBe(401);
    expect(github.arrived.length).toBe(1);
    await egress.close();
    await broker.close();
  });
});

describe("G6, X14 a query on a client's database", () => {
  beforeAll(async () => {
    await client.adminSql("create role agent_reader login password 'p'");
    await client.adminSql("create role mint login createrole password 'p'");
    await client.adminSql("grant agent_reader to mint with admin option");
    await client.adminSql("revoke create, temporary on database client from public");
  });
  const as = (user: string): string => {
    const url = new URL(client.adminUrl);
    Object.assign(url, { username: user, password: "p" });
    return url.href;
  };

  it("A1 the lease's intent, the query and the lease's end stand in the client's log in this order, and no login is left", async () => {
    const lab = await leaseLab(t);
    const env = new Map([
      ["DATABASE_URL", as("agent_reader")],
      ["DATABASE_URL_ADMIN", as("mint")],
    ]);
    const database = createDatabaseProvider({
      sealed: async (_, name) => {
        const text = env.get(name);
        return text === undefined ? { kind: "absent" } : { kind: "value", text };
      },
      clock: () => lab.time.wall(),
    });
    const broker = await lab.start({ providers: { ...lab.providers, database } });
    const before = (await kinds()).length;
    const select = createSelect({
      rules: NO_RULES,
      connectionNamed: connectionsOnLease(broker, { tenant: acme.id, run: "run-7", purpose: "sql.select" }),
      append: (entry) => t.db.withTenant(acme.claim, (tx) => t.append(tx, entry)),
    });
    const answer = await select({
      connection: "DATABASE_URL",
      sql: "SELECT current_user::text AS me",
      initiator: { type: "agent", id: "agent-1" },
      target: { type: "tenant", id: acme.id },
      requestId: "r-1",
    });
    expect(answer).toMatchObject({ kind: "rows", result: { rows: [[expect.stringMatching(/^countersign_lease_/)]] } });
    expect((await kinds()).slice(before)).toEqual([
      "lease.mint intent",
      "lease.mint success",
      expect.stringMatching(/^lease\.redeem/),
      "sql.select success",
      "lease.revoke intent",
      "lease.revoke success",
    ]);
    expect(await client.adminSql("select from pg_roles where rolname like 'countersign_lease_%'")).toEqual([]);
    await broker.close();
  });
});
