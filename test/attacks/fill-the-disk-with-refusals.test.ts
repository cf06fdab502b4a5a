// Megabytes in arguments that fit no tool, as often as the rate lets them in: no budget counts what is refused at the door, and each was kept whole.
// The disk is everybody's.

import { expect, it } from "vitest";
import { createBudgets } from "#controls/io";
import type { Asked } from "#gateway";
import { propose, read, stageOf, type Stage } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const budgets = createBudgets({ append: t.append });
const acme = await t.tenant("acme", 1);
const MUCH = "x".repeat(200 * 1024);
const LARGE: Asked = propose("a.txt", { arguments: { repository: "acme/shop", branch: "fix/one", title: "One", body: "Why.", changes: [{ kind: "write", path: "a.txt", content: MUCH }] } }); // prettier-ignore
let agent = 660;

it.each<readonly [string, string, Asked, (s: Stage) => unknown]>([
  ["arguments that fit no tool", "arguments_invalid", read({ arguments: { much: MUCH } }), () => {}],
  ["a tool that is not there", "tool_unknown", read({ tool: "no.such", arguments: { much: MUCH } }), () => {}],
  ["over the day's budget", "over_budget", LARGE, (s) => s.inTenant((tx) => budgets.set(tx, { agent: s.who.agent, kind: "calls", most: 0, by: { initiator: { type: "operator", id: "op" }, requestId: "r" } }))], // prettier-ignore
  ["while it is stopped", "killed", LARGE, (s) => s.kill({ kind: "agent", tenant: acme.id, agent: s.who.agent })],
])("%s: refused on record (18), and not kept", async (_what, code, asked, given) => {
  const s = stageOf(t, acme, { agent: (agent += 1) });
  await given(s);
  const key = { ...asked, idempotencyKey: "k" };
  const answer = await s.gateway.handle(s.who, key, 10_000);
  expect(answer).toMatchObject({ kind: "refused", code });
  const call = answer.kind === "refused" && answer.call !== null ? answer.call : expect.unreachable();
  const [row] = await t.adminSql("select octet_length(asked) as bytes, outcome::text from gateway.call where call_id = $1", [call]); // prettier-ignore
  expect(row).toMatchObject({ outcome: "refused" });
  expect(Number(row?.["bytes"])).toBeLessThan(4_096);
  expect(await s.entries(call)).toEqual(["call.refused refused"]);
  // The same call once more is the same call.
  expect(await s.gateway.handle(s.who, key, 10_000)).toMatchObject({ kind: "refused", code, call });
});

it("what is taken in is kept whole: it is what a person is shown, and what is carried out", async () => {
  const s = stageOf(t, acme, { agent: (agent += 1) });
  const answer = await s.gateway.handle(s.who, LARGE, 10_000);
  expect(answer).toMatchObject({ kind: "done" });
  expect(JSON.stringify(s.sent()[0]?.args)).toContain(MUCH);
});
