import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connectBroker } from "#audit/io";
import { createLog } from "#platform/log";
import { openBrokerFor, brokerSocketIn } from "../../src/main/broker.ts";
import { opened } from "../../src/main/lifecycle.ts";
import { program, temporaryDirectory } from "../support/program.ts";

/** The one child of this process that is a broker. */
function childOf(parent: number): number {
  const found = execFileSync("ps", ["--ppid", String(parent), "-o", "pid=,args="], { encoding: "utf8" });
  return Number(/^\s*(\d+) .* broker$/m.exec(found)?.[1]);
}

const quiet = createLog({ level: "silent", secrets: [] });

describe("`countersign broker`", () => {
  it("serves a socket for this user only, prints its key, and ends when asked", async () => {
    const directory = temporaryDirectory();
    const broker = program(["broker"], { BROKER_DIR: directory, AUDIT_ORIGIN: "audit.example.com" });
    const [, vkey] = await broker.says(/(audit\.example\.com\/epochs\+[0-9a-f]{8}\+\S+)/);
    expect(statSync(join(directory, "broker.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, "log-key.pem")).mode & 0o777).toBe(0o600);
    const client = connectBroker(join(directory, "broker.sock"));
    expect(await client.identity()).toEqual({ base: "audit.example.com", vkey });
    client.close();
    broker.child.kill("SIGTERM");
    expect((await broker.ended).status).toBe(0);
  });

  it("does not start with the secrets of another process in its environment (fail closed)", async () => {
    const { status, err } = await program(["broker"], {
      BROKER_DIR: temporaryDirectory(),
      DATABASE_URL: "postgres://a:b@localhost/c",
    }).ended;
    expect(status).toBe(2);
    expect(err).toContain("must not hold other secrets, and its environment has DATABASE_URL");
  });
});

describe("a server without a broker of its own", () => {
  it("starts one, gets it back after it was killed, and ends it with itself", async () => {
    const directory = temporaryDirectory();
    const resources = opened(quiet);
    const broker = await openBrokerFor({ kind: "own", directory, origin: null }, quiet, resources);
    const { vkey, base } = await broker.identity();
    expect(base).toMatch(/^localhost\/[0-9a-f]{8}$/);
    process.kill(childOf(process.pid), "SIGKILL");
    await expect(broker.identity()).rejects.toMatchObject({ code: "broker_unavailable" });
    await expect.poll(() => broker.identity().catch(() => null), { timeout: 20_000 }).toEqual({ base, vkey });
    await resources.close();
    await expect(broker.identity()).rejects.toMatchObject({ code: "broker_unavailable" });
  });

  it("a path too long for a socket is no reason not to start", () => {
    expect(brokerSocketIn("/short")).toBe("/short/broker.sock");
    expect(Buffer.byteLength(brokerSocketIn(`/${"long".repeat(40)}`))).toBeLessThan(104);
  });
});
