import { describe, expect, it } from "vitest";
import { checkConnected } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { probe } from "./probe.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const rules = { masks: [{ schema: "shop", table: "customers", column: "email" }], functions: [] };
const check = (sql: string, url = world.url) => checkConnected({ url }, sql, rules);

describe("a statement is decided by all walls of a connection, and not run", () => {
  it.each([
    ["a read", "SELECT id, email FROM shop.customers", "allow", null],
    ["a function of the client's own", "SELECT shop.harmless()", "deny", "function.user"],
    ["a masked column in an order", "SELECT id FROM shop.customers ORDER BY email", "deny", "column.masked"],
    ["what the planner finds too much", "SELECT count(*) FROM generate_series(1, 10000000000)", "deny", "cost"],
    ["a column that is not there", "SELECT nothing FROM shop.orders", "deny", "syntax"],
    ["a write", "DELETE FROM shop.orders", "deny", "statement.kind"],
    ["a control character", "SELECT 1\u0007", "deny", "text.control_character"],
  ])("%s", async (_sentence, sql, verdict, rule) => {
    const before = await probe(t, world.since);
    const answer = await check(sql);
    expect(answer.verdict).toBe(verdict);
    if (answer.verdict === "deny") expect(answer.refusals.map((each) => each.rule)).toContain(rule);
    expect(await probe(t, world.since)).toEqual(before);
  });

  it("fail closed: a login that may write, and a server that is not there", async () => {
    expect(await check("SELECT 1", t.adminUrl)).toMatchObject({
      verdict: "deny",
      refusals: expect.arrayContaining([expect.objectContaining({ rule: "role" })]),
    });
    expect(await check("SELECT 1", "postgres://a:b@127.0.0.1:1/x")).toMatchObject({
      verdict: "deny",
      refusals: [{ rule: "session", says: expect.stringContaining("cannot be reached") }],
    });
  });
});
