// One client's agents start what runs for ten minutes, as often as they may. A doer has so many places, and a packet of anybody else's is good for one
// minute.

import { afterAll, expect, it } from "vitest";
import { workQueue } from "#doer/io";
import { createDispatch } from "#gateway/io";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const { promise: free, resolve: letGo } = Promise.withResolvers<null>();
const running: string[] = [];
const doer = lab.doer({
  tools: {
    "repo.read": async ({ packet }) => {
      running.push(packet.call);
      if (packet.tenant === acme.id) await free;
      return { kind: "done", result: null, summary: "Read." };
    },
  },
});
const dispatch = createDispatch({ database: t.db, url: t.urls.app, keys: t.keys, onError: () => {} });
const way = workQueue({ database: lab.database, url: t.urls.doer, doer, atOnce: 4, onFault: (error) => void lab.faults.push(error) }); // prettier-ignore
afterAll(async () => {
  letGo(null);
  await way.close();
  await dispatch.close();
});

it("INVARIANT 21 a client that sends ten has three of four places, and another's call is carried out at once", async () => {
  const ten = Array.from({ length: 10 }, newCall);
  for (const call of ten) await dispatch.send(await lab.sign(acme, { call }));
  await expect.poll(() => running.length).toBe(3);
  const call = newCall();
  await dispatch.send(await lab.sign(globex, { call }));
  expect(await dispatch.outcome(globex.id, call, 10_000)).toMatchObject({ kind: "done" });
  expect(running).toHaveLength(4);
  // The others are not lost: they have its places as they become free.
  letGo(null);
  for (const each of ten) expect(await dispatch.outcome(acme.id, each, 20_000)).toMatchObject({ kind: "done" });
  expect(lab.faults).toEqual([]);
});
