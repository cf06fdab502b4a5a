// One client's agents write as often as they may, each call with a look at GitHub first. What then waits for the
// agent's breaker must not hold the few connections that all clients share.

import { expect, it } from "vitest";
import { comment, notify, read, stageOf, type Stage } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const tenant = await t.tenant("acme", 1);
const globex = stageOf(t, await t.tenant("globex", 2), { agent: 2 });
let agent = 620;

async function crowded(ask: (s: Stage) => Promise<string>) {
  const acme = stageOf(t, tenant, { agent: (agent += 1) });
  expect(await ask(acme)).not.toBe("failed");
  const admin = await t.adminClient();
  await admin.query("begin");
  // What one of the agent's own calls holds until it is through.
  await admin.query("select from controls.breaker where agent_id = $1 for update", [acme.who.agent]);
  const many = Promise.all(Array.from({ length: 40 }, () => ask(acme)));
  const waiting = () => t.adminSql("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
  await expect.poll(async () => (await waiting()).length).toBeGreaterThan(0);
  expect(await globex.gateway.handle(globex.who, read(), 60_000)).toMatchObject({ kind: "done" });
  expect((await waiting()).length).toBeLessThan(4);
  await admin.query("commit");
  return new Set(await many);
}
const kindOf = async (s: Stage, asked = comment("Fine.")) => (await s.gateway.handle(s.who, asked, 60_000)).kind;

it("INVARIANT 21 forty comments wait for their agent's breaker, and another client's call goes through; then all forty do", async () => {
  expect(await crowded(kindOf)).toEqual(new Set(["done"]));
});

it("INVARIANT 21 forty that are to be asked about, too", async () => {
  const kinds = await crowded((s) => kindOf(s, notify()));
  expect(kinds).toEqual(new Set(["pending", "refused"]));
});
