import { describe, expect, it } from "vitest";
import { quorumOf } from "#policy";
import { engineOf, facts, forbid } from "./rules.ts";

const HASH = "1".repeat(64);
const approved = { argsHash: HASH, approval: { argsHash: HASH, approver: "ada" } };

describe("a decision", () => {
  it("is GREEN where a rule permits and none forbids, and names the rule", async () => {
    const verdict = await (await engineOf()).decide(facts());
    expect(verdict).toMatchObject({ colour: "GREEN", errors: [], reasons: [{ id: "default.read", version: "1" }] });
    expect(verdict.set).toMatch(/^[0-9a-f]{64}$/);
  });

  it("fails closed: a write that no rule permits is RED (deny by default)", async () => {
    const engine = await engineOf();
    expect(await engine.decide(facts({ tool: "repo.propose", branch: "none" }))).toMatchObject({ colour: "RED" });
  });

  it("4, 6: fails closed: a rule whose arithmetic overflows makes everything RED, with the error, and not GREEN without the rule", async () => {
    const engine = await engineOf(forbid({ when: "context.window.cents * 9007199254740991 > 5" }));
    const verdict = await engine.decide(facts({ window: { updates: 0, cents: 9_007_199_254_740_991 } }));
    expect(verdict).toMatchObject({ colour: "RED", errors: [expect.stringContaining("overflow")] });
    expect(await engine.decide(facts())).toMatchObject({ colour: "GREEN" });
  });

  it("X11 (5): RED stays RED with an approval of exactly this; YELLOW becomes GREEN with it alone", async () => {
    const engine = await engineOf(
      [
        forbid({ id: "acme.red", when: `context.areas.contains("red")` }),
        forbid({ id: "acme.yellow", verdict: "YELLOW", when: `context.areas.contains("yellow")` }),
      ].join("\n"),
    );
    expect(await engine.decide(facts({ areas: ["yellow"] }))).toMatchObject({
      colour: "YELLOW",
      reasons: [{ id: "acme.yellow" }],
    });
    expect(await engine.decide(facts({ areas: ["yellow"], ...approved }))).toMatchObject({ colour: "GREEN" });
    expect(await engine.decide(facts({ areas: ["yellow"], ...approved, argsHash: "2".repeat(64) }))).toMatchObject({
      colour: "YELLOW",
    });
    expect(await engine.decide(facts({ areas: ["red"], ...approved }))).toMatchObject({ colour: "RED" });
    expect(await engine.decide(facts({ areas: ["red", "yellow"] }))).toMatchObject({
      colour: "RED",
      reasons: [{ id: "acme.red" }, { id: "acme.yellow" }],
    });
  });

  it("says how many people a rule asks for, where it is more than one, and the highest number counts", async () => {
    const engine = await engineOf(
      [
        forbid({ id: "acme.one", verdict: "YELLOW" }),
        `@quorum("2") ${forbid({ id: "acme.two", verdict: "YELLOW", when: `context.areas.contains("two")` })}`,
        `@quorum("3") ${forbid({ id: "acme.three", verdict: "YELLOW", when: `context.areas.contains("three")` })}`,
      ].join("\n"),
    );
    const people = async (...areas: string[]) => quorumOf(await engine.decide(facts({ areas })));
    expect(await people()).toBe(1);
    expect(await people("two")).toBe(2);
    expect(await people("three", "two")).toBe(3);
    const { reasons } = await engine.decide(facts({ areas: ["two"] }));
    expect(reasons.map(({ id, quorum }) => [id, quorum])).toEqual([
      ["acme.one", undefined],
      ["acme.two", 2],
    ]);
  });

  it.each([
    ["a tool that there is not", { tool: "shell.root" }],
    ["a number that would reach the engine rounded", { window: { updates: 2 ** 53, cents: 0 } }],
    ["a fraction", { confidence: 0.5 }],
    ["a fact that nobody knows", { harmless: true }],
    ["a fact that is missing", { approval: undefined }],
    ["another version of the document", { v: 2 }],
  ])("fails closed: facts with %s are RED with an error", async (_, more) => {
    const verdict = await (await engineOf()).decide({ ...facts(), ...more });
    expect(verdict).toMatchObject({ colour: "RED", reasons: [] });
    expect(verdict.errors.length).toBeGreaterThan(0);
  });

  it("21: two tenants' sets do not meet, under the same engine", async () => {
    const strict = await engineOf(forbid({ id: "strict.nothing" }), "tenant-strict");
    const open = await engineOf("", "tenant-open");
    expect(await strict.decide(facts())).toMatchObject({ colour: "RED", reasons: [{ id: "strict.nothing" }] });
    expect(await open.decide(facts())).toMatchObject({ colour: "GREEN" });
  });

  it("fails closed: an engine that was kept while its rules were replaced answers RED, and the new one by the new rules", async () => {
    const old = await engineOf("", "tenant-reloaded");
    const now = await engineOf(forbid({ id: "acme.new" }), "tenant-reloaded");
    expect(await old.decide(facts())).toMatchObject({
      colour: "RED",
      errors: [expect.stringContaining("not in force")],
    });
    expect(await now.decide(facts())).toMatchObject({ colour: "RED", reasons: [{ id: "acme.new" }], errors: [] });
  });

  it("a set that is refused leaves the one before in force", async () => {
    const engine = await engineOf(forbid({ id: "acme.kept" }), "tenant-kept");
    await expect(engineOf(forbid({ when: "context.nothing" }), "tenant-kept")).rejects.toThrow();
    expect(await engine.decide(facts())).toMatchObject({ colour: "RED", reasons: [{ id: "acme.kept" }] });
  });
});

describe("citations", () => {
  const PROSE = "# Rules\n\n## acme.refunds@2\n\nRefunds above 100 USD go to Ada.\n";

  it("a cited rule that exists, in prose or in Cedar, changes nothing", async () => {
    const engine = await engineOf("", "test", PROSE);
    const cited = facts({ citations: ["acme.refunds@2", "default.read@1"] });
    expect(await engine.decide(cited)).toMatchObject({ colour: "GREEN" });
  });

  it.each(["acme.refunds@1", "acme.refunds@3", "acme.invented@1"])(
    "fails closed: %s does not exist, so that the call is RED",
    async (citation) => {
      const engine = await engineOf("", "test", PROSE);
      expect(await engine.decide(facts({ citations: [citation] }))).toMatchObject({
        colour: "RED",
        reasons: [{ id: "never.cite_unknown", text: expect.stringContaining(citation) }],
      });
    },
  );
});
