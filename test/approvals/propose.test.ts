import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BASELINE, cited, parseCases, type Facts } from "#policy";
import { examine, openPolicy, readConstitution, type Folder } from "#policy/io";
import { casesText, proposeRule, type Proposed } from "../../src/approvals/propose.ts";

const CASE: Facts = {
  ...BASELINE,
  tool: "repo.propose",
  branch: "topic",
  repository: "acme/shop",
  areas: ["dependencies", "infrastructure"],
  taint: ["web"],
  citations: ["default.propose@1"],
  argsHash: "f".repeat(64),
};
const NO = {
  answer: "reject",
  title: "Bump left-pad",
  reason: "We pin our dependencies",
  mark: "a1b2c3d4e5f6",
} as const;
const rule = (proposed: Proposed): Extract<Proposed, { kind: "rule" }> =>
  proposed.kind === "rule" ? proposed : expect.unreachable();

async function constitutionWith(cedar: string) {
  const folder: Folder = {
    cedar: [{ layer: "tenant", file: "p.cedar", text: cedar }],
    prose: [],
    cases: [],
    findings: [],
  };
  return readConstitution(folder);
}

/** The cases with what is decided with the rule there, as a file, read again. */
async function casesOf(proposed: Extract<Proposed, { kind: "rule" }>) {
  const constitution = await constitutionWith(proposed.cedar);
  const opened = openPolicy("proposals of a test", constitution);
  if (opened.kind === "refused") return expect.unreachable(JSON.stringify(opened.findings));
  const judged = [];
  for (const each of [proposed.positive, ...proposed.negatives]) {
    const verdict = await opened.engine.decide(each.facts);
    expect(verdict.errors).toEqual([]);
    judged.push({ ...each, expect: verdict.colour, rules: verdict.reasons.map(cited).toSorted() });
  }
  const read = parseCases("p.cases.yaml", casesText(judged));
  return { constitution, judged, cases: read.kind === "cases" ? read.cases : expect.unreachable(read.problems.join()) };
}

describe("a rule out of a no", () => {
  it("refuses the same class of calls in this repository, and says what the person said", async () => {
    const proposed = rule(proposeRule({ ...NO, facts: CASE }));
    expect(proposed.cedar).toBe(`@id("learned.repo_propose.a1b2c3d4e5f6")
@version("1")
@verdict("RED")
@text("A person said no to such a call: We pin our dependencies. Ask for something else, or ask whoever keeps these rules.")
forbid (principal, action == Countersign::Action::"repo.propose", resource == Countersign::Repository::"acme/shop")
when { context.areas.containsAll(["dependencies", "infrastructure"]) && context.taint.containsAll(["web"]) };
`);
    const { judged } = await casesOf(proposed);
    expect(judged[0]).toMatchObject({ expect: "RED", rules: ["learned.repo_propose.a1b2c3d4e5f6@1"] });
    for (const other of judged.slice(1)) expect(other.rules.join()).not.toContain("learned.");
    expect(judged.map(({ name }) => name)).toHaveLength(5);
  });

  it.each<[string, Partial<Facts>, string]>([
    [
      "personal data",
      { scores: { injection: 0, pii: 60, secrets: 0 } },
      'context.areas.containsAll(["dependencies", "infrastructure"]) && context.taint.containsAll(["web"]) && context.scores.pii >= 60',
    ],
    [
      "its size alone",
      { areas: [], taint: [], touched: { paths: 70, lines: 0 }, batch: { updates: 51, cents: 1 } },
      "context.paths >= 70 && context.batch.updates >= 51 && context.batch.cents >= 1",
    ],
  ])("%s is part of the class: what has less of it is asked about as before", async (_, more, says) => {
    const proposed = rule(proposeRule({ ...NO, facts: { ...CASE, ...more } }));
    expect(proposed.cedar).toContain(`when { ${says} };`);
    const { constitution, judged, cases } = await casesOf(proposed);
    expect(judged[0]?.rules.join()).toContain("learned.");
    for (const other of judged.slice(1)) expect(other.rules.join()).not.toContain("learned.");
    const mine = constitution.rules.filter(({ layer }) => layer === "tenant");
    expect(await examine(constitution, mine, cases, () => {})).toMatchObject({ failed: [], survivors: [] });
  });

  it("comes with cases that notice every change of it: nothing of it is untested", async () => {
    const { constitution, cases } = await casesOf(rule(proposeRule({ ...NO, facts: CASE })));
    const mine = constitution.rules.filter(({ layer }) => layer === "tenant");
    expect(await examine(constitution, mine, cases, () => {})).toMatchObject({
      failed: [],
      uncovered: [],
      survivors: [],
    });
  });

  it("whose case it was does not stand in the cases: neither agent nor requester nor client", () => {
    const facts = { ...CASE, agent: "builder-7", requester: "rita", tenant: "acme" };
    const text = casesText([{ ...rule(proposeRule({ ...NO, facts })).positive, expect: "RED", rules: [] }]);
    expect(text).not.toMatch(/rita|builder-7|tenant|argsHash|ffff/);
  });

  it.each([
    ["a yes: a client's rules only forbid, so that it becomes guidance", { answer: "approve", facts: CASE }],
    [
      "a case that nothing distinguishes: the whole tool is nothing that one case forbids",
      { facts: { ...BASELINE, repository: null } },
    ],
    ["a case whose facts were not kept", { facts: null }],
  ] as const)("%s", (_, more) => {
    const proposed = proposeRule({ ...NO, ...more });
    expect(proposed.kind).toBe("guidance");
    if (proposed.kind === "guidance") expect(proposed.prose).toMatch(/^## learned\.guidance\.a1b2c3d4e5f6@1\n\n/);
  });

  it("whatever the reason, the title and the repository's name hold: one rule that loads, only forbids, and stays inside its quotes", async () => {
    const nasty = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom(
        '"); permit (principal, action, resource); //',
        "\\",
        '\\"',
        "${x}",
        "\u202e\u0000",
        "never.x@1\n## a.b@1",
      ),
    );
    const areas = fc.uniqueArray(fc.constantFrom("auth", "tests", "docs", "payments"), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, areas, async (reason, title, name, found) => {
        const repository = name.slice(0, 100) === "" ? "acme/shop" : name.slice(0, 100);
        const proposed = rule(proposeRule({ ...NO, reason, title, facts: { ...CASE, repository, areas: found } }));
        const { rules, findings } = await constitutionWith(proposed.cedar);
        expect(findings).toEqual([]);
        const mine = rules.filter(({ layer }) => layer === "tenant");
        expect(mine.map(({ effect, id }) => [effect, id])).toEqual([["RED", proposed.id]]);
      }),
      { numRuns: 60 },
    );
  });
});
