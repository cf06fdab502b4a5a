// The attacker is an agent that tries things nobody is to hear of: half a character somewhere in the call, and what cannot be written down
// would be refused without a row, a trace or an entry (18).

import { beforeAll, expect, it } from "vitest";
import type { Asked } from "#gateway";
import { read, some, stageOf } from "../gateway/support/stage.ts";
import { testDatabase, type TestTenant } from "../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const HALF = "x\ud800";

it.each<readonly [string, Partial<Asked>]>([
  ["the tool's name", { tool: HALF }],
  ["an argument", { arguments: { repository: "acme/shop", paths: [HALF] } }],
  ["the name of an argument", { arguments: { [HALF]: 1 } }],
  ["the session", { session: HALF }],
  ["the idempotency key", { idempotencyKey: HALF }],
  ["a rule that it cites", { citations: [HALF] }],
  ["the folder that its program works in", { native: { directory: HALF, root: null } }],
])("half a character in %s: refused, with a row, a closed trace and an entry (18)", async (_, more) => {
  const s = stageOf(t, acme, { agent: 311 });
  const answer = await s.gateway.handle(s.who, read(more), 5_000);
  expect(answer).toMatchObject({ kind: "refused", code: "arguments_invalid", call: expect.any(String) });
  const call = answer.kind === "refused" ? some(answer.call) : expect.unreachable();
  expect(await s.call(call)).toMatchObject({ state: "ended", outcome: "refused", code: "arguments_invalid" });
  expect(
    await t.adminSql("select ending, closed_at is not null as closed from gateway.trace where call_id = $1", [call]),
  ).toEqual([{ ending: "refused", closed: true }]);
  expect(await s.entries(call)).toEqual(["call.refused refused"]);
  expect(s.sent()).toEqual([]);
});
