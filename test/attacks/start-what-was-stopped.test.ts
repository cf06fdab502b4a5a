// Whoever gets SQL into the server's session wants the agents to go on: the switch is not the server's to take back, nor another
// tenant's reasons its to read.

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { kill } from "#controls/io";
import { attack, scene, type Scene } from "../support/attack.ts";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";

const t = await testDatabase();
const by = { initiator: { type: "operator", id: "ada" }, requestId: "r1" } as const;
let s: Scene;
beforeAll(async () => {
  s = await scene(t);
  const access = { ...t.operator, spool: t.spool };
  await kill(access, { scope: { kind: "platform" }, reason: "secret of the platform", by });
  await kill(access, { scope: { kind: "tenant", tenant: s.globex.id }, reason: "secret of globex", by });
});
afterEach(async () => {
  expect(await t.adminSql("select scope from controls.kill order by 1")).toEqual([
    { scope: "platform" },
    { scope: "tenant" },
  ]);
  await checkWorld(t);
});

describe("X2, invariant 2: the app's login", () => {
  it.each<[string, string]>([
    ["takes a kill back", "select controls.rearm(array(select gen_random_uuid()))"],
    ["deletes the rows", "delete from controls.kill"],
    ["truncates them", "truncate controls.kill"],
    ["narrows one", "update controls.kill set scope = 'agent', agent_id = gen_random_uuid()"],
    ["reads the reasons", "select * from controls.kill"],
    ["reads them as the operator does", "select * from controls.kills()"],
    [
      "stops the platform, which is the operators' to do",
      "select controls.kill('platform', null, null, null, 'x', 'x')",
    ],
    ["stops the platform as its own", "select controls.kill_own('platform', null, null, 'x', 'x')"],
    ["switches the notice off", "alter table controls.kill disable trigger changed"],
    [
      "puts another function in its place",
      "create or replace function controls.killed() returns int language sql as 'select 1'",
    ],
  ])("%s: refused", async (_case, statement) => {
    expect(await attack(s.app, s.acme.claim.text, statement)).toMatchObject({ refused: "42501" });
  });

  it("T2, invariant 21: sees of another tenant's kill its id and instant, no word of why or who", async () => {
    const seen = await attack(s.app, s.acme.claim.text, "select * from controls.killed(), controls.own_kills() own");
    const all = await attack(s.app, s.acme.claim.text, "select * from controls.killed()");
    expect(seen).toMatchObject({ count: 0 });
    expect(all).toMatchObject({ count: 2 });
    expect(JSON.stringify(all)).not.toMatch(/secret|ada/);
  });

  it("without a claim stops nothing: neither for itself nor for somebody", async () => {
    expect(await attack(s.app, "", "select controls.kill_own('tenant', null, null, 'x', 'x')")).toMatchObject({
      refused: "42501",
    });
  });
});
