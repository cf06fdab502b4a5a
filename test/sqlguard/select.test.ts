import { describe, expect, it } from "vitest";
import { NO_RULES } from "#sqlguard";
import { createSelect } from "#sqlguard/io";
import { testDatabase } from "../support/database.ts";
import { clientServer } from "./client-server.ts";
import { lent } from "./lent.ts";
import { shopWorld } from "./world.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 77);
const client = await clientServer();
const world = await shopWorld(client);

const asked = {
  connection: "DATABASE_URL",
  initiator: { type: "agent", id: "agent-1" },
  target: { type: "tenant", id: acme.id },
  requestId: "r-1",
} as const;
const select = createSelect({
  rules: NO_RULES,
  connectionNamed: async (name) => (name === "DATABASE_URL" ? lent(world.url) : { kind: "no_connection", why: "none" }),
  append: (entry) => t.db.withTenant(acme.claim, (tx) => t.append(tx, entry)),
});
const newest = async () =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 1, kinds: ["sql.select"] })))[0];

describe("A1, G6: a query for a tenant is in the tenant's own log before its rows are shown", () => {
  it.each([
    ["rows", "SELECT id FROM shop.customers WHERE email = 'c1@example.com'", "rows", "success"],
    ["a refusal", "DELETE FROM shop.customers", "denied", "refused"],
    ["an error", "SELECT email::int FROM shop.customers", "failed", "failure"],
  ])("of %s", async (_sentence, sql, kind, outcome) => {
    expect((await select({ ...asked, sql })).kind).toBe(kind);
    const entry = await newest();
    expect(entry).toMatchObject({ outcome });
    expect(JSON.stringify(entry)).not.toContain("example.com");
  });

  it("fail closed: a log that takes no entry keeps the rows back", async () => {
    const closed = createSelect({
      rules: NO_RULES,
      connectionNamed: async () => lent(world.url),
      append: () => Promise.reject(new Error("the log is closed")),
    });
    await expect(closed({ ...asked, sql: "SELECT 1" })).rejects.toThrow("the log is closed");
  });

  it("a connection that the tenant does not have is no connection of somebody else's", async () => {
    expect(await select({ ...asked, connection: "OTHER", sql: "SELECT 1" })).toMatchObject({ kind: "no_connection" });
  });
});
