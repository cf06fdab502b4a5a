import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeQuorum, isQuorum, parsePolicy, policyLimits, sha256, type Policy } from "#verifier";
import { signingKey, witnessKey } from "../support/audit-log/keys.ts";

const LOG = signingKey("log.example", "log").vkey;
const witness = (n: number): string => witnessKey(`w${n}.example`).vkey;
const X = [1, 2, 3].map((n) => `witness X${n} ${witness(n)}`);
const Y = [1, 2, 3].map((n) => `witness Y${n} ${witness(n + 3)}`);
/** The example of c2sp.org/tlog-policy. */
const EXAMPLE = [
  `log ${LOG}`, "", ...X, "group X-witnesses 2 X1 X2 X3", "", ...Y, "group Y-witnesses any Y1 Y2 Y3", "",
  "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y",
]; // prettier-ignore

function policy(lines: readonly string[]): Policy {
  const parsed = parsePolicy(sha256, lines.join("\n"));
  if (parsed.kind === "malformed") throw new Error(`line ${parsed.line}: ${parsed.why}`);
  return parsed;
}
function reached(lines: readonly string[], names: readonly string[]): boolean {
  const { quorum, witnesses } = policy(lines);
  return isQuorum(quorum, new Set(witnesses.filter(({ name }) => names.includes(name))));
}

describe("trust policies (C2SP tlog-policy)", () => {
  it.each([
    [["X1", "X2", "Y3"], true],
    [["X1", "X2", "X3", "Y1", "Y2", "Y3"], true],
    [["X1", "Y1", "Y2", "Y3"], false],
    [["X1", "X2", "X3"], false],
    [[], false],
  ] as const)("the example's quorum, cosigned by %s: %s", (names, expected) => {
    expect(reached(EXAMPLE, names)).toBe(expected);
  });

  it("says a quorum in words", () => {
    expect(describeQuorum(policy(EXAMPLE).quorum)).toBe("2 of (2 of (X1, X2, X3), 1 of (Y1, Y2, Y3))");
  });

  it("tabs, leading blanks, comments and urls are allowed; quorum none asks for nobody", () => {
    const lines = [
      "# trust",
      ` \tlog\t${LOG}  https://log.example/ `,
      "  # more",
      `witness w ${witness(1)} https://w.example`,
      "quorum none",
    ];
    expect(policy(lines).logs[0]?.url).toBe("https://log.example/");
    expect(policy(lines).witnesses[0]?.url).toBe("https://w.example");
    expect(reached(lines, [])).toBe(true);
  });

  it.each([
    ["no quorum", [`log ${LOG}`], "no quorum line"],
    ["two quorums", ["quorum none", "quorum none"], "two quorum lines"],
    ["a quorum of nothing known", ["quorum X1"], "defined before"],
    ["a log twice", [`log ${LOG}`, `log ${LOG}`], "one public key"],
    ["a log's key as a witness", [`witness w ${LOG}`], "a witness line is"],
    ["a witness's key as a log", [`log ${witness(1)}`], "a log line is"],
    ["a witness twice under two names", [`witness a ${witness(1)}`, `witness b ${witness(1)}`], "one public key"],
    ["a name twice", [`witness a ${witness(1)}`, `witness a ${witness(2)}`], "defined twice"],
    ["the name none", [`witness none ${witness(1)}`], "none, or"],
    ["a group of what comes later", ["group g any X1", ...X], "no line before"],
    ["a member of two groups", [...X, "group g any X1", "group h any X1"], "member twice"],
    ["a threshold above the members", [...X, "group g 4 X1 X2 X3"], "threshold"],
    ["a threshold of 0", [...X, "group g 0 X1"], "threshold"],
    ["a threshold in hexadecimal", [...X, "group g 0x1 X1"], "threshold"],
    ["an empty group", ["group g any"], "a group line is"],
    ["none as a member", ["group g any none"], "no line before"],
    ["an unknown keyword", ["trust me"], "none of log"],
    ["a carriage return", ["quorum none\r"], "control character"],
    ["a key whose id is another's", [`log ${LOG.replace(/\+[0-9a-f]{8}\+/, "+00000000+")}`], "a log line is"],
  ])("fails closed: %s", (_, lines, why) => {
    const parsed = parsePolicy(sha256, lines.join("\n"));
    expect(parsed.kind === "malformed" ? parsed.why : "a policy").toContain(why);
  });

  it("holds what the specification asks for, and no more than its limits", () => {
    const many = (n: number): readonly string[] => [
      ...Array.from({ length: n }, (_, i) => `witness w${i} ${witnessKey(`${i}.example`).vkey}`),
      ...Array.from({ length: n }, (_, i) => `group g${i} any w${i}`),
      `group all-of-them ${n} ${Array.from({ length: n }, (_, i) => `g${i}`).join(" ")}`,
      "quorum all-of-them",
    ];
    expect(policy(many(32)).witnesses).toHaveLength(32);
    expect(parsePolicy(sha256, many(policyLimits.witnesses + 1).join("\n")).kind).toBe("malformed");
    expect(parsePolicy(sha256, "#".repeat(policyLimits.bytes + 1)).kind).toBe("malformed");
  });

  it("any text: an answer, never a throw", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...EXAMPLE))), (lines) => {
        expect(parsePolicy(sha256, lines.join("\n")).kind).toMatch(/policy|malformed/);
      }),
    );
  });
});
