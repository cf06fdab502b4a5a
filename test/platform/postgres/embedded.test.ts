import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "#platform/postgres";
import { whyUnusable } from "../../../src/platform/postgres/embedded-state.ts";
import { openDirectory } from "../../support/directory.ts";

const root = openDirectory("embedded");
afterAll(() => rmSync(root, { recursive: true, force: true }));
let made = 0;
const freshDir = (): string => join(root, `d${++made}`, "postgres");

async function start(dir: string, lines: string[] = []): Promise<EmbeddedPostgres> {
  const cluster = await startEmbeddedPostgres({ dir, onProgress: (line) => lines.push(line) });
  onTestFinished(() => cluster.stop());
  return cluster;
}

async function ask(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(text)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

async function startElsewhere(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./embedded-process.ts", import.meta.url))], {
    env: { ...process.env, CLUSTER_DIR: dir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line]: unknown[] = await once(child.stdout ?? child, "data");
  return { child, url: String(line).trim() };
}

const clusterDir = (dir: string): string => join(dir, process.getuid?.() === 0 ? "cluster" : "", "data");

describe("the built-in PostgreSQL", () => {
  it("a directory given from the working directory, as .data is, is the same one for PostgreSQL's programs", async () => {
    const dir = freshDir();
    const cluster = await start(relative(process.cwd(), dir));
    expect(await ask(cluster.adminUrl, "show data_directory")).toBe(clusterDir(dir));
  });

  it("is PostgreSQL 18, on loopback only, by password only, and keeps its data over a restart", async () => {
    const dir = freshDir();
    const first: string[] = [];
    const cluster = await start(dir, first);
    expect(await ask(cluster.adminUrl, "show server_version")).toMatch(/^18\./);
    expect(await ask(cluster.adminUrl, "show listen_addresses")).toBe("127.0.0.1");
    expect(await ask(cluster.adminUrl, "show unix_socket_directories")).toBe("");
    expect(await ask(cluster.adminUrl, "select bool_and(auth_method = 'scram-sha-256') from pg_hba_file_rules")).toBe(
      true,
    );
    await expect(ask(cluster.adminUrl.replace(/:[^:@]+@/, ":wrong@"), "select 1")).rejects.toMatchObject({
      code: "28P01",
    });
    expect(statSync(join(dir, "cluster.json")).mode & 0o077).toBe(0);
    await ask(cluster.adminUrl, "create table kept as select 7 as n");
    await cluster.stop();
    const second: string[] = [];
    const again = await start(dir, second);
    expect(await ask(again.adminUrl, "select n from kept")).toBe(7);
    expect(again.adminUrl).toBe(cluster.adminUrl);
    expect(first.some((line) => line.startsWith("Creating"))).toBe(true);
    expect(second.some((line) => line.startsWith("Creating"))).toBe(false);
  });

  it("killed (kill -9) beside us, it is there again by itself, under the same address and with every row", async () => {
    const dir = freshDir();
    const lines: string[] = [];
    const cluster = await start(dir, lines);
    await ask(cluster.adminUrl, "create table kept as select 7 as n");
    for (let time = 1; time <= 2; time += 1) {
      process.kill(Number(readFileSync(join(clusterDir(dir), "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
      await expect
        .poll(() => ask(cluster.adminUrl, "select n from kept").catch(() => null), { timeout: 30_000 })
        .toBe(7);
      expect(lines.filter((line) => line.includes("started again"))).toHaveLength(time);
    }
    await cluster.stop();
    await expect(ask(cluster.adminUrl, "select 1"), "stopped by us, it stays so").rejects.toThrow();
    expect(lines.filter((line) => line.includes("started again"))).toHaveLength(2);
  });

  it("takes another port where its own is taken by then", async () => {
    const dir = freshDir();
    const cluster = await start(dir);
    await cluster.stop();
    const squatter = createServer().listen(Number(new URL(cluster.adminUrl).port), "127.0.0.1");
    await once(squatter, "listening");
    onTestFinished(() => void squatter.close());
    const again = await start(dir);
    expect(new URL(again.adminUrl).port).not.toBe(new URL(cluster.adminUrl).port);
    expect(await ask(again.adminUrl, "select 1")).toBe(1);
  });

  it("after a kill -9 of Countersign: the server goes down by itself, and the next start has all that was committed", async () => {
    const dir = freshDir();
    const { child, url } = await startElsewhere(dir);
    await ask(url, "create table kept as select 7 as n");
    child.kill("SIGKILL");
    await once(child, "exit");
    const again = await start(dir);
    expect(await ask(again.adminUrl, "select n from kept")).toBe(7);
  });

  it("after a kill -9 of both: the stale lock file is no obstacle, also when its process id belongs to somebody else by now", async () => {
    const dir = freshDir();
    const { child, url } = await startElsewhere(dir);
    await ask(url, "create table kept as select 7 as n");
    const lock = join(clusterDir(dir), "postmaster.pid");
    const lines = readFileSync(lock, "utf8").split("\n");
    process.kill(Number(lines[0]), "SIGKILL");
    child.kill("SIGKILL");
    await once(child, "exit");
    writeFileSync(lock, [String(process.pid), ...lines.slice(1)].join("\n"));
    const again = await start(dir);
    expect(await ask(again.adminUrl, "select n from kept")).toBe(7);
  });

  it("a half-finished initdb is removed and done again", async () => {
    const dir = freshDir();
    const partial = `${clusterDir(dir)}.new`;
    mkdirSync(join(partial, "base"), { recursive: true });
    writeFileSync(join(partial, "PG_VERSION"), "18\n");
    const cluster = await start(dir);
    expect(await ask(cluster.adminUrl, "select 1")).toBe(1);
    expect(existsSync(partial)).toBe(false);
  });

  it("a second Countersign on the same directory is told which process has it, and does no harm", async () => {
    const dir = freshDir();
    const { child, url } = await startElsewhere(dir);
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`process ${child.pid}`),
    });
    expect(await ask(url, "select 1")).toBe(1);
  });

  it("lost keys are said in one sentence, and nothing is thrown away", async () => {
    const dir = freshDir();
    const cluster = await start(dir);
    await cluster.stop();
    writeFileSync(join(dir, "cluster.json"), "{ half");
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("cluster.json"),
    });
    rmSync(join(dir, "cluster.json"));
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("keys"),
    });
    expect(readdirSync(clusterDir(dir))).toContain("PG_VERSION");
  });

  it("a database that is gone is said, and no empty one is made in its place", async () => {
    const dir = freshDir();
    await (await start(dir)).stop();
    const aside = `${clusterDir(dir)}.aside`;
    renameSync(clusterDir(dir), aside);
    await expect(startEmbeddedPostgres({ dir })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/is not there\. Put it back from its backup/),
    });
    renameSync(aside, clusterDir(dir));
    await start(dir);
  });

  it("whoever only asks makes no database, and ends none that runs", async () => {
    const dir = freshDir();
    await expect(startEmbeddedPostgres({ dir, create: false })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("a server makes it at its first start"),
    });
    expect(existsSync(join(dir, "cluster.json"))).toBe(false);
    const cluster = await start(dir);
    renameSync(join(dir, "cluster.json"), join(dir, "cluster.lost"));
    await expect(startEmbeddedPostgres({ dir, create: false })).rejects.toMatchObject({ code: "config_invalid" });
    expect(await ask(cluster.adminUrl, "select 1")).toBe(1);
  });

  it("another user is told who may read them, and never to remove anything", () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    expect(whyUnusable("pg", denied)).toMatch(/belongs to another user\. Run this as/);
    expect(whyUnusable("pg", denied)).not.toContain("remove");
    expect(whyUnusable("pg", new SyntaxError("half"))).toContain("Restore it, or remove the directory pg");
  });

  it("works in a clone that the account of PostgreSQL cannot enter, such as one under /root", async () => {
    const closed = join(root, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const dir = join(closed, "postgres");
    const cluster = await start(dir);
    const where = String(await ask(cluster.adminUrl, "show data_directory"));
    expect(await ask(cluster.adminUrl, "select 1")).toBe(1);
    await ask(cluster.adminUrl, "create table kept as select 7 as n");
    // As an ordinary user there is no other account, and the data lie where they were asked for.
    expect(where.startsWith(closed)).toBe(process.getuid?.() !== 0);
    await cluster.stop();
    chmodSync(closed, 0o755);
    const lines: string[] = [];
    const again = await start(dir, lines);
    expect(await ask(again.adminUrl, "select n from kept"), "and stays where it is when that clone is opened").toBe(7);
    await again.stop();
    if (!where.startsWith(closed)) {
      expect(lines, "a copy of the clone is no copy of it").toContainEqual(
        expect.stringContaining(`data are in ${where}`),
      );
      rmSync(dir, { recursive: true });
      const anew = await start(dir, lines);
      expect(await ask(anew.adminUrl, "select to_regclass('kept')::text"), "begun anew").toBeNull();
      await anew.stop();
      expect(readdirSync(`${where}.left`), "and the earlier one is not thrown away").toContain("PG_VERSION");
    }
    if (!where.startsWith(closed)) rmSync(join(where, "..", ".."), { recursive: true, force: true });
  });
});
