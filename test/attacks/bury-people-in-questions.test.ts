// The attacker is an agent that asks people so often that they find nothing else any more, and say yes to be rid of it. A call that it is
// not sure about costs it nothing: it reads, with a confidence of none.

import { beforeAll, expect, it } from "vitest";
import { limits } from "../../src/approvals/limits.ts";
import { pendingOf, read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const unsure = () => read({ confidence: 0 });

it(`at most ${limits.waiting} requests of one agent wait at once; the next is refused, on record, and nobody is told`, async () => {
  const s = stageOf(t, acme, { agent: 301 });
  const asked = [];
  for (let n = 0; n < limits.waiting; n += 1) asked.push(pendingOf(await s.gateway.handle(s.who, unsure(), 5_000)));
  const over = await s.gateway.handle(s.who, unsure(), 5_000);
  expect(over).toMatchObject({ kind: "refused", code: "over_budget", human: true });
  expect(await s.inTenant((tx) => s.approvals.queue(tx))).toHaveLength(limits.waiting);
  expect(s.sent()).toEqual([]);

  await s.answer(asked[0]?.approval ?? expect.unreachable(), "reject");
  pendingOf(await s.gateway.handle(s.who, unsure(), 5_000));
});

it("and another agent of the client's can ask all the same", async () => {
  const s = stageOf(t, acme, { agent: 302 });
  pendingOf(await s.gateway.handle(s.who, unsure(), 5_000));
});

it("at the same moment they are no more than one after the other", async () => {
  const s = stageOf(t, acme, { agent: 303 });
  const answers = await Promise.all(
    Array.from({ length: limits.waiting + 10 }, () => s.gateway.handle(s.who, unsure(), 20_000)),
  );
  expect(answers.filter(({ kind }) => kind === "pending")).toHaveLength(limits.waiting);
});
