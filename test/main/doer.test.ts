// The doer as it is started: a process of its own, with an environment of its own.

import { expect, it } from "vitest";
import { createDispatch } from "#gateway/io";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";
import { startProgram } from "#platform/process";
import { join } from "node:path";
import { afterAll } from "vitest";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const MAIN = join(import.meta.dirname, "../../src/main.ts");

function start(more: Readonly<Record<string, string>> = {}) {
  const child = startProgram(
    {
      program: process.execPath,
      args: [MAIN, "doer"],
      env: {
        PATH: process.env["PATH"] ?? "",
        DOER_DATABASE_URL: t.urls.doer,
        CLAIM_KEY: t.claimKey,
        KEYS_DIR: t.keysDir,
        CLIENTS_DIR: join(t.keysDir, "clients"),
        LEASE_BROKER_SOCKET: join(t.keysDir, "lease.sock"),
        LOG_LEVEL: "warn",
        ...more,
      },
    },
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  afterAll(() => void child.kill("SIGKILL"));
  let said = "";
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString("utf8");
      if (said.includes("takes packets")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
  return { child, ready, said: () => said };
}

it("X12 X14 takes a packet from the queue, asks the lease broker, and answers, with a login that reads no private half", async () => {
  const dispatch = createDispatch({ database: t.db, url: t.urls.app, keys: t.keys, onError: () => {} });
  const running = start();
  await running.ready;
  const call = newCall();
  await dispatch.send(await lab.sign(acme, { call }));
  // No lease broker runs here: it says so, and nothing of the world was touched.
  expect(await dispatch.outcome(acme.id, call, 30_000)).toMatchObject({ kind: "refused", why: expect.any(String) });
  expect(await lab.log(acme)).toEqual(["call.execute intent", "call.execute refused"]);
  await dispatch.close();
  running.child.kill("SIGTERM");
});

it("refuses an environment that has more than its own", async () => {
  const { ready } = start({ DATABASE_URL: t.urls.app });
  await expect(ready).rejects.toThrow(/must not hold other logins/);
});
