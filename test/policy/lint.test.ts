import { describe, expect, it } from "vitest";
import { findings, forbid, UNLESS } from "./rules.ts";

const YELLOW = { verdict: "YELLOW" } as const;

describe("what is not loaded", () => {
  it.each([
    ["an unknown fact, which would switch the rule off", forbid({ when: "context.confidense < 40" }), /confidense/],
    [
      "an unguarded optional fact",
      forbid({ ...YELLOW, when: "true", rest: `unless { context.approval.argsHash == context.argsHash }` }),
      /approval/,
    ],
    [
      "an unknown tool",
      forbid({ head: `principal, action == Countersign::Action::"repo.destroy", resource` }),
      /repo.destroy/,
    ],
    [
      "a rule that can never apply (a warning of the engine's)",
      forbid({ when: "context.confidence < 40 && false" }),
      /impossible|always|never/i,
    ],
    [
      "a letter that looks like another one",
      forbid({ when: `context.areas.contains("p\u0430yments")` }),
      /mixed|confusable|script/i,
    ],
    ["text that is no rule", "forbid everything", /./],
    [
      "a template",
      `@id("a.b") @version("1") @verdict("RED") @text("A rule of a test.") forbid (principal == ?principal, action, resource);`,
      /Templates/,
    ],
    [
      "a rule without an id",
      `@version("1") @verdict("RED") @text("A rule of a test.") forbid (principal, action, resource);`,
      /@id/,
    ],
    [
      "one without a colour",
      `@id("a.b") @version("1") @text("A rule of a test.") forbid (principal, action, resource);`,
      /@verdict/,
    ],
    ["one with a colour that there is not", forbid({ verdict: "GREEN" }), /@verdict/],
    ["an annotation that there is not", `@audit("no") ${forbid({})}`, /@audit/],
    ["a RED rule that asks people", `@quorum("2") ${forbid({})}`, /Only a YELLOW rule/],
    [
      "a permission that asks people",
      `@quorum("2") @id("a.b") @version("1") @text("A rule of a test.") permit (principal, action, resource);`,
      /Only a YELLOW rule/,
    ],
    ...["1", "0", "6", "02", "2.0", " 2", "two", ""].map((n): [string, string, RegExp] => [
      `a number of people that is none: ${JSON.stringify(n)}`,
      `@quorum("${n}") ${forbid(YELLOW)}`,
      /"2" to "5"/,
    ]),
    ["a number of people without the number", `@quorum ${forbid(YELLOW)}`, /"2" to "5"/],
    ["one id twice", `${forbid({})}\n${forbid({})}`, /already/],
    ["an id of Countersign's own", forbid({ id: "default.read" }), /already/],
    ["an id of the floor", forbid({ id: "never.force_push" }), /floor's own/],
  ])("%s", async (_, text, says) => {
    expect((await findings(text)).join("\n")).toMatch(says);
  });

  it.each([
    [
      "8: a permission by a tenant",
      `@id("a.b") @version("1") @text("A rule of a test.") permit (principal, action, resource);`,
      /Only the platform/,
    ],
    ["RED with an exception", forbid({ rest: `unless { context.tenant == "acme" }` }), /no "unless"/],
    ["RED that asks for an approval", forbid({ when: "!(context has approval)" }), /knows no approval/],
    [
      "RED that asks for an approval's inside",
      forbid({ when: `context has approval && context.approval.approver == "eve"` }),
      /knows no approval/,
    ],
    ["RED that compares the digest", forbid({ when: `context.argsHash == "aa"` }), /knows no approval/],
    ["RED for all tenants but one", forbid({ when: `context.tenant != "acme"` }), /no exception for one tenant/],
    [
      "RED for all requesters but one",
      forbid({ when: `!(context.requester == "ada")` }),
      /no exception for one requester/,
    ],
    [
      "RED for all agents but one",
      forbid({ when: `principal != Countersign::Agent::"ours"` }),
      /no exception for one principal/,
    ],
    [
      "RED for all agents but some",
      forbid({ when: `!([Countersign::Agent::"a", Countersign::Agent::"b"].contains(principal))` }),
      /no exception for one principal/,
    ],
    [
      "RED for all repositories but one, by turns",
      forbid({ when: `if resource == Countersign::Repository::"a/b" then false else true` }),
      /no exception for one resource/,
    ],
    [
      "YELLOW without a way to approve it: it would be RED without saying so",
      forbid({ ...YELLOW, rest: "" }),
      /exactly one exception/,
    ],
    [
      "YELLOW that any approval opens",
      forbid({ ...YELLOW, rest: "unless { context has approval }" }),
      /exactly one exception/,
    ],
    [
      "YELLOW with a second exception",
      forbid({ ...YELLOW, rest: `${UNLESS} unless { context.tenant == "acme" }` }),
      /exactly one exception/,
    ],
    [
      "YELLOW with a wider one",
      forbid({
        ...YELLOW,
        rest: `unless { context.confidence > 3 || (context has approval && context.approval.argsHash == context.argsHash) }`,
      }),
      /exactly one exception/,
    ],
    [
      "YELLOW that reads the approval elsewhere",
      forbid({ ...YELLOW, when: "!(context has approval)" }),
      /in "unless" alone/,
    ],
    ["9: a score that relaxes", forbid({ when: "context.scores.injection < 50" }), /higher one never relaxes/],
    [
      "9: a score that relaxes by a negation",
      forbid({ when: "!(context.scores.pii >= 50)" }),
      /higher one never relaxes/,
    ],
    [
      "9: a score that has to be exactly something",
      forbid({ when: "context.scores.pii == 50" }),
      /higher one never relaxes/,
    ],
    ["9: a score hidden in a sum", forbid({ when: "0 - context.scores.pii > 0 - 50" }), /higher one never relaxes/],
    [
      "9: scores as a whole",
      forbid({ when: "context.scores == {injection: 0, pii: 0, secrets: 0}" }),
      /higher one never relaxes/,
    ],
    ["9: taint that relaxes", forbid({ when: `!(context.taint.contains("web"))` }), /more of it never relaxes/],
    ["9: taint that has to be empty", forbid({ when: "context.taint.isEmpty()" }), /more of it never relaxes/],
    ["9: taint on the wrong side", forbid({ when: `["web"].containsAll(context.taint)` }), /more of it never relaxes/],
    [
      "9: confidence that forbids when it grows",
      forbid({ when: "context.confidence > 50" }),
      /more of it never forbids/,
    ],
  ])("%s", async (_, text, says) => {
    expect((await findings(text)).join("\n")).toMatch(says);
  });
});

describe("what is loaded", () => {
  it.each([
    ["a RED rule about some tools", forbid({ head: `principal, action in Countersign::Action::"write", resource` })],
    [
      "a RED rule about one agent and one repository",
      forbid({ head: `principal == Countersign::Agent::"a", action, resource == Countersign::Repository::"a/b"` }),
    ],
    ["the same in its condition", forbid({ when: `resource == Countersign::Repository::"a/b" && context.lines > 5` })],
    [
      "a YELLOW rule with an exception of its own in its condition",
      forbid({ ...YELLOW, when: `context.tenant != "acme" && context.branch != "topic"` }),
    ],
    ["a YELLOW rule that asks for two people", `@quorum("2") ${forbid(YELLOW)}`],
    ["one that asks for five", `@quorum("5") ${forbid(YELLOW)}`],
    [
      "scores, taint and confidence that raise",
      forbid({
        ...YELLOW,
        when: `context.scores.injection > 10 || context.taint.containsAny(["web", "ticket"]) || 60 > context.confidence`,
      }),
    ],
  ])("%s", async (_, text) => {
    expect(await findings(text)).toEqual([]);
  });
});

describe("prose", () => {
  it.each([
    ["a rule without text", "## acme.refunds@1\n\n## acme.more@1\n\nText.\n", /no text/],
    ["a heading that was meant as a rule", "## Acme.refunds@1\n\nText.\n", /is no rule/],
    ["an id of the floor", "## never.mind@1\n\nText.\n", /floor's own/],
    ["two versions of one rule", "## acme.refunds@1\n\nOld.\n\n## acme.refunds@2\n\nNew.\n", /already/],
    ["an id that a Cedar rule has", "## acme.rule@2\n\nText.\n", /already/],
  ])("%s is a finding", async (_, prose, says) => {
    expect((await findings(forbid({}), prose)).join("\n")).toMatch(says);
  });

  it("other headings, and what looks like one in a block of code, are no rules", async () => {
    expect(
      await findings("", "# Acme\n\n## Whom to ask\n\n```\n## Acme.no@x\n```\n\n## acme.refunds@1\n\nText.\n"),
    ).toEqual([]);
  });
});
