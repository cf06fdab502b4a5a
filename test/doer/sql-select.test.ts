// sql.select as an execution runs it: a real lease broker that makes a login for the one query, the client's own PostgreSQL, the real log.

import type { createTools } from "#doer/io";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LeaseClient } from "#leases";
import { createDatabaseProvider } from "#leases/io";
import { NO_RULES } from "#sqlguard";
import { readOutcome } from "../../src/gateway/io/dispatch/outcome.ts";
import { clientServer } from "../sqlguard/client-server.ts";
import { testDatabase } from "../support/database.ts";
import { leaseLab } from "../support/leases.ts";
import { checkWorld } from "../support/world.ts";
import { doerLab } from "./support/lab.ts";
import { toolsOf } from "./support/tools.ts";

const t = await testDatabase();
const client = await clientServer();
const acme = await t.tenant("acme", 1);
const lab = doerLab(t);
const as = (user: string): string => {
  const url = new URL(client.adminUrl);
  Object.assign(url, { username: user, password: "p" });
  return url.href;
};
const sealed = new Map([
  ["DATABASE_URL", as("agent_reader")],
  ["DATABASE_URL_ADMIN", as("mint")],
]);
let leases: LeaseClient;
let close: () => Promise<void>;

beforeAll(async () => {
  for (const each of [
    "create role agent_reader login password 'p'",
    "create role mint login createrole password 'p'",
    "grant agent_reader to mint with admin option",
    "revoke create, temporary on database client from public",
    "create table public.invoice (id integer primary key, cents integer not null)",
    "insert into public.invoice select n, n * 100 from generate_series(1, 3) n",
    "grant select on public.invoice to agent_reader",
  ])
    await client.adminSql(each);
  const provider = createDatabaseProvider({
    sealed: async (_, name) => {
      const text = sealed.get(name);
      return text === undefined ? { kind: "absent" } : { kind: "value", text };
    },
    clock: () => 0,
  });
  const broker = await (await leaseLab(t)).start({ providers: { github: null, database: provider, vault: null } });
  leases = {
    ...broker,
    open: async (tenant) => broker.open(tenant),
    revokeAll: (whose) => broker.revokeAll(whose, "killed"),
    close: () => {},
  };
  close = () => broker.close();
});
afterAll(() => close());

type Append = ReturnType<SelectParts["appendFor"]>;
type SelectParts = Parameters<typeof createTools>[0]["select"];

/** As the process wires it: the entry is the doer's own login's to write. */
const ownLog: Append = (entry) => lab.database.withTenant(acme.claim, (tx) => lab.append(tx, entry));

async function select(
  statement: string,
  {
    connection = "DATABASE_URL",
    append = ownLog,
    rules = NO_RULES,
  }: {
    readonly connection?: string;
    readonly append?: Append;
    readonly rules?: Awaited<ReturnType<SelectParts["rulesOf"]>>;
  } = {},
) {
  const tools = toolsOf(lab, acme, leases, {
    select: { leases, rulesOf: async () => rules, appendFor: () => append },
  });
  const signed = await lab.sign(acme, { tool: "sql.select", args: { connection, statement } });
  const { call } = lab.packetOf(signed);
  await lab.hand(lab.doer({ tools, leases }), acme, signed);
  const outcome = await t.db.withTenant(acme.claim, (tx) => readOutcome(t.keys, tx, call));
  return { call, outcome };
}

const logged = z.object({ kind: z.string(), outcome: z.string(), body: z.object({ requestId: z.string() }) });
const queries = async (call: string) =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 50 })))
    .map((entry) => logged.parse(entry))
    .filter(({ kind, body }) => kind === "sql.select" && body.requestId === call)
    .map(({ outcome }) => outcome);
const invoices = () =>
  client.adminSql("select count(*)::integer as n, sum(cents)::integer as cents from public.invoice");
const logins = () => client.adminSql("select rolname from pg_roles where rolname like 'countersign_lease_%'");

describe("G6, X14 sql.select through the doer", () => {
  it("rows of the client's database, marked as nobody's word, by a login made for the one query, on record in the log", async () => {
    const { call, outcome } = await select("SELECT id, cents FROM invoice ORDER BY id");
    expect(lab.faults).toEqual([]);
    expect(outcome).toMatchObject({
      kind: "done",
      summary: "3 rows.",
      result: { untrusted: "database", columns: [{ name: "id" }, { name: "cents" }], truncated: null },
    });
    expect(outcome).toMatchObject({ result: { rows: { length: 3 } } });
    const who = await select("SELECT current_user::text AS me");
    expect(JSON.stringify(who.outcome)).toMatch(/countersign_lease_[0-9a-f]{24}/);
    expect(await queries(call)).toEqual(["success"]);
  });

  it.each([
    ["a statement that writes", "DELETE FROM invoice"],
    ["one that writes inside a CTE", "WITH gone AS (DELETE FROM invoice RETURNING id) SELECT id FROM gone"],
    ["two statements", "SELECT 1; DROP TABLE invoice"],
    ["a function that reads the server's files", "SELECT pg_read_file('/etc/passwd')"],
  ])("refused by the walls: %s; nothing is changed, and the log says so", async (_, statement) => {
    const before = await invoices();
    const { call, outcome } = await select(statement);
    expect(outcome).toMatchObject({ kind: "refused", next: "Write a statement that only reads." });
    expect(await queries(call)).toEqual(["refused"]);
    expect(await invoices()).toEqual(before);
  });

  it("refused by the database: a table that is not there, told in its own words", async () => {
    const { outcome } = await select("SELECT 1 FROM nowhere");
    expect(outcome).toMatchObject({ kind: "refused" });
  });

  it("refused: a connection that the client has not sealed, and the one that makes logins", async () => {
    expect((await select("SELECT 1", { connection: "OTHER_URL" })).outcome).toMatchObject({
      kind: "refused",
      next: expect.stringContaining("sealed"),
    });
    expect((await select("SELECT 1", { connection: "DATABASE_URL_ADMIN" })).outcome?.kind).not.toBe("done");
  });

  it("refused: the client's own file cannot be understood, so nobody knows what to mask", async () => {
    expect((await select("SELECT 1", { rules: "masks.yml: line 3" })).outcome).toMatchObject({
      kind: "refused",
      why: "masks.yml: line 3",
    });
  });

  it("INVARIANT 20: the client's log takes no entry any more: no rows", async () => {
    const { outcome } = await select("SELECT id FROM invoice", { append: async () => null });
    expect(outcome).toMatchObject({ kind: "failed", why: expect.stringContaining("not active") });
  });

  it("every login and every lease is over, and the log holds", async () => {
    expect(await logins()).toEqual([]);
    expect(await leases.open(acme.id)).toEqual([]);
    await checkWorld(t);
  });
});
