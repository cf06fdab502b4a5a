import { afterAll, describe, expect, it } from "vitest";
import type { NewEntry } from "#audit";
import { NO_RULES } from "#sqlguard";
import { createParsers, createSelect, runSelect } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { lent } from "./lent.ts";
import { shopFile } from "./sqlite/world.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
const file = shopFile();
const parsers = createParsers();
afterAll(() => parsers.close());

const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";
const OURS = "select pid from pg_stat_activity where application_name like 'countersign-sqlguard%'";
const at = () => t.adminSql(OURS);

/** As the process that carries calls out asks: a log of its own, a connection that ends with the query. */
function asked(sql: string, signal: AbortSignal) {
  const entries: NewEntry[] = [];
  let ended = 0;
  const select = createSelect({
    ...parsers,
    rules: NO_RULES,
    append: async (entry) => void entries.push(entry),
    connectionNamed: async () => ({ ...lent(world.url), end: async () => void ended++ }),
  });
  const who = { initiator: { type: "agent", id: "a" }, target: { type: "tenant", id: "t" }, requestId: "r" } as const;
  const answer = select({ ...who, connection: "DATABASE_URL", sql, signal });
  return { answer, entries, ended: () => ended };
}

describe("X2, G6: a kill ends the query that runs", () => {
  it("at the server too, with its connection given back, a failure in the log, and no rows", async () => {
    const kill = new AbortController();
    const { answer, entries, ended } = asked(ENDLESS, kill.signal);
    await expect.poll(at, { timeout: 5_000 }).toHaveLength(1);
    const told = performance.now();
    kill.abort();
    expect(await answer).toMatchObject({ kind: "lost", why: expect.stringContaining("stopped") });
    expect(performance.now() - told).toBeLessThan(3_000);
    expect(await at()).toEqual([]);
    expect(entries).toMatchObject([{ kind: "sql.select", outcome: "failure" }]);
    expect(ended()).toBe(1);
  });

  it("nothing is sent where it came before the query", async () => {
    const { answer, entries } = asked("SELECT id FROM shop.customers", AbortSignal.abort());
    expect(await answer).toMatchObject({ kind: "lost" });
    expect(entries).toMatchObject([{ outcome: "failure" }]);
  });

  it("fail closed: rows that had come when it was stopped are not shown", async () => {
    const kill = new AbortController();
    const options = { ...parsers, signal: kill.signal, append: async () => kill.abort() };
    const before = await runSelect({ url: world.url }, "SELECT id FROM shop.customers LIMIT 1", options);
    expect(before.kind).toBe("lost");
  });

  it("a query that is through listens no longer", async () => {
    const kill = new AbortController();
    expect((await asked("SELECT id FROM shop.customers LIMIT 1", kill.signal).answer).kind).toBe("rows");
    kill.abort();
    expect(await at()).toEqual([]);
  });

  it("SQLite's process is ended", async () => {
    const kill = new AbortController();
    const ran = runSelect({ url: file.url }, ENDLESS.replace("WHERE i < 0", ""), { signal: kill.signal });
    setTimeout(() => kill.abort(), 300);
    const result = await ran;
    expect(result).toMatchObject({ kind: "lost", why: expect.stringContaining("stopped") });
    expect(result.record.durationMs).toBeLessThan(5_000);
  });
});

describe("parsers for a process that answers many queries", () => {
  it("are one for each version, however often they are asked for", () => {
    expect(parsers.parserFor(18)).toBe(parsers.parserFor(18));
    expect(parsers.mysqlParserFor("mysql")).not.toBe(parsers.mysqlParserFor("mariadb"));
  });
});
