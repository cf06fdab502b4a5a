// What fits into a day's budget, on the decision alone.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUDGET_KINDS, type Amounts, type BudgetKind, type Standing } from "#controls";
import { AGENT_LIMITS, amountsOf, heldFor, leftIn, spend, TENANT_LIMITS, whole } from "../../src/controls/spend.ts";
import { aTenant, anAgent } from "./support/ids.ts";

const named = { agent: anAgent(1), tenant: aTenant(1) };
const standing = (limits: Amounts, used: Partial<Amounts> = {}): Standing => ({
  limits,
  set: [],
  used: amountsOf(used, () => 0),
});
const fresh = { agent: standing(AGENT_LIMITS), tenant: standing(TENANT_LIMITS) };
const decide = (most: Partial<Amounts>, of: Partial<typeof fresh> = {}) =>
  spend(heldFor({ most }), { ...fresh, ...of }, named);

describe("budgets", () => {
  it.each<[string, Partial<Amounts>, Partial<typeof fresh>, BudgetKind | "within"]>([
    ["an ordinary call", { wallMs: 60_000, bytes: 1_000 }, {}, "within"],
    ["the last call of the day", {}, { agent: standing(AGENT_LIMITS, { calls: 1_999 }) }, "within"],
    ["one more", {}, { agent: standing(AGENT_LIMITS, { calls: 2_000 }) }, "calls"],
    ["all that is left", { tokens: 20_000_000 }, {}, "within"],
    ["one more than what is left", { tokens: 20_000_001 }, {}, "tokens"],
    [
      "its tenant has used up what all its agents have",
      {},
      { tenant: standing(TENANT_LIMITS, { calls: 20_000 }) },
      "calls",
    ],
    [
      "a call that says nothing, where something is used up",
      {},
      { agent: standing(AGENT_LIMITS, { tokens: 20_000_000 }) },
      "tokens",
    ],
    [
      "a call that moves no money, where the money is used up",
      {},
      { agent: standing(AGENT_LIMITS, { cents: 5_000_000 }) },
      "within",
    ],
    [
      "a cent, where the money is used up",
      { cents: 1 },
      { agent: standing(AGENT_LIMITS, { cents: 5_000_000 }) },
      "cents",
    ],
    [
      "memory is one call's own: what another one had is free again",
      { memoryBytes: 2 ** 31 },
      { agent: standing(AGENT_LIMITS, { memoryBytes: 2 ** 31 }) },
      "within",
    ],
    ["more memory than one call may have", { memoryBytes: 2 ** 31 + 1 }, {}, "memoryBytes"],
    [
      "fails closed: a limit of nothing allows nothing",
      {},
      { agent: standing({ ...AGENT_LIMITS, calls: 0 }) },
      "calls",
    ],
    ["fails closed: what is no amount is more than any limit", { bytes: Number.NaN }, {}, "bytes"],
  ])("%s", (_case, most, of, answer) => {
    const taken = decide(most, of);
    expect(taken.kind === "over" ? taken.of : taken.kind).toBe(answer);
  });

  it("says whose budget it is, when it is filled again, and how it is set", () => {
    const taken = decide({}, { agent: standing(AGENT_LIMITS, { calls: 2_000 }) });
    expect(taken).toMatchObject({
      kind: "over",
      limit: 2_000,
      why: `This agent may use 2,000 calls in a day, and this call does not fit into what is left. It is filled again at midnight UTC. An operator can set another limit: countersign control budget set --tenant ${named.tenant} --agent ${named.agent} --kind calls --most N`,
    });
  });

  it("however calls ask, what is held together never passes the limit of either", () => {
    const asks = fc.array(fc.record({ tokens: fc.nat(9_000_000), bytes: fc.nat(2 ** 31) }), { maxLength: 30 });
    fc.assert(
      fc.property(asks, (calls) => {
        let used = amountsOf({}, () => 0);
        for (const most of calls) {
          const held = heldFor({ most });
          const taken = spend(
            held,
            { agent: standing(AGENT_LIMITS, used), tenant: standing(TENANT_LIMITS, used) },
            named,
          );
          if (taken.kind === "over") continue;
          used = amountsOf({}, (kind) => used[kind] + held[kind]);
          for (const kind of BUDGET_KINDS) expect(used[kind]).toBeLessThanOrEqual(AGENT_LIMITS[kind]);
        }
      }),
    );
  });

  it("what is left for a call is the less of both, with what is held for it already", () => {
    const of = { agent: standing(AGENT_LIMITS, { bytes: 1_000 }), tenant: standing({ ...TENANT_LIMITS, tokens: 5 }) };
    expect(leftIn(of)).toMatchObject({ bytes: AGENT_LIMITS.bytes - 1_000, tokens: 5, memoryBytes: 2 ** 31 });
    expect(
      leftIn(
        of,
        amountsOf({ bytes: 1_000 }, () => 0),
      ).bytes,
    ).toBe(AGENT_LIMITS.bytes);
  });

  it("an amount is a whole one, at least nothing and never endless", () => {
    expect([whole(1.2), whole(-5), whole(Number.NaN), whole(Number.POSITIVE_INFINITY)]).toEqual([2, 0, 1e15, 1e15]);
  });
});
