import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatEnvFile, isSecretName, parseEnvFile, type SealedEnv } from "#tenants";

const KEY = "01ff0000-0000-7000-8000-0000000000a1";
const line = (name: string, sealed = "c2VhbGVk"): string => `${name}=enc:v1:${KEY}:${sealed}`;
const problemsOf = (text: string): readonly string[] => {
  const answer = parseEnvFile("acme", text);
  return answer.kind === "refused" ? answer.problems : [];
};

describe("T1 a client's .env holds sealed values and nothing else", () => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/);
  const sealed = fc.record({ keyId: fc.uuid(), sealed: fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/) });

  it("what is written is read, in its order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, sealed), { selector: ([key]) => key }), (entries) => {
        const values: SealedEnv = new Map(entries);
        const read = parseEnvFile("acme", formatEnvFile("acme", values));
        expect(read).toEqual({ kind: "env", values });
      }),
    );
  });

  it.each<[string, string]>([
    ["P12 a value in plain text", "ACME_TOKEN=hunter2-hunter2"],
    ["P12 one among sealed ones", `${line("ACME_A")}\nACME_TOKEN=hunter2-hunter2\n${line("ACME_B")}`],
    ["P12 one that a sealed value of the same name follows", `ACME_A=hunter2-hunter2\n${line("ACME_A")}`],
    ["P13 a command", "ACME_TOKEN=$(id)"],
    ["P13 another client's variable", "ACME_TOKEN=${GLOBEX_TOKEN}"],
    ["a value between quotes", `ACME_TOKEN="enc:v1:${KEY}:c2VhbGVk"`],
    ["export before it", `export ${line("ACME_TOKEN")}`],
    ["space around the sign", line("ACME_TOKEN").replace("=", " = ")],
    ["a line that ends with a carriage return", `${line("ACME_TOKEN")}\r`],
    ["a value after which something follows", `${line("ACME_TOKEN")} # staging`],
    ["another version of the envelope", line("ACME_TOKEN").replace("v1", "v2")],
    ["a continued line", `${line("ACME_TOKEN")}\\\nmore`],
  ])("refused as a whole, and not quoted: %s", (_, text) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).toMatch(/not sealed/);
    expect(problems.join()).not.toMatch(/hunter2|GLOBEX|\$\(id\)/);
  });

  it("P1 a name of another client is refused, also where one begins like the other", () => {
    expect(problemsOf(line("GLOBEX_TOKEN"))).toEqual([expect.stringContaining("Line 1")]);
    expect(problemsOf(line("ACMEX_TOKEN"))).toHaveLength(1);
    expect(problemsOf(line("ACME_"))).toHaveLength(1);
    expect(problemsOf(line("PATH"))).toHaveLength(1);
  });

  it("a name that is there twice is refused: which of the two counts is nobody's guess", () => {
    expect(problemsOf(`${line("ACME_A")}\n${line("ACME_A", "b3RoZXI")}`)).toEqual([expect.stringContaining("twice")]);
  });

  it.each([
    ["DATABASE_URL", true],
    ["A", true],
    ["", false],
    ["database_url", false],
    ["1A", false],
    ["A-B", false],
    ["A\n", false],
    ["__proto__", false],
    ["A".repeat(64), false],
  ])("is %j the name of a credential: %s", (given, answer) => {
    expect(isSecretName(given)).toBe(answer);
  });
});
