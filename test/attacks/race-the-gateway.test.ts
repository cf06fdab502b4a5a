// Everything at once and in the wrong order: one yes, one key, one breaker and one switch are raced, shared and replayed.
import { describe, expect, it } from "vitest";
import { callId } from "#kernel";
import { calmWorld, comment, merge, OTHER_HEAD, pendingOf, read, some, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const acme = await t.tenant("acme", 1);
let agent = 200;
const stage = () => stageOf(t, acme, { agent: agent++, world: calmWorld() });
const times = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

describe("one key is one call", () => {
  it("twenty at once under one key: one packet, and all are told of the same call", async () => {
    const s = stage();
    const asked = comment("Once.", { idempotencyKey: "k" });
    const answers = await Promise.all(times(20).map(() => s.gateway.handle(s.who, asked, 10_000)));
    expect(new Set(answers.map(({ call }) => call)).size).toBe(1);
    expect(s.sent()).toHaveLength(1);
  });

  it("a key that was explained, or approved, stands for nothing else", async () => {
    const s = stage();
    await s.gateway.handle(s.who, merge({ idempotencyKey: "k", explain: true }), 10_000);
    for (const other of [
      merge({ idempotencyKey: "k" }),
      comment("Other.", { idempotencyKey: "k" }),
      merge({ idempotencyKey: "k", explain: true, batch: { updates: 0, cents: 0 } }),
      merge({ idempotencyKey: "k", explain: true, confidence: 100 }),
    ])
      expect(await s.gateway.handle(s.who, other, 10_000)).toMatchObject({ code: "key_reused" });
    expect(s.sent()).toHaveLength(0);
  });
});

describe("one yes is one execution", () => {
  it("two approve at once, ten go on with it at once: one packet", async () => {
    const s = stage();
    const { call, approval } = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
    await Promise.allSettled([s.answer(approval, "approve"), s.answer(approval, "approve")]);
    await Promise.allSettled(times(10).map(() => s.resume(call)));
    expect(s.sent()).toHaveLength(1);
    expect((await s.entries(call)).filter((entry) => entry === "call.execute intent")).toHaveLength(1);
  });

  it("a yes to one call moves no second call of the same arguments", async () => {
    const s = stage();
    const first = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
    const other = stage();
    const second = pendingOf(await other.gateway.handle(other.who, merge(), 10_000));
    expect(second.approval).not.toBe(first.approval);
    expect(await other.answer(second.approval, "approve")).toBe("recorded");
    await s.resume(first.call);
    expect(s.sent()).toHaveLength(0);
  });

  it.each<[string, (s: ReturnType<typeof stage>) => void]>([
    ["the head moves", (s) => void (s.world.head = OTHER_HEAD)],
    ["the gate turns", (s) => void (s.world.gate = "failed")],
    ["the agent is revoked", (s) => void (s.world.revoked = true)],
    ["who said yes is no approver any more", (s) => void (s.world.roles = ["viewer"])],
    ["everything is stopped", (s) => s.kill({ kind: "platform" })],
    ["GitHub does not answer", (s) => void (s.world.githubAway = true)],
  ])("fails closed: %s between the yes and the execution", async (_what, then) => {
    const s = stage();
    const { call, approval } = pendingOf(await s.gateway.handle(s.who, merge(), 10_000));
    expect(await s.answer(approval, "approve")).toBe("recorded");
    then(s);
    await s.resume(call);
    s.kill(null);
    await s.resume(call);
    await s.sweep();
    expect(s.sent()).toHaveLength(0);
    expect(await s.gateway.status(s.who, call, 0)).toMatchObject({ kind: "refused" });
  });
});

describe("the breaker and the switch", () => {
  it("sixty at once, each in a session of its own: fifty at most, and a reset is a person's", async () => {
    const s = stage();
    await Promise.all(times(60).map((n) => s.gateway.handle(s.who, comment(`No. ${n}`, { session: `s${n}` }), 30_000)));
    expect(s.sent().length).toBeLessThanOrEqual(50);
    expect(
      await s.gateway.handle(s.who, comment("One more.", { batch: { updates: 0, cents: 0 } }), 10_000),
    ).toMatchObject({
      code: "FAIL_TO_HUMAN",
    });
  }, 60_000);

  it.each<[string, readonly { readonly updates: number; readonly cents: number }[], number]>([
    ["three times 6,000 USD", [0, 1, 2].map(() => ({ updates: 1, cents: 600_000 })), 1],
    ["10,000 USD in two parts, and a cent", [600_000, -400_000, 1].map((cents) => ({ updates: 1, cents })), 2],
    ["40 records, 10 and one", [40, 10, 1].map((updates) => ({ updates, cents: 0 })), 2],
    ["51 comments, each of which says that it is one", times(51).map(() => ({ updates: 1, cents: 0 })), 50],
  ])(
    "X7, invariant 22: what calls declare is summed, in whatever sessions: %s",
    async (_, batches, go) => {
      const s = stage();
      const answers = [];
      for (const [n, batch] of batches.entries())
        answers.push(await s.gateway.handle(s.who, comment(`No. ${n}`, { session: `s${n % 3}`, batch }), 30_000));
      expect(answers.slice(0, go).map(({ kind }) => kind)).not.toContain("failed");
      expect(answers.slice(go).map((answer) => "code" in answer && answer.code)).toEqual(batches.slice(go).map(() => "FAIL_TO_HUMAN")); // prettier-ignore
      expect(s.sent()).toHaveLength(go);
    },
    60_000,
  );

  it("a loss is as large as a gain, and what is declared too small counts for nothing", async () => {
    const s = stage();
    expect(
      await s.gateway.handle(s.who, comment("x", { batch: { updates: 0, cents: -1_000_001 } }), 10_000),
    ).toMatchObject({
      code: "FAIL_TO_HUMAN",
    });
    expect(s.sent()).toHaveLength(0);
  });
});

describe("what is another's", () => {
  it("a call is there for its own agent alone, whichever way it is named", async () => {
    const s = stage();
    const done = await s.gateway.handle(s.who, read(), 10_000);
    const id = some(callId(String(done.call)));
    const neighbour = stage();
    const bolt = stageOf(t, await t.tenant("bolt", 2));
    for (const other of [neighbour, bolt]) expect(await other.gateway.status(other.who, id, 0)).toBeNull();
    // The same agent's name under another tenant's claim.
    expect(await bolt.gateway.status({ ...s.who, tenant: bolt.who.tenant }, id, 0)).toBeNull();
  });

  it("a hook's question is never carried out: no packet, no intent, no approval", async () => {
    const s = stage();
    for (const asked of [read({ from: "hook" }), comment("x", { from: "hook" }), merge({ from: "hook" })]) {
      const answer = await s.gateway.judge(s.who, asked);
      expect(answer.kind).toBe("explained");
      expect(await s.entries(some(callId(String(answer.call))))).toEqual(["call.verdict success"]);
    }
    expect(s.sent()).toHaveLength(0);
  });
});
