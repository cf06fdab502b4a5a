// Whoever writes where an agent reads (a file, a log, a ticket) puts hundreds of credentials that are none before the one that the agent is to get.

import { expect, it } from "vitest";
import { createScreening } from "#screening/io";
import { read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const token = (n: number): string => `ghp_${String(n).padStart(4, "0")}QwErTyUiOpAsDfGhJkLzXcVbNm4871`;
const MANY = Array.from({ length: 2_000 }, (_, n) => token(n));
const t = await testDatabase();
const acme = await t.tenant("acme", 1);

it("all of them are taken out of a result, the last one, too", async () => {
  const s = stageOf(t, acme, { agent: 610 });
  s.world.outcome = { kind: "done", result: { text: MANY.join("\n") }, summary: "Read one file." };
  const answer = JSON.stringify(await s.gateway.handle(s.who, read(), 10_000));
  expect(answer).toContain('"done"');
  expect(MANY.filter((each) => answer.includes(each))).toEqual([]);
});

it("and are told of only so often", async () => {
  const { findings, scores } = await createScreening().screen([{ origin: "file", text: MANY.join("\n") }]);
  expect(scores.secrets).toBeGreaterThan(90);
  expect(findings.length).toBeLessThan(1_000);
});
