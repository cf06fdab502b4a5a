// What a user meets who starts it wrongly: one plain sentence, the way out, and status 2.

import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { machineProblem } from "../../src/main/machine.ts";
import { program, temporaryDirectory } from "../support/program.ts";

const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const good = { APP_ID: "4242", PRIVATE_KEY: privateKey, WEBHOOK_SECRET: "9f2c81d07be64a35b1d0e88f53a7c264" };
const dir = temporaryDirectory();

const squatter = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => squatter.once("listening", resolve));
const address = squatter.address();
const taken = String(typeof address === "object" && address !== null ? address.port : 0);
afterAll(() => void squatter.close());

const file = join(dir, "a-file");
writeFileSync(file, "");
const damaged = join(dir, "damaged");
mkdirSync(join(damaged, "live"), { recursive: true });
writeFileSync(join(damaged, "live", "github-app.json"), "{");

const wrong: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
  ["the demo beside a real App", ["demo"], { ...good, DATA_DIR: join(dir, "1") }, /The demo does not start beside real settings \(found APP_ID, PRIVATE_KEY, WEBHOOK_SECRET\)/],
  ["the demo beside a real database", ["demo"], { DATABASE_URL: "postgres://a:b@db/c", DATA_DIR: join(dir, "1") }, /found DATABASE_URL/],
  ["Probot's default secret", ["serve"], { ...good, WEBHOOK_SECRET: "development", DATA_DIR: join(dir, "2") }, /WEBHOOK_SECRET is the default that everybody knows/],
  ["Probot's default secret, with `start`", ["start"], { ...good, WEBHOOK_SECRET: "development", DATA_DIR: join(dir, "2") }, /everybody knows/],
  ["production without a database", ["serve"], { ...good, NODE_ENV: "production", DATA_DIR: join(dir, "2") }, /DATABASE_URL is missing/],
  ["several at once", ["serve"], { APP_ID: "x", WEBHOOK_SECRET: "short", PORT: "y", DATA_DIR: join(dir, "2") }, /has 4 problems:\n {2}- .*\n {2}- .*\n {2}- .*\n {2}- /],
  ["a damaged file of the connected App", ["start"], { DATA_DIR: damaged }, /github-app\.json cannot be used\. Restore it from a backup/],
  ["a data directory that cannot be made", ["demo"], { DATA_DIR: join(file, "data"), PORT: "0" }, /cannot be created: this user may not write there\. Start from a directory of your own, or set DATA_DIR/],
  ["Connect GitHub where the App's key could not be kept", ["serve"], { DATA_DIR: join(file, "data"), PORT: "0" }, /The new App's key could not be kept in .*\. Start from a directory of your own, or set DATA_DIR/],
  ["an operator's command where nothing runs: it makes no database of its own", ["audit", "fingerprint"], { DATA_DIR: join(dir, "6") }, /^No demo is running here, and nothing else is configured\./],
  ["a database that does not answer", ["serve"], { ...good, DATA_DIR: join(dir, "3"), DATABASE_URL: "postgres://a:b@127.0.0.1:1/c", CLAIM_KEY: "0123456789abcdef".repeat(4) }, /database .*(?:reach|answer)/i],
]; // prettier-ignore

describe("a start that cannot work says why and what to do", () => {
  test.each(wrong)("%s", async (_, args, env, sentence) => {
    const { status, err, out } = await program(args, env).ended;
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/\n\s+at /);
    expect({ status, out }).toEqual({ status: 2, out: "" });
  });

  test("a port that is taken: nothing stays behind", async () => {
    const { status, err } = await program(["demo"], { DATA_DIR: join(dir, "4"), PORT: taken }).ended;
    expect(err).toMatch(
      new RegExp(
        `Port ${taken} is taken by another program\\. Stop that program, or choose another port: PORT=\\d+ npm start`,
      ),
    );
    expect(status).toBe(2);
    expect(existsSync(join(dir, "4")), "nothing was begun").toBe(false);
    const again = program(["demo"], { DATA_DIR: join(dir, "4"), PORT: "0" });
    await again.says(/ready/);
    const beside = await program(["tenant", "onboard", "initech"], { DATA_DIR: join(dir, "4") }).ended;
    expect(beside).toMatchObject({ status: 1, err: expect.stringContaining("The demo runs here") });
    const doctor = await program(["doctor"], { DATA_DIR: join(dir, "4") }).ended;
    expect(doctor.out).toMatch(/^ok {4}The demo runs here[^]*Not examined, since the demo has none: a GitHub App/);
    expect(doctor.out).not.toMatch(/^(?:warn|FAIL)/m);
    expect(doctor.status).toBe(0);
    expect(existsSync(join(dir, "4", "live"))).toBe(false);
  });
});

describe("without an App", () => {
  test("serve offers Connect GitHub, by a link that only the terminal shows", async () => {
    const server = program(["serve"], {
      DATA_DIR: join(dir, "5"),
      PORT: "0",
      PUBLIC_URL: "https://countersign.example.com",
    });
    const [, token] = await server.says(/https:\/\/countersign\.example\.com\/connect\?token=([A-Za-z0-9_-]{43})/);
    expect(server.err()).not.toContain(token);
  });

  test("doctor and migrate say what is missing", async () => {
    const doctor = await program(["doctor", "--json"], { DATA_DIR: join(dir, "6") }).ended;
    expect(JSON.parse(doctor.out)).toMatchObject({
      status: 2,
      lines: [{ status: "fail", what: expect.stringContaining("No GitHub App is configured") }],
    });
    expect(doctor.status).toBe(2);
    const migrate = await program(["migrate"], { DATA_DIR: join(dir, "6") }).ended;
    expect(migrate).toMatchObject({
      status: 2,
      err: expect.stringContaining(
        "There is nothing to migrate: built-in PostgreSQL is brought up to date at every start",
      ),
    });
  });
});

test("`audit key show` where no broker runs: an answer that programs read, too", async () => {
  const env = { DATA_DIR: join(dir, "7") };
  const [text, json] = await Promise.all([
    program(["audit", "key", "show"], env).ended,
    program(["audit", "key", "show", "--json"], env).ended,
  ]);
  expect(text).toMatchObject({
    status: 2,
    out: "",
    err: expect.stringContaining("It runs with the server or the demo"),
  });
  expect(json).toMatchObject({ status: 2, err: "" });
  expect(JSON.parse(json.out)).toMatchObject({ kind: "refused", problems: [expect.stringContaining("broker.sock")] });
});

test("whoever reads the output may stop reading: the status stays what it was, and no stack trace appears", async () => {
  const explained = program(["gate", "explain"], {});
  explained.child.stdout?.destroy();
  expect(await explained.ended).toMatchObject({ status: 0, err: "" });
});

describe("what the machine refuses is told without a stack trace", () => {
  test.each([
    [{ code: "EACCES", path: ".data/x" }, ".data/x cannot be used: this user may not write there."],
    [{ code: "EROFS", path: ".data/x" }, ".data/x cannot be used: this user may not write there."],
    [{ code: "ENOSPC" }, "the disk is full. Free some space"],
  ])("%o", (facts, sentence) => {
    expect(machineProblem(Object.assign(new Error("refused"), facts))).toContain(sentence);
  });

  test("anything else stays the bug it is", () => {
    expect(machineProblem(new Error("a bug"))).toBeNull();
    expect(machineProblem(Object.assign(new Error("a bug"), { code: "ERR_ASSERTION" }))).toBeNull();
  });
});
