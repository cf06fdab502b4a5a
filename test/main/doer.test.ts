// The doer as it is started: a process of its own, with an environment of its own.

import { expect, it } from "vitest";
import { createDispatch } from "#gateway/io";
import { readConfig } from "#platform/config";
import { createLog } from "#platform/log";
import { keepDoer } from "../../src/main/doer.ts";
import { opened } from "../../src/main/lifecycle.ts";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";
import { startDoerProcess } from "../doer/support/process.ts";
import { temporaryDirectory } from "../support/program.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
it("X12 X14 takes a packet from the queue, asks the lease broker, and answers, with a login that reads no private half", async () => {
  const dispatch = createDispatch({ database: t.db, url: t.urls.app, keys: t.keys, onError: () => {} });
  const running = startDoerProcess(t);
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
  const { ready } = startDoerProcess(t, { DATABASE_URL: t.urls.app });
  await expect(ready).rejects.toThrow(/must not hold other logins/);
});

it("X10 there is none where calls are only explained: neither a server's own nor one that is started beside it", async () => {
  const { ready } = startDoerProcess(t, { COUNTERSIGN_EXPLAIN_MODE: "1" });
  await expect(ready).rejects.toThrow(/only explains: there is no doer in it/);

  const log = createLog({ level: "silent", secrets: [] });
  const resources = opened(log);
  const config = readConfig({ COUNTERSIGN_EXPLAIN_MODE: "1" }, "demo");
  if (config.kind !== "demo") return expect.unreachable();
  const { app, sequencer, verifier } = t.urls;
  const logins = {
    url: app,
    sequencerUrl: sequencer,
    verifierUrl: verifier,
    auditorUrl: null,
    leaseUrl: null,
    operator: null,
  };
  const place = {
    ...config,
    leases: { kind: "own", directory: temporaryDirectory() },
    dispatch: { kind: "queue" },
    apiUrl: "https://api.github.com",
  } as const;
  const database = { database: t.db, ...logins, doerUrl: t.urls.doer, claimKey: "0".repeat(64) };
  expect(await keepDoer(place, database, log, resources)).toBe(false);
  await resources.close();
});
