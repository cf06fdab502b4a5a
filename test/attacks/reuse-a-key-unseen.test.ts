// Under an idempotency key that it has used, an agent asks for one thing after the other: each is refused, and was in no log.

import { expect, it } from "vitest";
import { comment, read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);

it("A1 whoever reuses a key for something else is in the log, each time, with the digest of what was asked for", async () => {
  const s = stageOf(t, acme, { agent: 650 });
  const first = await s.gateway.handle(s.who, read({ idempotencyKey: "k" }), 10_000);
  const call = first.kind === "done" ? first.call : expect.unreachable();
  const before = await s.entries(call);
  for (const body of ["One.", "Two."])
    expect(await s.gateway.handle(s.who, comment(body, { idempotencyKey: "k" }), 10_000)).toMatchObject({ kind: "refused", code: "key_reused", call }); // prettier-ignore
  expect(await s.entries(call)).toEqual([...before, "call.refused refused", "call.refused refused"]);
  expect(await s.call(call)).toMatchObject({ state: "ended", outcome: "done" });
});
