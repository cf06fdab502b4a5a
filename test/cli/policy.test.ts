import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { constitutionFiles } from "../../src/tenants/constitution.ts";
import { policy } from "../../src/cli/policy.ts";
import { facts, forbid } from "../policy/rules.ts";
import { ranWith } from "./terminal.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-policy-"));
afterAll(() => rmSync(root, { recursive: true }));
const ran = (...argv: readonly string[]) => ranWith(policy, ["policy", ...argv]);

function folder(name: string, files: Readonly<Record<string, string>>): string {
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

const begun = join(folder("acme", Object.fromEntries(constitutionFiles("acme"))), "constitution");

describe("the constitution that a client begins with", () => {
  it("loads, with Countersign's own rules around it", async () => {
    const { out, status } = await ran("check", begun);
    expect(out.join("\n")).toMatch(
      /^Loads: \d+ rules, 3 of them from .*acme\/constitution, and 2 in prose\. Set [0-9a-f]{64}$/,
    );
    expect(status).toBe(0);
  });

  it("has cases that cover each rule and notice each change", async () => {
    const { out, status } = await ran("test", begun);
    expect(out).toEqual([
      expect.stringMatching(
        /^4 of 4 cases hold\. 3 of 3 rules are covered\. (\d+) of \1 changed rules were noticed\.$/,
      ),
    ]);
    expect(status).toBe(0);
  });
});

describe("countersign policy check", () => {
  it("says every finding at once, and loads nothing", async () => {
    const dir = folder("wrong", {
      "rules.cedar": `${forbid({ id: "acme.one", when: "context.nothing" })}\n${forbid({ id: "never.two" })}`,
      "rules.ceder": "",
    });
    const { out, status } = await ran("check", dir);
    expect(out.join("\n")).toMatch(/rules\.ceder  It is no file of rules/);
    expect(out.join("\n")).toMatch(/never\.two  Ids that begin with never\./);
    expect(out.at(-1)).toMatch(/^It is not loaded: \d+ findings\.$/);
    expect(status).toBe(1);
  });

  it("fails closed: a link among the files is not followed", async () => {
    const dir = folder("linked", {});
    symlinkSync(join(begun, "rules.cedar"), join(dir, "rules.cedar"));
    expect(await ran("check", dir)).toMatchObject({
      status: 1,
      out: [expect.stringContaining("no plain file"), expect.anything()],
    });
  });

  it("a folder that there is not is unusable input", async () => {
    const { err, status } = await ran("check", join(root, "nowhere"));
    expect(err).toEqual([expect.stringContaining("is no folder")]);
    expect(status).toBe(2);
  });

  it("--json lists every rule that can be cited, with its digest", async () => {
    const { out } = await ran("check", begun, "--json");
    expect(JSON.parse(out.join(""))).toMatchObject({
      loads: true,
      rules: expect.arrayContaining([
        { rule: "client.smallest_change@1", hash: expect.stringMatching(/^[0-9a-f]{64}$/), text: expect.any(String) },
        { rule: "never.force_push@1", hash: expect.stringMatching(/^[0-9a-f]{64}$/), text: expect.any(String) },
      ]),
    });
  });
});

describe("countersign policy test", () => {
  it("status 1 with a case that does not hold, which says what the answer is", async () => {
    const dir = folder("failing", {
      "rules.cedar": forbid({ id: "acme.docs", when: `context.areas.contains("docs")` }),
      "rules.cases.yaml":
        "cases:\n  - name: docs go\n    facts: { areas: [docs] }\n    expect: GREEN\n    rules: [default.read@1]\n",
    });
    const { out, status } = await ran("test", dir);
    expect(out[0]).toMatch(/docs go: expected GREEN by default\.read@1; it is RED by acme\.docs@1$/);
    expect(status).toBe(1);
  });

  it("status 1 with a rule that has no case", async () => {
    const dir = folder("uncovered", {
      "rules.cedar": forbid({ id: "acme.docs", when: `context.areas.contains("docs")` }),
    });
    const { out, status } = await ran("test", dir);
    expect(out.join("\n")).toContain("UNTESTED  acme.docs@1: no case is decided by it");
    expect(status).toBe(1);
  });

  it("an empty folder is unusable input: nothing was tested, and it says what to do", async () => {
    const { err, out, status } = await ran("test", folder("empty", {}));
    expect(err.join("\n")).toMatch(/no rules and no cases in .*empty: nothing was tested.*tenant onboard/);
    expect([status, out]).toEqual([2, []]);
  });

  it("one with rules in prose alone has nothing to fail", async () => {
    const dir = folder("prose", { "acme.md": "## acme.refunds@1\n\nAsk before you promise a refund.\n" });
    expect((await ran("test", dir)).status).toBe(0);
  });

  it.each([
    ["that is no YAML", "cases: ["],
    ["with a fact that there is not", "cases:\n  - { name: a, facts: { colour: red }, expect: RED, rules: [] }\n"],
    ["with a colour that there is not", "cases:\n  - { name: a, expect: GREY, rules: [] }\n"],
    ["that unfolds itself", "a: &a [x, x]\ncases: [*a, *a]\n"],
  ])("a file of cases %s is unusable input", async (_, text) => {
    const { err, status } = await ran("test", folder("unusable", { "rules.cases.yaml": text }));
    expect(err.join("\n")).toContain("rules.cases.yaml");
    expect(status).toBe(2);
  });
});

describe("countersign policy explain", () => {
  const given = (more: Parameters<typeof facts>[0]): string => {
    const file = join(root, "facts.json");
    writeFileSync(file, JSON.stringify(facts(more)));
    return file;
  };

  it("GREEN: says which rule permits it", async () => {
    const { out, status } = await ran("explain", given({}));
    expect(out.slice(0, 2)).toEqual(["GREEN: it may run by itself.", expect.stringContaining("default.read@1")]);
    expect(status).toBe(0);
  });

  it("YELLOW: says that a person is asked, and about what", async () => {
    const { out, status } = await ran(
      "explain",
      given({ tool: "pr.comment", taint: ["web"] }),
      "--constitution",
      begun,
    );
    expect(out.join("\n")).toMatch(/^YELLOW: a person[^]*client\.words_from_the_web@1[^]*What to do: ask for approval/);
    expect(status).toBe(1);
  });

  it("YELLOW: says how many people, where a rule asks for more than one", async () => {
    const dir = folder("quorum", { "rules.cedar": `@quorum("2") ${forbid({ verdict: "YELLOW" })}` });
    const { out, status } = await ran("explain", given({}), "--constitution", dir);
    expect(out[0]).toBe("YELLOW: two different people have to say yes to exactly this first.");
    expect(status).toBe(1);
  });

  it("RED: says the rule and what would be acceptable", async () => {
    const { out, status } = await ran("explain", given({ hazards: ["git.force_push"] }));
    expect(out.join("\n")).toMatch(/^RED: it does not run[^]*never\.force_push@1: History that others have/);
    expect(status).toBe(1);
  });

  it("facts that are none are unusable input", async () => {
    const file = join(root, "no-facts.json");
    writeFileSync(file, `{"v":1,"tool":"repo.read"}`);
    const { err, status } = await ran("explain", file);
    expect(err.join("\n")).toContain("tenant:");
    expect(status).toBe(2);
  });

  it.each([
    ["--command", "npm test", "GREEN", 0],
    ["--command", "sudo git push -f", "RED", 1],
    ["--sql", "select 1", "GREEN", 0],
    ["--sql", "drop table users", "RED", 1],
  ])("%s %j, whose facts are computed here, is %s", async (option, text, colour, code) => {
    const { out, status } = await ran("explain", option, text);
    expect(out[0]).toMatch(new RegExp(`^${colour}: `));
    expect(status).toBe(code);
  });

  it("one question at a time", async () => {
    expect(await ran("explain")).toMatchObject({ status: 2, err: [expect.stringContaining("Give one of these")] });
    expect(await ran("explain", given({}), "--command", "ls")).toMatchObject({ status: 2 });
  });
});
