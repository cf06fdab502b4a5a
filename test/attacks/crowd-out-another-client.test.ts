// One client's agents ask for so much at once that another client's wait. All of them share the server's few connections to the database; what waits
// for a row of its own client's must not hold them.

import { expect, it } from "vitest";
import { agentId } from "#kernel";
import { read, some, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const tenant = await t.tenant("acme", 1);
const acme = stageOf(t, tenant, { agent: 1 });
const globex = stageOf(t, await t.tenant("globex", 2), { agent: 2 });
const ask = (s: typeof acme) => s.gateway.handle(s.who, read(), 60_000);

it("INVARIANT 21 sixty calls of one client stand still, and another's goes through; then all sixty do", async () => {
  const first = await ask(acme);
  expect(first.kind).toBe("done");
  const admin = await t.adminClient();
  // What one of the client's own calls holds until it is through.
  await admin.query("select pg_advisory_lock(hashtext('controls.budget'), hashtext($1))", [tenant.id]);
  let through = 0;
  const sixty = Promise.all(Array.from({ length: 60 }, async () => {
    const answer = await ask(acme);
    through += 1;
    return answer.kind;
  })); // prettier-ignore
  const looked = acme.gateway.status(acme.who, some(first.kind === "done" ? first.call : null), 0);
  await expect.poll(async () => (await t.adminSql("select 1 from pg_locks where locktype = 'advisory' and not granted")).length).toBeGreaterThan(0); // prettier-ignore
  expect(await ask(globex)).toMatchObject({ kind: "done" });
  expect(through).toBe(0);
  await admin.query("select pg_advisory_unlock(hashtext('controls.budget'), hashtext($1))", [tenant.id]);
  expect(new Set(await sixty)).toEqual(new Set(["done"]));
  expect(await looked).toMatchObject({ kind: "done" });
});

it("an agent that asks a hundred times lets another one of its own client in between", async () => {
  const other = { ...acme, who: { ...acme.who, agent: some(agentId("00000000-0000-4000-8000-000000000003")) } };
  let through = 0;
  const hundred = Array.from({ length: 100 }, async () => {
    expect((await ask(acme)).kind).toBe("done");
    through += 1;
  });
  expect(await ask(other)).toMatchObject({ kind: "done" });
  expect(through).toBeLessThan(50);
  await Promise.all(hundred);
});

it("INVARIANT 21 a call that ends badly gives its place to the next one", async () => {
  acme.world.githubAway = true;
  const failed = await Promise.all(Array.from({ length: 10 }, () => ask(acme)));
  expect(failed.every(({ kind }) => kind === "refused")).toBe(true);
  acme.world.githubAway = false;
  acme.world.crashAt = "begun";
  await Promise.all(Array.from({ length: 10 }, () => ask(acme)));
  acme.world.crashAt = null;
  expect(await ask(acme)).toMatchObject({ kind: "done" });
});
