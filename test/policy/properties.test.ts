// What holds for any rules and any facts (gateway.md, execution invariants 4 to 9).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Colour, Verdict } from "#policy";
import { amount, anyFacts, percent, word } from "./any-facts.ts";
import { engineOf, facts, forbid } from "./rules.ts";

const condition = fc.oneof(
  fc.constantFrom("areas", "shell", "taint").chain((set) => word.map((w) => `context.${set}.contains("${w}")`)),
  fc
    .constantFrom("injection", "pii", "secrets")
    .chain((score) => percent.map((n) => `context.scores.${score} >= ${n}`)),
  percent.map((n) => `context.confidence < ${n}`),
  amount.map((n) => `context.window.updates > ${n}`),
  fc.constantFrom("context.irreversible", `context.branch != "topic"`, `context.sql == "none"`, "true"),
);
const anyForbid = (id: string): fc.Arbitrary<string> =>
  fc
    .record({
      verdict: fc.constantFrom("RED", "YELLOW"),
      when: fc.array(condition, { minLength: 1, maxLength: 3 }).map((all) => all.join(" && ")),
      head: fc.constantFrom(
        "principal, action, resource",
        `principal, action in Countersign::Action::"write", resource`,
      ),
    })
    .map((written) => forbid({ id, ...written }));

const rank: Readonly<Record<Colour, number>> = { GREEN: 0, YELLOW: 1, RED: 2 };
const notLaxer = (than: Verdict, is: Verdict): void =>
  expect(rank[is.colour]).toBeGreaterThanOrEqual(rank[than.colour]);
/** Loading a set is what takes the time: each is asked about many calls. */
const many = fc.array(anyFacts, { minLength: 30, maxLength: 30 });

describe("for any facts", () => {
  it("X11, invariants 4 and 5: GREEN has no errors; any hazard, and whatever was approved, is RED", async () => {
    const engine = await engineOf("", "property");
    await fc.assert(
      fc.asyncProperty(anyFacts, async (given) => {
        const verdict = await engine.decide(given);
        expect(verdict.colour === "GREEN" && verdict.errors.length > 0).toBe(false);
        if (given.hazards.length > 0) expect(verdict.colour).toBe("RED");
      }),
      { numRuns: 500 },
    );
  });

  it("X11, invariant 5: an approval never changes RED, and nothing but YELLOW to GREEN", async () => {
    const engine = await engineOf("", "property");
    await fc.assert(
      fc.asyncProperty(anyFacts, async (given) => {
        const without = await engine.decide({ ...given, approval: null });
        const approved = await engine.decide({ ...given, approval: { argsHash: given.argsHash, approver: "ada" } });
        expect(approved.colour).toBe(without.colour === "YELLOW" ? "GREEN" : without.colour);
      }),
      { numRuns: 500 },
    );
  });

  it("invariants 15 and 24: the requester's or the agent's own approval is RED", async () => {
    const engine = await engineOf("", "property");
    await fc.assert(
      fc.asyncProperty(anyFacts, fc.constantFrom("requester", "agent"), async (given, approver) => {
        const verdict = await engine.decide({ ...given, approval: { argsHash: given.argsHash, approver } });
        expect(verdict).toMatchObject({
          colour: "RED",
          reasons: expect.arrayContaining([expect.objectContaining({ id: "never.approve_yourself" })]),
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("for any rules of a tenant", () => {
  it("G3, invariants 7 and 8: they can only make a verdict stricter than Countersign's own", async () => {
    const own = await engineOf("", "property-own");
    await fc.assert(
      fc.asyncProperty(anyForbid("acme.one"), many, async (rule, calls) => {
        const engine = await engineOf(rule, "property-tenant");
        for (const call of calls) notLaxer(await own.decide(call), await engine.decide(call));
      }),
      { numRuns: 15 },
    );
  });

  it("invariant 7: one more forbid never relaxes what the others say", async () => {
    await fc.assert(
      fc.asyncProperty(anyForbid("acme.one"), anyForbid("acme.two"), many, async (one, two, calls) => {
        const fewer = await engineOf(one, "property-fewer");
        const more = await engineOf(`${one}\n${two}`, "property-more");
        for (const call of calls) notLaxer(await fewer.decide(call), await more.decide(call));
      }),
      { numRuns: 12 },
    );
  });

  it("invariant 9: higher scores, more taint and less confidence never relax a verdict", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyForbid("acme.one"),
        anyForbid("acme.two"),
        many,
        fc.nat(100),
        word,
        async (one, two, calls, by, origin) => {
          const engine = await engineOf(`${one}\n${two}`, "property-scores");
          for (const call of calls) {
            const up = (n: number): number => Math.min(100, n + by);
            const { injection, pii, secrets } = call.scores;
            const worse = facts({
              ...call,
              scores: { injection: up(injection), pii: up(pii), secrets: up(secrets) },
              taint: [...new Set([...call.taint, origin])],
              confidence: Math.max(0, call.confidence - by),
            });
            notLaxer(await engine.decide(call), await engine.decide(worse));
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("invariant 6: a rule that errors makes RED of whatever the others say", async () => {
    const overflowing = forbid({ id: "acme.broken", when: "context.window.cents * 9007199254740991 * 2048 > 5" });
    await fc.assert(
      fc.asyncProperty(anyForbid("acme.one"), many, async (rule, calls) => {
        const engine = await engineOf(`${rule}\n${overflowing}`, "property-errors");
        for (const call of calls) {
          const verdict = await engine.decide(facts({ ...call, window: { updates: 0, cents: 1_000 } }));
          expect(verdict.colour).toBe("RED");
          expect(verdict.errors.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 6 },
    );
  });
});
