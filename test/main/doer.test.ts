// The doer as it is started: a process of its own, with an environment of its own.

import { expect, it } from "vitest";
import { createDispatch } from "#gateway/io";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";
import { startDoerProcess } from "../doer/support/process.ts";

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
