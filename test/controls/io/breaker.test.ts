// The breaker on real PostgreSQL: races, stickiness, and who can close it.

import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MOST_UPDATES, type Admission, type Admitted } from "#controls";
import { createBreaker } from "#controls/io";
import { Fault } from "#kernel";
import { testDatabase, type TestTenant } from "../../support/database.ts";
import { checkWorld } from "../../support/world.ts";
import { aCall, anAgent } from "../support/ids.ts";

const t = await testDatabase();
const breaker = createBreaker({ append: t.append });
const by = { initiator: { type: "human", id: "7" }, requestId: "r1" } as const;
let acme: TestTenant;
let globex: TestTenant;
let calls = 0;
let agents = 0;
/** Of its own for each test. */
let agent = anAgent(0);

beforeAll(async () => {
  acme = await t.tenant("acme", 1);
  globex = await t.tenant("globex", 2);
});
beforeEach(() => {
  agent = anAgent((agents += 1));
});
afterAll(async () => {
  await checkWorld(t);
});

const asked = (over: Partial<Admission> = {}): Admission => ({
  agent,
  session: "s",
  call: aCall((calls += 1)),
  updates: 1,
  cents: 0,
  ...over,
});
const admit = (over: Partial<Admission> = {}, tenant = acme): Promise<Admitted> => {
  const one = asked(over);
  return t.db.withTenant(tenant.claim, (tx) => breaker.admit(tx, one));
};
const reset = (tenant = acme) =>
  t.db.withTenant(tenant.claim, (tx) => breaker.reset(tx, { agent, reason: "looked at it", by }));
const logged = async () =>
  (await t.db.withTenant(acme.claim, (tx) => t.audit.recent(tx, { limit: 100, kinds: ["control.breaker"] }))).filter(
    (entry) => JSON.stringify(entry).includes(agent),
  );

describe("X7, invariant 22: the window", () => {
  it("51 calls of one are one call of 51: the 51st is refused, and the 50 before it are not", async () => {
    for (let i = 1; i <= MOST_UPDATES; i += 1)
      expect(await admit({ session: `session ${i % 7}` })).toMatchObject({ kind: "admitted", window: { updates: i } });
    expect(await admit()).toMatchObject({ kind: "open", window: { updates: 51 } });
  });

  it("money in cents sums the same way, in both directions", async () => {
    expect(await admit({ updates: 0, cents: 600_000 })).toMatchObject({ kind: "admitted" });
    expect(await admit({ updates: 0, cents: -400_000 })).toMatchObject({
      kind: "admitted",
      window: { cents: 1_000_000 },
    });
    expect(await admit({ updates: 0, cents: 1 })).toMatchObject({ kind: "open" });
  });

  it("invariant 26: a call that is admitted again counts once", async () => {
    const call = aCall((calls += 1));
    for (let i = 0; i < 3; i += 1)
      expect(await admit({ call, updates: 30 })).toMatchObject({ window: { updates: 30 } });
    expect(await admit({ updates: 21 })).toMatchObject({ kind: "open" });
  });

  it("the same call with larger numbers than before counts with the larger ones", async () => {
    const call = aCall((calls += 1));
    await admit({ call, updates: 50 });
    await admit({ call, updates: 1 });
    expect(await admit({ updates: 1 })).toMatchObject({ kind: "open" });
  });

  it("after an hour a call counts no more, but in its session it does for a day", async () => {
    await admit({ updates: 50, session: "long" });
    await t.adminSql("update controls.breaker_call set at = at - interval '61 minutes' where agent_id = $1", [agent]);
    expect(await admit({ session: "another" })).toMatchObject({ kind: "admitted", window: { updates: 1 } });
    expect(await admit({ session: "long" })).toMatchObject({ kind: "open", window: { updates: 51 } });
  });

  it("invariant 30: what a clock that was moved back left in the future counts", async () => {
    await admit({ updates: 50 });
    await t.adminSql("update controls.breaker_call set at = at + interval '3 days' where agent_id = $1", [agent]);
    expect(await admit()).toMatchObject({ kind: "open" });
  });

  it("invariant 21: another agent, and the same agent id in another tenant, have windows of their own", async () => {
    await admit({ updates: 51 });
    expect(await admit({ agent: anAgent((agents += 1)) })).toMatchObject({ kind: "admitted" });
    expect(await admit({}, globex)).toMatchObject({ kind: "admitted", window: { updates: 1 } });
    expect(await t.db.withTenant(globex.claim, (tx) => breaker.open(tx))).toEqual([]);
  });

  it("X10: what is only explained is answered the same, and is not counted", async () => {
    await admit({ updates: 40 });
    const foresee = (updates: number) => {
      const one = asked({ updates });
      return t.db.withTenant(acme.claim, (tx) => breaker.foresee(tx, one));
    };
    expect(await foresee(10)).toMatchObject({ kind: "admitted" });
    expect(await foresee(11)).toMatchObject({ kind: "open" });
    expect(await admit({ updates: 10 })).toMatchObject({ kind: "admitted" });
    expect(await logged()).toEqual([]);
  });
});

describe("X7, invariant 22: real races", () => {
  it("of 60 calls of one at the same moment exactly 50 are admitted, in flight as they are", async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => admit()));
    expect(answers.filter(({ kind }) => kind === "admitted")).toHaveLength(50);
    expect(await logged(), "it opened once").toHaveLength(1);
  }, 60_000);

  it("however they are split and interleaved, what is admitted never sums past the limit", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 12 }), async (parts) => {
        agent = anAgent((agents += 1));
        const answers = await Promise.all(parts.map((updates) => admit({ updates })));
        const admitted = parts.filter((_, i) => answers[i]?.kind === "admitted");
        const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
        expect(sum(admitted)).toBeLessThanOrEqual(MOST_UPDATES);
        if (sum(parts) <= MOST_UPDATES) expect(admitted).toHaveLength(parts.length);
        else expect(await admit({ updates: 0 })).toMatchObject({ kind: "open" });
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it("a transaction that fails after its admission has not counted", async () => {
    const one = asked({ updates: 50 });
    await t.db
      .withTenant(acme.claim, async (tx) => {
        await breaker.admit(tx, one);
        throw new Error("crash");
      })
      .catch(() => {});
    expect(await admit({ updates: 50 })).toMatchObject({ kind: "admitted" });
  });
});

describe("X7, invariant 22: open stays open until a person resets it", () => {
  it("through time, small calls and another session; then a person resets it, once, and the log has all of it", async () => {
    await admit({ updates: 51 });
    await t.adminSql("update controls.breaker_call set at = at - interval '30 days' where agent_id = $1", [agent]);
    await t.adminSql("update controls.breaker set opened_at = opened_at - interval '30 days' where agent_id = $1", [
      agent,
    ]);
    expect(await admit({ updates: 0, session: "new" })).toMatchObject({ kind: "open", window: { updates: 51 } });
    expect(await t.db.withTenant(acme.claim, (tx) => breaker.open(tx))).toContainEqual(
      expect.objectContaining({ agent, window: { updates: 51, cents: 0 } }),
    );
    expect(await reset()).toBe("reset");
    expect(await reset()).toBe("closed");
    expect(await admit({ updates: 50 })).toMatchObject({ kind: "admitted", window: { updates: 50 } });
    expect((await logged()).map(({ outcome }) => outcome)).toEqual(["success", "refused"]);
  });

  it("invariant 20, fails closed: when its entry cannot be written, nothing is admitted either", async () => {
    const broken = createBreaker({ append: () => Promise.reject(new Fault("log_unavailable", "The log is full.")) });
    const one = asked({ updates: 51 });
    await expect(t.db.withTenant(acme.claim, (tx) => broken.admit(tx, one))).rejects.toMatchObject({
      code: "log_unavailable",
    });
  });

  it.each<[string, string]>([
    ["close it by hand", "update controls.breaker set opened_at = null, call_id = null, updates = null, cents = null"],
    ["forget what was counted", "delete from controls.breaker_call"],
    ["date it back", "update controls.breaker_call set at = now() - interval '2 hours'"],
  ])("the app's login cannot %s", async (_case, statement) => {
    const client = await t.appClient();
    await client.query("begin");
    await client.query("select set_config('app.claim', $1, true)", [acme.claim.text]);
    await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" });
    await client.query("rollback");
  });
});
