import { createServer, connect, type AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import type { RunRecord } from "#sqlguard";
import { createParser, examineLogin, runSelect, type SelectOptions } from "#sqlguard/io";
import { clientServer } from "./client-server.ts";
import { probe } from "./probe.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(
  t,
  "create table shop.big as select repeat('x', 100000) as v from generate_series(1, 100)",
);
const parser = createParser(18);
afterAll(() => parser.close());

const run = (sql: string, options: SelectOptions = {}, url = world.url) =>
  runSelect({ url }, sql, { parserFor: () => parser, ...options });

describe("G6: the third wall: caps on what comes back", () => {
  it("rows: the cap, and the word that there are more", async () => {
    const result = await run("SELECT g FROM generate_series(1, 100) g", { limits: { rows: 10 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "rows" }, record: { rows: 10 } });
    expect(await run("SELECT g FROM generate_series(1, 10) g", { limits: { rows: 10 } })).toMatchObject({
      result: { truncated: null },
    });
  });

  it("bytes: the connection is cut, what came whole is kept, nothing is left", async () => {
    const before = await probe(t, world.since);
    const result = await run("SELECT v FROM shop.big", { limits: { bytes: 1_000_000 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "bytes" } });
    expect(result.record.rows).toBeLessThan(20);
    expect(await probe(t, world.since)).toEqual(before);
  });

  it("one value of more bytes than allowed is not even taken in whole", async () => {
    const result = await run("SELECT string_agg(v, '') FROM shop.big", { limits: { bytes: 500_000 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "bytes", rows: [] } });
  });

  it("cells: long values are cut, and counted", async () => {
    const result = await run("SELECT v, 'short' FROM shop.big LIMIT 3", { limits: { cell: 100 } });
    expect(result).toMatchObject({ kind: "rows", result: { cutCells: 3, truncated: null } });
    expect(result.kind === "rows" && result.result.rows[0]?.map((value) => value?.length)).toEqual([101, 5]);
  });

  it("cost: what the planner expects to be too much is not started", async () => {
    const result = await run("SELECT count(*) FROM generate_series(1, 10000000000)");
    expect(result).toMatchObject({ kind: "denied", refusals: [{ rule: "cost" }] });
    expect(await run("SELECT * FROM shop.orders a, shop.orders b, shop.orders c, shop.orders d")).toMatchObject({
      refusals: [{ rule: "cost" }],
    });
  });

  it("time: what the planner does not see ends at the server's limit", async () => {
    const endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";
    const result = await run(endless, { limits: { statementMs: 300 } });
    expect(result).toMatchObject({ kind: "failed", error: { sqlState: "57014" } });
    expect(result.record.durationMs).toBeLessThan(15_000);
  });

  it("locks: a table that somebody changes is not waited for", async () => {
    const admin = await t.adminClient();
    await admin.query("begin; lock table shop.items in access exclusive mode");
    const result = await run("SELECT * FROM shop.items");
    await admin.query("rollback");
    expect(result).toMatchObject({ kind: "failed", error: { sqlState: "55P03" } });
  });
});

describe("G6: an error says nothing of a row", () => {
  it.each([
    ["a value that is no number", "SELECT email::int FROM shop.customers", "22P02"],
    ["a value that is no date", "SELECT email::date FROM shop.customers", "22007"],
    ["a value in an error of JSON", "SELECT email::json FROM shop.customers", "22P02"],
    ["a division by zero", "SELECT 1 / (id - id) FROM shop.customers", "22012"],
  ])("%s", async (_sentence, sql, sqlState) => {
    const result = await run(sql);
    expect(result).toMatchObject({ kind: "failed", error: { sqlState } });
    expect(JSON.stringify(result)).not.toContain("example.com");
  });

  it("what the statement itself misnamed is said, with its place", async () => {
    const result = await run("SELECT nothing FROM shop.orders");
    expect(result).toMatchObject({ kind: "failed", error: { sqlState: "42703", position: 8 } });
    expect(result.kind === "failed" && result.error.says).toContain('column "nothing" does not exist');
  });
});

describe("G6: the second wall: the login", () => {
  it("a reading login has nothing that must go", async () => {
    const examined = await examineLogin({ url: world.url });
    expect(examined.kind === "findings" && examined.findings.filter(({ level }) => level === "must")).toEqual([]);
  });

  it("fail closed: a superuser's query is not run, and the SQL to put it right is printed", async () => {
    expect(await run("SELECT 1", {}, t.adminUrl)).toMatchObject({
      kind: "denied",
      refusals: expect.arrayContaining([expect.objectContaining({ rule: "role" })]),
    });
    const examined = await examineLogin({ url: t.adminUrl });
    expect(examined.kind === "findings" && examined.findings.map(({ fix }) => fix)).toContain(
      'ALTER ROLE "postgres" NOSUPERUSER;',
    );
  });

  it.each([
    ["may write to one table", "grant insert on shop.items to ROLE", "revoke insert on shop.items from ROLE"],
    [
      "may write to one column",
      "grant update (price) on shop.items to ROLE",
      "revoke update (price) on shop.items from ROLE",
    ],
    [
      "may move a sequence",
      "grant usage on sequence shop.orders_id_seq to ROLE",
      "revoke usage on sequence shop.orders_id_seq from ROLE",
    ],
    ["may create in a schema", "grant create on schema shop to ROLE", "revoke create on schema shop from ROLE"],
    ["owns a table", "create table shop.mine (a int); alter table shop.mine owner to ROLE", "drop table shop.mine"],
    ["may read files", "grant pg_read_server_files to ROLE", "revoke pg_read_server_files from ROLE"],
    ["may end sessions", "grant pg_signal_backend to ROLE", "revoke pg_signal_backend from ROLE"],
    ["may create roles", "alter role ROLE createrole", "alter role ROLE nocreaterole"],
    ["sees past row security", "alter role ROLE bypassrls", "alter role ROLE nobypassrls"],
  ])("fail closed: a login that %s runs nothing", async (_sentence, grant, revoke) => {
    await t.adminSql(grant.replaceAll("ROLE", world.role));
    const result = await run("SELECT 1");
    await t.adminSql(revoke.replaceAll("ROLE", world.role));
    expect(result).toMatchObject({
      kind: "denied",
      refusals: expect.arrayContaining([expect.objectContaining({ rule: "role" })]),
    });
    expect(await run("SELECT 1")).toMatchObject({ kind: "rows" });
  });

  it.each([
    [
      "puts its own schema first",
      "alter role ROLE set search_path = shop, pg_catalog",
      "alter role ROLE reset search_path",
    ],
  ])("fail closed: a login that %s runs nothing", async (_sentence, before, after) => {
    await t.adminSql(before.replaceAll("ROLE", world.role));
    const result = await run("SELECT 1");
    await t.adminSql(after.replaceAll("ROLE", world.role));
    expect(result).toMatchObject({ kind: "denied", refusals: [{ rule: "session" }] });
  });

  it("a role's own settings do not loosen the session's", async () => {
    await t.adminSql(`alter role ${world.role} set standard_conforming_strings = off`);
    const result = await run(
      "SELECT 'a\\', current_setting('transaction_read_only'), current_setting('standard_conforming_strings')",
    );
    await t.adminSql(`alter role ${world.role} reset standard_conforming_strings`);
    expect(result).toMatchObject({ kind: "rows", result: { rows: [["a\\", "on", "on"]] } });
  });
});

describe("A1: each query leaves its record, and no record means no rows", () => {
  it.each([
    ["rows", "SELECT id FROM shop.orders LIMIT 2", { outcome: "rows", rows: 2, rules: [], major: 18 }],
    ["a refusal", "SELECT pg_sleep(1)", { outcome: "denied", rows: 0, rules: ["function.effect"], major: 18 }],
    ["an error", "SELECT 1 / 0", { outcome: "failed", rows: 0, rules: [] }],
  ])("of %s", async (_sentence, sql, expected) => {
    const records: RunRecord[] = [];
    await run(sql, { append: async (record) => void records.push(record) });
    expect(records).toEqual([
      expect.objectContaining({
        ...expected,
        ruleSet: "sqlguard/3",
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
    ]);
    expect(JSON.stringify(records)).not.toContain("SELECT");
    // Canonical JSON has whole numbers only: with a fraction there would be no entry, and no rows.
    for (const number of Object.values(records[0] ?? {}).filter((value) => typeof value === "number"))
      expect(number).toSatisfy(Number.isSafeInteger);
  });

  it("fail closed: a log that refuses the record keeps the rows back", async () => {
    await expect(run("SELECT 1", { append: () => Promise.reject(new Error("log is closed")) })).rejects.toThrow(
      "log is closed",
    );
  });

  it("a server that is not there", async () => {
    expect(await run("SELECT 1", {}, "postgres://a:b@127.0.0.1:1/x")).toMatchObject({
      kind: "lost",
      record: { outcome: "lost" },
    });
  });
});

describe("the wire", () => {
  it("the agent's bytes go once, alone, by the extended protocol, unchanged; then ROLLBACK, and the connection closes", async () => {
    const sent: Buffer[] = [];
    const server = new URL(world.url);
    let closed = 0;
    const proxy = createServer((socket) => {
      const upstream = connect(Number(server.port), server.hostname);
      socket.on("data", (chunk) => sent.push(Buffer.from(chunk)));
      socket.pipe(upstream).pipe(socket);
      socket.on("close", () => closed++).on("error", () => {});
      upstream.on("error", () => {});
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = proxy.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const sql = "SELECT /* ünïcödé */ 'a;b' AS \"x\"  -- kept\n;";
    const result = await run(sql, {}, world.url.replace(server.host, `127.0.0.1:${port}`));
    expect(result.kind).toBe("rows");
    const all = messages(Buffer.concat(sent));
    const carrying = all.filter(({ body }) => body.includes("ünïcödé"));
    expect(carrying.map(({ type, body }) => [type, body.replaceAll("\0", "|")])).toEqual([
      ["P", `|EXPLAIN (VERBOSE, FORMAT JSON) ${sql}|||`],
      ["P", `|${sql}|||`],
    ]);
    const last = all.findLastIndex(({ body }) => body.includes("ünïcödé"));
    expect(all.slice(last).map(({ type }) => type)).toEqual(["P", "B", "D", "E", "S", "Q", "X"]);
    expect(all.at(-2)?.body).toBe("rollback\0");
    // Every text of the simple protocol is our own.
    expect(all.filter(({ type }) => type === "Q").map(({ body }) => body.split(/\s/)[0])).not.toContain("SELECT");
    await new Promise<void>((resolve) => proxy.close(() => resolve()));
    expect(closed).toBe(1);
  });
});

/** The front end's messages, after the first (which has no type). */
function messages(bytes: Buffer): readonly { readonly type: string; readonly body: string }[] {
  const found: { type: string; body: string }[] = [];
  for (let at = bytes.readInt32BE(0); at < bytes.length;) {
    const length = bytes.readInt32BE(at + 1);
    found.push({ type: String.fromCharCode(bytes[at] ?? 0), body: bytes.toString("utf8", at + 5, at + 1 + length) });
    at += 1 + length;
  }
  return found;
}

describe("G6: a session that was cut from here does not go on at the server", () => {
  it("a second connection of the same login ends it, though the way back never told the server", async () => {
    const upstream = new URL(world.url);
    // Says nothing back once the query is sent, and never tells the server that its client is gone.
    const held: ReturnType<typeof connect>[] = [];
    let connections = 0;
    const proxy = createServer((socket) => {
      const first = connections++ === 0;
      const server = connect({ port: Number(upstream.port), host: upstream.hostname });
      if (first) held.push(server);
      let silent = false;
      server.on("data", (chunk) => silent || socket.write(chunk));
      socket.on("data", (chunk) => {
        if (first && chunk.includes("shop.big")) silent = true;
        server.write(chunk);
      });
      socket.on("error", () => {}).on("close", () => first || server.end());
      server.on("error", () => {}).on("close", () => socket.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = proxy.address();
    const through = new URL(world.url);
    through.port = String(typeof address === "object" ? address?.port : "");
    const result = await run("SELECT v FROM shop.big", { limits: { statementMs: 200 } }, through.href);
    expect(result).toMatchObject({ kind: "lost" });
    expect(connections).toBe(2);
    const left = await t.adminSql("select pid from pg_stat_activity where application_name like 'countersign-sqlguard%'");
    expect(left).toEqual([]);
    for (const each of held) each.destroy();
    proxy.close();
  }); // prettier-ignore
});
