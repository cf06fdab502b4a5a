// Somebody has pressed the switch, since an agent's key may be a thief's. The thief asks for nothing new: only for the answers of before, by their
// status, or under the keys by which they were asked for; and for the end of what was under way.

import { expect, it } from "vitest";
import type { CallId } from "#kernel";
import { read, REPOSITORY, stageOf, type Stage } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
const KEYED = read({ idempotencyKey: "k" });
let agent = 640;

async function done(): Promise<{ readonly s: Stage; readonly call: CallId }> {
  const s = stageOf(t, acme, { agent: (agent += 1) });
  const answer = await s.gateway.handle(s.who, KEYED, 10_000);
  return { s, call: answer.kind === "done" ? answer.call : expect.unreachable() };
}
const STOPPED = { kind: "refused", code: "killed", next: expect.stringContaining("when agents may go on") };

it.each(["tenant", "agent", "repository"] as const)(
  "X2 the %s is stopped: no answer of before is given again",
  async (what) => {
    const { s, call } = await done();
    const scope = { tenant: { kind: "tenant", tenant: acme.id }, agent: { kind: "agent", tenant: acme.id, agent: s.who.agent }, repository: { kind: "repository", tenant: acme.id, repository: REPOSITORY.id } } as const; // prettier-ignore
    s.kill(scope[what]);
    expect(await s.gateway.status(s.who, call, 0)).toMatchObject(STOPPED);
    expect(await s.gateway.handle(s.who, KEYED, 10_000)).toMatchObject(STOPPED);
    s.kill(null);
    expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "done" });
    expect(await s.gateway.handle(s.who, KEYED, 10_000)).toMatchObject({ kind: "done" });
  },
);

it("X2 nor is the end of what was under way", async () => {
  const s = stageOf(t, acme, { agent: (agent += 1) });
  s.world.crashAt = "sent";
  const answer = await s.gateway.handle(s.who, read(), 10_000);
  const call = answer.kind === "running" ? answer.call : expect.unreachable();
  s.world.crashAt = null;
  s.kill({ kind: "agent", tenant: acme.id, agent: s.who.agent });
  expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "running" });
  s.kill(null);
  expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "done" });
});
