import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FLOOR_HASH, parseCases } from "#policy";
import { examine, readConstitution, shippedFolder } from "#policy/io";
import { mutantsOf } from "../../src/policy/mutate.ts";
import { HAZARDS } from "../../src/policy/hazards.ts";
import { setHash } from "../../src/policy/io/rules.ts";
import { engineOf, facts } from "./rules.ts";

describe("the floor", () => {
  it("is the one whose digest is compiled in", async () => {
    const { rules, findings } = await readConstitution(null);
    expect(findings).toEqual([]);
    expect(setHash(rules.filter(({ layer }) => layer === "floor"))).toBe(FLOOR_HASH);
  });

  it.each(HAZARDS)("24: has a RED rule for %s", async (hazard) => {
    const verdict = await (await engineOf()).decide(facts({ hazards: [hazard] }));
    expect(verdict).toMatchObject({ colour: "RED", reasons: [{ id: expect.stringMatching(/^never\./) }], errors: [] });
  });

  it("any change of one of its rules changes the digest", async () => {
    const { rules } = await readConstitution(null);
    const floor = rules.filter(({ layer }) => layer === "floor");
    const others = floor.map((_, i) => setHash(floor.toSpliced(i, 1)));
    expect(new Set([FLOOR_HASH, ...others]).size).toBe(floor.length + 1);
    expect(setHash(floor.map((rule) => ({ ...rule, version: "2" })))).not.toBe(FLOOR_HASH);
  });
});

describe("24: each hard refusal is attempted", () => {
  const folder = new URL("../attacks/", import.meta.url);
  const attacks = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8"));
  // What weighs the call's surroundings is attacked where those come from: by words that reach the agent, and by what it says of itself.
  const elsewhere = new Set(["human.irreversible", "human.suspected_injection", "human.low_confidence"]);

  it("by an attack of its own, in a file of its own", async () => {
    const { rules } = await readConstitution(null);
    const floor = rules.filter(({ layer }) => layer === "floor").map(({ id }) => id);
    expect(floor.filter((id) => !elsewhere.has(id) && !attacks.some((text) => text.includes(`"${id}"`)))).toEqual([]);
  });
});

describe("Countersign's own cases", () => {
  it("hold, cover every rule, and notice a change of it", async () => {
    const folders = await Promise.all([shippedFolder("platform"), shippedFolder("floor")]);
    const read = folders.flatMap(({ cases }) => cases).map(({ file, text }) => parseCases(file, text));
    const cases = read.flatMap((each) => (each.kind === "cases" ? each.cases : expect.fail(each.problems.join("; "))));
    const constitution = await readConstitution(null);
    const report = await examine(constitution, constitution.rules, cases, () => {});
    expect(report).toMatchObject({ failed: [], uncovered: [], survivors: [] });
    expect(report.mutants).toBeGreaterThan(report.rules);
  });

  it("a case that no rule decides, and a change that no case notices, are told", async () => {
    const folder = await shippedFolder("platform");
    const read = folder.cases.map(({ file, text }) => parseCases(file, text));
    const cases = read.flatMap((each) => (each.kind === "cases" ? each.cases : []));
    const constitution = await readConstitution(null);
    const examined = constitution.rules.filter(({ id }) => id === "default.many_updates");
    const weak = cases.filter(({ name }) => !name.startsWith("fifty updates"));
    expect((await examine(constitution, examined, weak, () => {})).survivors).toEqual([
      { rule: "default.many_updates@1", says: "> made >=" },
      { rule: "default.many_updates@1", says: "> made >=" },
    ]);
    const none = weak.filter(({ rules }) => !rules.includes("default.many_updates@1"));
    expect((await examine(constitution, examined, none, () => {})).uncovered).toEqual([
      { rule: "default.many_updates@1", says: "no case is decided by it" },
    ]);
  });
});

describe("a mutant", () => {
  it("is the rule gone, each comparison the other way, each member of a set left out", () => {
    const context = (attr: string) => ({ ".": { left: { Var: "context" }, attr } });
    const body = {
      "&&": {
        left: { ">": { left: context("lines"), right: { Value: 5 } } },
        right: { containsAny: { left: context("areas"), right: { Set: [{ Value: "a" }, { Value: "b" }] } } },
      },
    };
    const unless = { kind: "unless", body: { "==": { left: context("argsHash"), right: { Value: "x" } } } };
    expect(mutantsOf({ conditions: [{ kind: "when", body }, unless] }).map(({ says }) => says)).toEqual([
      "the rule deleted",
      "&& made ||",
      "> made >=",
      "> made <=",
      "containsAny made containsAll",
      "containsAny negated",
      '{"Value":"a"} left out',
      '{"Value":"b"} left out',
    ]);
  });
});
