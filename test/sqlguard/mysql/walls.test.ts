import { createServer, connect, type AddressInfo } from "node:net";
import mysql from "mysql2";
import { afterAll, describe, expect, it } from "vitest";
import type { RunRecord } from "#sqlguard";
import { createMysqlParser, examineLogin, runSelect, type SelectOptions } from "#sqlguard/io";
import { cutOff, socketOf } from "../../../src/sqlguard/io/mysql/one-select.ts";
import { judgeLogin } from "../../../src/sqlguard/mysql/role.ts";
import { probe } from "./probe.ts";
import { clientServer } from "./server.ts";
import { shopWorld } from "./world.ts";

const t = await clientServer();
const world = await shopWorld(t);
await t.sql("create table big (id int primary key, v longtext not null)");
for (let i = 0; i < 100; i++) await t.sql(`insert into big values (${i}, repeat('x', 100000))`);
const parser = createMysqlParser(t.dialect);
afterAll(() => parser.close());

const run = (sql: string, options: SelectOptions = {}, url = world.url) =>
  runSelect({ url }, sql, { mysqlParserFor: () => parser, ...options });

describe("G6: the third wall: caps on what comes back", () => {
  it("rows: the cap, and the word that there are more", async () => {
    const result = await run("SELECT id FROM orders", { limits: { rows: 10 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "rows" }, record: { rows: 10 } });
    expect(await run("SELECT id FROM orders LIMIT 10", { limits: { rows: 10 } })).toMatchObject({
      result: { truncated: null },
    });
  });

  it("rows: a limit of the statement's own does not lift the cap", async () => {
    const before = await probe(t, world);
    const result = await run("SELECT id FROM orders LIMIT 200", { limits: { rows: 10 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "rows" }, record: { rows: 10 } });
    expect(await probe(t, world)).toEqual(before);
  });

  it("bytes: the connection is cut, what came whole is kept, nothing is left", async () => {
    const before = await probe(t, world);
    const result = await run("SELECT v FROM big", { limits: { bytes: 1_000_000 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "bytes" } });
    expect(result.record.rows).toBeLessThan(20);
    expect(await probe(t, world)).toEqual(before);
  });

  it("one value of more bytes than allowed is not even taken in whole", async () => {
    const result = await run("SELECT group_concat(v) FROM big", { limits: { bytes: 500_000 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "bytes", rows: [] } });
  });

  it("cells: long values are cut, and counted; bytes are shown as such", async () => {
    const result = await run("SELECT v, 'short' FROM big LIMIT 3", { limits: { cell: 100 } });
    expect(result).toMatchObject({ kind: "rows", result: { cutCells: 3, truncated: null } });
    expect(result.kind === "rows" && result.result.rows[0]?.map((value) => value?.length)).toEqual([101, 5]);
    expect(await run("SELECT raw, NULL, 1.50, 12345678901234567890 FROM events LIMIT 1")).toMatchObject({
      result: { rows: [["0x00ff", null, "1.50", "12345678901234567890"]] },
    });
  });

  it("cost: what the planner expects to be too much is not started", async () => {
    const result = await run("SELECT count(*) FROM items a, items b, items c, items d WHERE a.price < b.price");
    expect(result).toMatchObject({ kind: "denied", refusals: [{ rule: "cost" }] });
  });

  it("time: what the planner does not see ends at the server's limit", async () => {
    const slow = `SELECT count(*) FROM items a, items b, items c WHERE ${Array.from({ length: 40 }, (_, i) => `SHA2(a.id + b.id + c.id, 512) <> '${i}'`).join(" AND ")}`;
    const result = await run(slow, { limits: { statementMs: 1_000, examined: Number.MAX_SAFE_INTEGER } });
    // A server that is late with its own limit is cut from here, a second later.
    if (result.kind !== "lost")
      expect(result).toMatchObject({ kind: "failed", error: { says: expect.stringContaining("longer than it may") } });
    expect(result.record.durationMs).toBeLessThan(15_000);
  }, 30_000);

  it("time: a chain of subqueries that the server would work on for long is ended, too", async () => {
    const result = await run(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
      { limits: { statementMs: 2_000 } },
    );
    // MariaDB stops after so many steps and gives what it has; MySQL refuses.
    if (t.dialect === "mariadb") expect(result).toMatchObject({ result: { rows: [["1001"]] } });
    else expect(result).toMatchObject({ kind: "failed" });
  });

  it("time: a server that answers nothing is cut at once, not asked to say goodbye", async () => {
    const silent = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address: AddressInfo | string | null = silent.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const accepted = new Promise<void>((resolve) => silent.once("connection", () => resolve()));
    const connection = mysql.createConnection({ host: "127.0.0.1", port });
    connection.on("error", () => {});
    await accepted;
    cutOff(connection);
    expect(socketOf(connection)?.destroyed).toBe(true);
    silent.close();
  });

  it("locks: a table that somebody changes is not waited for longer than a second", async () => {
    await t.sql("lock tables items write");
    const result = await run("SELECT count(*) FROM items");
    await t.sql("unlock tables");
    expect(result).toMatchObject({ kind: "failed", error: { says: expect.stringContaining("holds a lock") } });
    expect(result.record.durationMs).toBeLessThan(8_000);
  });
});

describe("G6: an error says nothing of a row", () => {
  it.each([
    ["a value too big", "SELECT ~0 + ASCII(email) FROM customers"],
    [
      "a value in an error of a group",
      "SELECT count(*), CONCAT(email, FLOOR(RAND(0) * 2)) AS x FROM customers, orders GROUP BY x LIMIT 0",
    ],
    ["a subquery of several rows", "SELECT (SELECT email FROM customers)"],
    ["a value in an error of JSON", "SELECT JSON_EXTRACT(email, '$[') FROM customers"],
    ["a regular expression out of a value", "SELECT 'a' REGEXP CONCAT('(', email) FROM customers"],
  ])("%s", async (_sentence, sql) => {
    const result = await run(sql);
    expect(result.kind === "rows" ? [["a", "0"]] : JSON.stringify(result)).not.toContain("example.com");
    if (result.kind !== "rows") expect(result.kind).toBe("failed");
  });

  it("what the statement itself misnamed is said", async () => {
    const result = await run("SELECT nothing FROM orders");
    expect(result).toMatchObject({ kind: "failed", error: { sqlState: "42S22", position: null } });
    expect(result.kind === "failed" && result.error.says).toContain("Unknown column 'nothing'");
  });
});

describe("G6: the second wall: the login", () => {
  it("a reading login has nothing that must go", async () => {
    const examined = await examineLogin({ url: world.url });
    expect(examined).toMatchObject({ kind: "findings", dialect: t.dialect });
    expect(examined.kind === "findings" && examined.findings.filter(({ level }) => level === "must")).toEqual([]);
  });

  it("fail closed: an administrator's query is not run, and the SQL to put it right is printed", async () => {
    const url = t.adminUrl;
    expect(await run("SELECT 1", {}, url)).toMatchObject({
      kind: "denied",
      refusals: expect.arrayContaining([expect.objectContaining({ rule: "role" })]),
    });
    const examined = await examineLogin({ url });
    expect(JSON.stringify(examined)).toContain("REVOKE GRANT OPTION ON *.* FROM 'root'@'localhost';");
  });

  it("what a role or everybody has is taken from the role, or from PUBLIC", () => {
    const findings = judgeLogin({
      account: "reader@%",
      otherAccount: false,
      serverWrites: false,
      grants: [
        "GRANT `writers` TO `reader`@`%`",
        "GRANT UPDATE ON `shop`.* TO `writers`",
        "GRANT SELECT, INSERT ON `test`.* TO PUBLIC",
        "GRANT DELETE ON `shop`.* TO `reader`@`%`",
      ],
    });
    expect(findings.map(({ fix }) => fix)).toEqual([
      "REVOKE UPDATE ON `shop`.* FROM `writers`;",
      "REVOKE INSERT ON `test`.* FROM PUBLIC;",
      "REVOKE DELETE ON `shop`.* FROM 'reader'@'%';",
    ]);
  });

  it.each([
    ["may write to one table", "insert on DB.items"],
    ["may write to one column", "update (price) on DB.items"],
    ["may lock tables", "lock tables on DB.*"],
    ["may create temporary tables", "create temporary tables on DB.*"],
    ["may call routines", "execute on DB.*"],
    ["may create views", "create view on DB.*"],
    ["may read files", "file on *.*"],
    ["may see what others run", "process on *.*"],
    ["may reload", "reload on *.*"],
    ["may replicate", "replication slave on *.*"],
    ["may do what administrators may", "super on *.*"],
  ])("fail closed: a login that %s runs nothing", async (_sentence, right) => {
    const rights = right.replaceAll("DB", world.database);
    await t.sql(`grant ${rights} to ${world.account}`);
    const result = await run("SELECT 1");
    const examined = await examineLogin({ url: world.url });
    await t.sql(`revoke ${rights} from ${world.account}`);
    expect(result).toMatchObject({
      kind: "denied",
      refusals: expect.arrayContaining([expect.objectContaining({ rule: "role" })]),
    });
    expect(JSON.stringify(examined)).toMatch(/REVOKE [A-Z ]+ ON /);
    // The account's password stands in its grants.
    expect(JSON.stringify([result, examined])).not.toMatch(/IDENTIFIED|\*[0-9A-F]{40}/);
    expect(await run("SELECT 1")).toMatchObject({ kind: "rows" });
  });

  it("fail closed: what a role of the login's may do is the login's", async () => {
    const role = `r_${world.user}`;
    await t.sql(`create role ${role}`);
    await t.sql(`grant insert on ${world.database}.items to ${role}`);
    await t.sql(`grant ${role} to ${world.account}`);
    await t.sql(
      t.dialect === "mariadb"
        ? `set default role ${role} for ${world.account}`
        : `alter user ${world.account} default role ${role}`,
    );
    const result = await run("SELECT 1");
    await t.sql(`drop role ${role}`);
    if (t.dialect === "mariadb") await t.sql(`set default role none for ${world.account}`);
    expect(result).toMatchObject({ kind: "denied", refusals: [expect.objectContaining({ rule: "role" })] });
    expect(await run("SELECT 1")).toMatchObject({ kind: "rows" });
  });

  it("fail closed: a login that may give its rights to others runs nothing", async () => {
    await t.sql(`grant select on ${world.database}.* to ${world.account} with grant option`);
    const result = await run("SELECT 1");
    await t.sql(`revoke grant option on ${world.database}.* from ${world.account}`);
    expect(result).toMatchObject({ kind: "denied", refusals: [expect.objectContaining({ rule: "role" })] });
  });

  it("the server's settings do not loosen the session's", async () => {
    const [mode] = await t.sql("select @@global.sql_mode as m");
    await t.sql("set global sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,IGNORE_SPACE'");
    const result = await run("SELECT \"a\", 'a\\nb', 'x' || 'y', @@sql_mode");
    await t.sql("set global sql_mode = ?", [String(mode?.["m"])]);
    expect(result).toMatchObject({
      kind: "rows",
      result: { rows: [["a", "a\nb", "0", expect.stringContaining("STRICT")]] },
    });
  });
});

describe("G6: the third wall holds where the first would not", () => {
  it("several statements are refused by the protocol, writes by the session, whoever asks", async () => {
    const { openSession } = await import("../../../src/sqlguard/io/mysql/session.ts");
    const { RUN_LIMITS } = await import("#sqlguard");
    for (const sql of [
      "SELECT 1; DELETE FROM items",
      "DELETE FROM items",
      "TRUNCATE TABLE items",
      "DROP TABLE items",
      "ALTER TABLE items ADD COLUMN x int",
      "CREATE TABLE sly (a int)",
      "RENAME TABLE items TO others",
    ]) {
      const opened = await openSession(t.adminUrl, RUN_LIMITS);
      if (opened.kind !== "open") throw new Error(opened.why);
      expect(await opened.session.select(sql, RUN_LIMITS)).toMatchObject({ kind: "refused" });
      await opened.session.end();
    }
    expect(await t.sql("select count(*) as n from items")).toEqual([{ n: 600 }]);
  });
});

describe("A1: each query leaves its record, and no record means no rows", () => {
  it.each([
    ["rows", "SELECT id FROM orders LIMIT 2", { outcome: "rows", rows: 2, rules: [] }],
    ["a refusal", "SELECT SLEEP(1)", { outcome: "denied", rows: 0, rules: ["function.effect"] }],
    ["an error", "SELECT nothing", { outcome: "failed", rows: 0, rules: [] }],
  ])("of %s", async (_sentence, sql, expected) => {
    const records: RunRecord[] = [];
    await run(sql, { append: async (record) => void records.push(record) });
    expect(records).toEqual([
      expect.objectContaining({
        ...expected,
        dialect: t.dialect,
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      }),
    ]);
    expect(JSON.stringify(records)).not.toContain("SELECT");
    for (const number of Object.values(records[0] ?? {}).filter((value) => typeof value === "number"))
      expect(number).toSatisfy(Number.isSafeInteger);
  });

  it("fail closed: a log that refuses the record keeps the rows back", async () => {
    await expect(run("SELECT 1", { append: () => Promise.reject(new Error("log is closed")) })).rejects.toThrow(
      "log is closed",
    );
  });

  it.each([
    ["a server that is not there", "mysql://a:b@127.0.0.1:1/x", "cannot be reached"],
    ["a wrong password", world.url.replace(/:[^:@]*@/, ":wrong@"), "refused the login"],
    ["an option that could turn on several statements", `${world.url}?multipleStatements=true`, "ssl-mode"],
    ["a way of TLS that is none", `${world.url}?ssl-mode=maybe`, "ssl-mode is one of"],
  ])("%s", async (_sentence, url, why) => {
    expect(await run("SELECT 1", {}, url)).toMatchObject({
      kind: "lost",
      why: expect.stringContaining(why),
      record: { outcome: "lost" },
    });
  });

  it("fail closed: another host without TLS is not talked to unless the URL says so", async () => {
    expect(await run("SELECT 1", {}, world.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"))).toMatchObject({
      kind: "lost",
    });
  });
});

describe("the wire", () => {
  it("the agent's bytes go once, alone, by the prepared protocol, unchanged; then ROLLBACK, and the connection closes", async () => {
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
    const sql = "SELECT /* ünïcödé */ 'a;b' AS `x`  -- kept\n;";
    const result = await run(sql, {}, world.url.replace(server.host, `127.0.0.1:${port}`));
    expect(result.kind).toBe("rows");
    const all = messages(Buffer.concat(sent)).slice(1);
    expect(all.filter(({ body }) => body.includes("ünïcödé"))).toEqual([
      { command: PREPARE, body: `EXPLAIN FORMAT=TRADITIONAL ${sql}` },
      { command: PREPARE, body: sql },
    ]);
    const last = all.findLastIndex(({ body }) => body.includes("ünïcödé"));
    expect(all.slice(last).map(({ command }) => command)).toEqual([PREPARE, EXECUTE, QUERY, QUIT]);
    // MySQL puts the number of its query attributes before it.
    expect(all.at(-2)?.body).toMatch(/^(?:\0\x01)?rollback$/);
    await new Promise<void>((resolve) => proxy.close(() => resolve()));
    await expect.poll(() => closed).toBe(1);
  });
});

const QUIT = 0x01;
const QUERY = 0x03;
const PREPARE = 0x16;
const EXECUTE = 0x17;

/** The client's packets; the first of them is the login. */
function messages(bytes: Buffer): readonly { readonly command: number; readonly body: string }[] {
  const found: { command: number; body: string }[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUIntLE(at, 3);
    found.push({ command: bytes[at + 4] ?? -1, body: bytes.toString("utf8", at + 5, at + 4 + length) });
    at += 4 + length;
  }
  return found;
}

describe("G6: a session that was cut from here does not go on at the server", () => {
  it("the thread is ended when the answer is cut, however much it still had to send", async () => {
    const result = await run("SELECT a.id, b.id FROM orders a, orders b, items c", { limits: { bytes: 5_000 } });
    expect(result).toMatchObject({ kind: "rows", result: { truncated: "bytes" } });
    const user = decodeURIComponent(new URL(world.url).username);
    // It notices the KILL at its next look, a moment later; without one it would send on.
    await expect.poll(() => t.sql(`select id from information_schema.processlist where user = '${user}'`)).toEqual([]);
  }); // prettier-ignore

  it("X2: a kill ends it while it runs", async () => {
    const kill = new AbortController();
    const many =
      "SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e WHERE a.total < b.total + c.total + d.total";
    const ran = run(many, { limits: { examined: 1e15 }, signal: kill.signal });
    const user = decodeURIComponent(new URL(world.url).username);
    const running = () =>
      t.sql(
        `select id from information_schema.processlist where user = '${user}' and info like '%orders e%' and info not like 'EXPLAIN%'`,
      );
    await expect.poll(running, { timeout: 5_000 }).toHaveLength(1);
    kill.abort();
    expect(await ran).toMatchObject({ kind: "lost", why: expect.stringContaining("stopped") });
    await expect.poll(running, { timeout: 5_000 }).toEqual([]);
  });
});
