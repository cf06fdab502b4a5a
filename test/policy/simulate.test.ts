import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSimulation, grouped, type Engine, type Facts, type Simulated, type Verdict } from "#policy";
import { openPolicy, readConstitution } from "#policy/io";
import { anyFacts } from "./any-facts.ts";
import { engineOf, facts, forbid, tenantFolder } from "./rules.ts";

/** As the gateway writes it (`call.verdict`). */
const body = (given: Facts, { colour, reasons, errors, set }: Verdict): Record<string, unknown> => ({
  v: 1,
  call: "01a1fec5-0000-7000-8000-000000000001",
  tool: given.tool,
  args: { path: "README.md" },
  facts: given,
  verdict: { colour, reasons, errors, set },
  set,
});

async function recorded(engine: Engine, all: readonly Facts[]) {
  return Promise.all(
    all.map(async (given, n) => ({ entry: `entry-${n}`, body: body(given, await engine.decide(given)) })),
  );
}

async function simulated(engine: Engine, past: readonly { entry: string; body: unknown }[]): Promise<Simulated> {
  const simulation = createSimulation(engine);
  for (const each of past) await simulation.take(each);
  return simulation.result();
}

/** As `countersign policy simulate` opens it. */
async function candidate(name: string, text: string): Promise<Engine> {
  const opened = openPolicy(name, await readConstitution(tenantFolder(text)), "alike");
  if (opened.kind === "refused") throw new TypeError(JSON.stringify(opened.findings));
  return opened.engine;
}

const DEPENDENCIES = forbid({ id: "acme.docs", verdict: "YELLOW", when: `context.areas.contains("docs")` });

describe("a call that no rule can tell from one before is not decided twice", () => {
  const BOUNDS = [
    forbid({ id: "acme.lines", when: "context.lines == 7" }),
    forbid({ id: "acme.paths", verdict: "YELLOW", when: "context.paths > 3 || context.paths < 1" }),
    forbid({ id: "acme.updates", verdict: "YELLOW", when: "context.window.updates >= context.batch.updates + 4" }),
  ].join("\n");

  it("on either side of every bound it is another one", async () => {
    const [plain, quick] = [await engineOf(BOUNDS, "bounds-plain"), await candidate("bounds-quick", BOUNDS)];
    const around = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 49, 50, 51, 60, 61, 1_999, 2_000, 2_001);
    const volume = fc.record({ updates: around, cents: fc.constantFrom(0, 999_999, 1_000_000, 1_000_001) });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ touched: fc.record({ paths: around, lines: around }), batch: volume, window: volume }),
        async (given) => {
          const call = facts({ tool: "repo.propose", branch: "topic", ...given });
          expect(await quick.decide(call)).toEqual(await plain.decide(call));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("the rules in force", () => {
  it("invariant 28: give every verdict again, with its reasons, for any facts", async () => {
    const then = await engineOf(DEPENDENCIES, "sim-then");
    const now = await candidate("sim-now", DEPENDENCIES);
    expect(now.set).toBe(then.set);
    await fc.assert(
      fc.asyncProperty(fc.array(anyFacts, { minLength: 10, maxLength: 10 }), async (all) => {
        const result = await simulated(now, await recorded(then, all));
        expect(result).toMatchObject({ calls: 10, unchanged: 10, changes: [], unknown: [], unreproduced: [] });
      }),
      { numRuns: 40 },
    );
  });

  it("a call that no rule can tell from one before gets its verdict, which is the one it would get, for any facts", async () => {
    const [checked, unchecked] = [await engineOf(DEPENDENCIES, "sim-c"), await candidate("sim-u", DEPENDENCIES)];
    await fc.assert(
      fc.asyncProperty(anyFacts, async (given) => {
        expect(await unchecked.decide(given)).toEqual(await checked.decide(given));
      }),
      { numRuns: 300 },
    );
  });

  it("a record that they do not give again is named, even where only a reason differs", async () => {
    const engine = await engineOf("", "sim-r");
    const given = facts({ tool: "repo.read", confidence: 10 });
    const verdict = await engine.decide(given);
    const other = { ...verdict, reasons: verdict.reasons.map((reason) => ({ ...reason, id: "human.irreversible" })) };
    const result = await simulated(engine, [
      { entry: "true", body: body(given, verdict) },
      { entry: "edited", body: body(given, other) },
    ]);
    expect(result).toMatchObject({ unchanged: 2, unreproduced: ["edited"] });
  });
});

describe("other rules", () => {
  const docs = facts({
    tool: "repo.propose",
    branch: "topic",
    areas: ["docs"],
    agent: "codex",
    repository: "acme/shop",
  });
  const read = facts({ tool: "repo.read", agent: "claude", repository: null });

  it("stricter: newly YELLOW, with the rule that says so; the rest is unchanged", async () => {
    const past = await recorded(await engineOf("", "sim-a"), [docs, read]);
    const result = await simulated(await candidate("sim-b", DEPENDENCIES), past);
    expect(result).toMatchObject({ calls: 2, unchanged: 1, unknown: [], unreproduced: [] });
    expect(result.changes).toMatchObject([
      { entry: "entry-0", was: "GREEN", is: "YELLOW", agent: "codex", repository: "acme/shop", rules: ["acme.docs@1"] },
    ]);
  });

  it("laxer: newly GREEN, with the rule that is gone", async () => {
    const past = await recorded(await engineOf(DEPENDENCIES, "sim-d"), [docs, read, docs]);
    const { changes } = await simulated(await candidate("sim-e", ""), past);
    expect(changes.map(({ was, is }) => [was, is])).toEqual([
      ["YELLOW", "GREEN"],
      ["YELLOW", "GREEN"],
    ]);
    expect(grouped(changes)).toEqual([
      { by: "rule", name: "acme.docs@1", entries: ["entry-0", "entry-2"] },
      { by: "agent", name: "codex", entries: ["entry-0", "entry-2"] },
      { by: "repository", name: "acme/shop", entries: ["entry-0", "entry-2"] },
    ]);
  });

  it("never makes GREEN what the floor refuses", async () => {
    const pushed = facts({ tool: "shell.test", hazards: ["git.force_push"] });
    const past = await recorded(await engineOf(DEPENDENCIES, "sim-f"), [pushed]);
    expect(await simulated(await candidate("sim-g", ""), past)).toMatchObject({ unchanged: 1, changes: [] });
  });
});

describe("fails closed: what is not understood is unknown, and never unchanged", () => {
  const cases: readonly (readonly [string, (good: Record<string, unknown>) => unknown, RegExp])[] = [
    ["a body that does not open", () => null, /cannot be opened/],
    ["a body that is none", () => "verdict", /not one that this version understands/],
    ["another version of the record", (good) => ({ ...good, v: 2 }), /not one that this version understands/],
    ["facts of an older version", (good) => ({ ...good, facts: { ...facts(), v: 0 } }), /facts are of version 0/],
    ["facts with a key that is not known", (good) => ({ ...good, facts: { ...facts(), mood: "good" } }), /its facts/],
    ["facts without one", (good) => ({ ...good, facts: { ...facts(), taint: undefined } }), /taint/],
    ["a colour that there is not", (good) => ({ ...good, verdict: { colour: "BLUE", reasons: [], errors: [] } }), /not one/],
    ["no set", (good) => ({ ...good, set: "" }), /not one/],
  ]; // prettier-ignore
  it.each(cases)("%s", async (_, change, why) => {
    const engine = await engineOf("", "sim-h");
    const [good] = await recorded(engine, [facts()]);
    const result = await simulated(engine, [{ entry: "odd", body: change(good?.body ?? {}) }]);
    expect(result).toMatchObject({ calls: 1, unchanged: 0, changes: [], unknown: [{ entry: "odd" }] });
    expect(result.unknown[0]?.why).toMatch(why);
  });
});
