// An agent has a client's database answer with a quarter of a million cells of one letter: no megabyte, and seconds of the one thread that all
// clients share; or more pieces than a function takes, so that the call never ends, nor any after it.

import { expect, it } from "vitest";
import { createScreening } from "#screening/io";
import { read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const CELLS = 150_000;
const t = await testDatabase();
const acme = await t.tenant("acme", 1);

it("X2 INVARIANT 2 between two of many small pieces everything else has its turn", async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  await createScreening().screen(Array.from({ length: 5_000 }, () => ({ origin: "tool_result", text: "a" }) as const));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

it("X9 INVARIANT 27 however many pieces there are, the call ends with them", async () => {
  const s = stageOf(t, acme, { agent: 611 });
  const rows = Array.from({ length: CELLS / 200 }, () => Array.from({ length: 200 }, () => "a"));
  s.world.outcome = { kind: "done", result: { rows }, summary: "1000 rows." };
  const answer = await s.gateway.handle(s.who, read(), 60_000);
  expect(answer).toMatchObject({ kind: "done", result: { rows } });
}, 120_000);

it("X9 INVARIANT 27 what cannot be read keeps no other call from its end", async () => {
  const screening = createScreening();
  const s = stageOf(t, acme, {
    agent: 612,
    deps: {
      screening: {
        screen: (spans, whose) =>
          spans.some(({ text }) => text === "too much")
            ? Promise.reject(new RangeError("too much"))
            : screening.screen(spans, whose),
      },
    },
  });
  const left = async (text: string) => {
    s.world.outcome = { kind: "done", result: { text }, summary: "Read one file." };
    s.world.crashAt = "sent";
    const answer = await s.gateway.handle(s.who, read(), 10_000);
    s.world.crashAt = null;
    const call = answer.kind === "running" ? answer.call : expect.unreachable();
    await t.adminSql("update gateway.call set moved_at = moved_at - interval '5 seconds' where call_id = $1", [call]);
    return call;
  };
  await left("too much");
  const other = await left("Hello.");
  await s.sweep();
  expect(await s.call(other)).toMatchObject({ state: "ended", outcome: "done" });
});
