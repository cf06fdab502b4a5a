// @quorum: a rule asks more than one person. The request asks for the highest number, and the yes counts when so many different people gave it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { personId } from "#kernel";
import { forbid } from "../../policy/rules.ts";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { ADA, MONA, pendingOf, read, some, stageOf } from "../support/stage.ts";

const t = await testDatabase();
const GRACE = some(personId("00000000-0000-4000-8000-000000000003"));
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

/** Rules of the client's about reading, each asking so many people. */
const asking = (...numbers: readonly number[]) => {
  const clientsDir = temporaryDirectory();
  const head = 'principal, action == Countersign::Action::"repo.read", resource';
  const rules = numbers.map((n, i) => {
    const rule = forbid({ id: `acme.reading_${i}`, verdict: "YELLOW", head });
    return n === 1 ? rule : `@quorum("${n}") ${rule}`;
  });
  mkdirSync(join(clientsDir, "acme", "constitution"), { recursive: true });
  writeFileSync(join(clientsDir, "acme", "constitution", "own.cedar"), rules.join("\n"));
  return stageOf(t, acme, { clientsDir });
};

describe("X11 a call that a rule wants two people for", () => {
  it("is done after two different people said yes, and not before", async () => {
    const s = asking(2);
    const { approval, call } = pendingOf(await s.gateway.handle(s.who, read(), 5_000));
    expect(await s.answer(approval, "approve", ADA)).toBe("recorded");
    await s.resume(call);
    expect(s.sent()).toEqual([]);
    expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "pending" });
    expect(await s.answer(approval, "approve", GRACE)).toBe("recorded");
    await s.resume(call);
    expect(s.sent()).toHaveLength(1);
    expect(await s.call(call)).toMatchObject({ outcome: "done" });
  });

  it("one person twice is one person, and whom the agent acts for is none", async () => {
    const s = asking(2);
    const { approval, call } = pendingOf(await s.gateway.handle(s.who, read(), 5_000));
    expect(await s.answer(approval, "approve", ADA)).toBe("recorded");
    expect(await s.answer(approval, "approve", ADA)).toBe("already");
    expect(await s.answer(approval, "approve", MONA)).toBe("own_request");
    await s.resume(call);
    expect(s.sent()).toEqual([]);
    const [waiting] = await s.inTenant((tx) => s.approvals.queue(tx));
    expect(waiting?.standing).toMatchObject({ kind: "pending", yes: 1, of: 2 });
    expect(await s.answer(approval, "reject", ADA)).toBe("recorded");
  });

  it.each([
    [[1], 1],
    [[1, 2], 2],
    [[3, 2, 1], 3],
    [[5], 5],
  ])("rules that ask for %j people ask for %i: the highest", async (numbers, of) => {
    const s = asking(...numbers);
    const { approval } = pendingOf(await s.gateway.handle(s.who, read(), 5_000));
    const waiting = await s.inTenant((tx) => s.approvals.queue(tx));
    expect(waiting.find((each) => each.approval === approval)?.standing).toMatchObject({ kind: "pending", yes: 0, of });
    await s.answer(approval, "reject");
  });
});
