// gate.md section 8: where the rules could be read two ways, sentence by sentence, and the edges around them.
// What: siblings, production branches, protection, ownership, and whose move it is.

import { describe, expect, test } from "vitest";
import { incomplete, known } from "#kernel";
import { decide } from "#gate";
import {
  adm,
  ann,
  at,
  b0,
  bob,
  branch,
  file,
  H1,
  H2,
  H3,
  MAIN,
  number,
  people,
  person,
  push,
  RULESET,
  says,
  sibling,
  team,
} from "./baseline.ts";
import { E, F, NOT_PRODUCTION, P, rows } from "./table.ts";

const approved = says(ann);
const DEVELOP = branch("develop");

describe("siblings: a check belongs to a commit", () => {
  const two = (change: Parameters<typeof b0>[0]) =>
    b0({ ...change, pullRequest: { number: number(2), ...change?.pullRequest } });
  rows([
    ["the pull request itself among them is ignored", b0({ reviews: [approved], siblings: [sibling(1)] }), P],
    [
      "another one without facts fails closed",
      b0({ reviews: [approved], siblings: [sibling(2)] }),
      F("sibling_unapproved"),
    ],
    [
      "another one that passes by itself",
      b0({ reviews: [approved], siblings: [sibling(2, { facts: two({ reviews: [says(bob)] }) })] }),
      P,
    ],
    [
      "another one that nobody approved",
      b0({ reviews: [approved], siblings: [sibling(2, { facts: two({}) })] }),
      F("sibling_unapproved"),
    ],
    [
      "another one whose facts are incomplete",
      b0({ reviews: [approved], siblings: [sibling(2, { facts: two({ reviews: incomplete("502") }) })] }),
      E(),
    ],
    [
      "another one whose facts are about another head",
      b0({
        reviews: [approved],
        siblings: [
          sibling(2, {
            facts: two({ reviews: [approved], pullRequest: { headSha: H1 }, sightings: [push("09:00", null, H1)] }),
          }),
        ],
      }),
      F("sibling_unapproved"),
    ],
    ["a closed one is no matter", b0({ reviews: [approved], siblings: [sibling(2, { open: false })] }), P],
    ["one with another head is no matter", b0({ reviews: [approved], siblings: [sibling(2, { headSha: H3 })] }), P],
    [
      "one into a branch that nobody guards is no matter",
      b0({ reviews: [approved], siblings: [sibling(2, { baseRef: DEVELOP })] }),
      P,
    ],
    [
      "one into a branch that our lists guard, whose own facts say that nobody does",
      b0({
        reviews: [approved],
        config: 'production_branches: ["develop"]\n',
        siblings: [sibling(2, { facts: two({ pullRequest: { baseRef: DEVELOP } }), baseRef: DEVELOP })],
      }),
      F("sibling_unapproved"),
    ],
    [
      "one into production stops a pull request into a branch that nobody guards",
      b0({ pullRequest: { baseRef: DEVELOP }, siblings: [sibling(2)] }),
      F("sibling_unapproved"),
    ],
    [
      "two that name each other end",
      b0({
        reviews: [approved],
        siblings: [sibling(2, { facts: two({ reviews: [approved], siblings: [sibling(1)] }) })],
      }),
      P,
    ],
  ]);
});

describe("production branches and what is open", () => {
  const develop = { baseRef: DEVELOP };
  const over = { ...RULESET, include: ["refs/heads/develop"] };
  rows([
    ["a base that is no production branch", b0({ pullRequest: develop }), NOT_PRODUCTION],
    ["even as a draft, unprotected", b0({ pullRequest: { ...develop, draft: true }, rulesets: [] }), NOT_PRODUCTION],
    ["a closed one", b0({ reviews: [approved], pullRequest: { state: "closed" } }), F("not_open")],
    ["a merged one", b0({ reviews: [approved], pullRequest: { state: "closed", merged: true } }), F("not_open")],
    [
      "a closed one into a branch that nobody guards",
      b0({ pullRequest: { ...develop, state: "closed" } }),
      F("not_open"),
    ],
    [
      "production by the base branch's own file",
      b0({
        pullRequest: develop,
        policy: { base: known("version: 1\nproduction_branches: [develop]\n") },
        rulesets: [over],
      }),
      F("no_approval"),
    ],
    [
      "production by the default branch's file: the base cannot declare itself free",
      b0({
        pullRequest: develop,
        policy: {
          defaultBranch: known("version: 1\nproduction_branches: [develop]\n"),
          base: known("version: 1\nproduction_branches: []\n"),
        },
        rulesets: [over],
      }),
      F("no_approval"),
    ],
    [
      "production by the organisation's list",
      b0({
        pullRequest: develop,
        policy: { organization: known("version: 1\nproduction_branches: ['dev*']\n") },
        rulesets: [over],
      }),
      F("no_approval"),
    ],
    [
      "production by a ruleset that requires our check",
      b0({ pullRequest: develop, rulesets: [over] }),
      F("no_approval"),
    ],
    [
      "by one that only evaluates, too, and then it is not protected",
      b0({ reviews: [approved], pullRequest: develop, rulesets: [{ ...over, enforcement: "evaluate" }] }),
      F("unprotected"),
    ],
    [
      "a ruleset about something else makes no branch a production branch",
      b0({
        pullRequest: develop,
        rulesets: [{ ...over, requiredChecks: [{ context: "build", integrationId: null }] }],
      }),
      NOT_PRODUCTION,
    ],
    [
      "a nested branch under a pattern that stops at a slash",
      b0({
        pullRequest: { baseRef: branch("release/1/hot") },
        rulesets: [{ ...RULESET, include: ["refs/heads/release/*"] }],
      }),
      NOT_PRODUCTION,
    ],
    [
      "a nested branch under a pattern that goes on",
      b0({
        pullRequest: { baseRef: branch("release/1/hot") },
        rulesets: [{ ...RULESET, include: ["refs/heads/release/**/*"] }],
      }),
      F("no_approval"),
    ],
  ]);
});

describe("protection", () => {
  const appOnly = { kind: "app", id: 4242 } as const;
  const updates = {
    ...RULESET,
    id: 2,
    pullRequest: false,
    requiredChecks: [],
    blocksForcePush: false,
    blocksDeletion: false,
    restrictsUpdates: true,
  };
  rows([
    [
      "a second ruleset that only our app may pass is sound",
      b0({ reviews: [approved], rulesets: [RULESET, { ...updates, bypassActors: known([appOnly]) }] }),
      P,
    ],
    [
      "a ruleset about something else is not looked at, bypass actors or not",
      b0({
        reviews: [approved],
        rulesets: [RULESET, { ...updates, restrictsUpdates: false, bypassActors: known([{ kind: "role", id: 5 }]) }],
      }),
      P,
    ],
    [
      "a bypass for our own app is still a bypass of the check",
      b0({ reviews: [approved], rulesets: [{ ...RULESET, bypassActors: known([appOnly]) }] }),
      F("unprotected"),
    ],
    [
      "a base named by its full ref",
      b0({ reviews: [approved], rulesets: [{ ...RULESET, include: ["refs/heads/main"] }] }),
      P,
    ],
    [
      "an exclusion that we cannot read, of branches that begin otherwise",
      b0({ reviews: [approved], rulesets: [{ ...RULESET, exclude: ["refs/heads/tmp/[ab]*"] }] }),
      P,
    ],
    [
      "an exclusion that we cannot read, which may mean this branch, fails closed",
      b0({ reviews: [approved], rulesets: [{ ...RULESET, exclude: ["refs/heads/[m]ain"] }] }),
      F("unprotected"),
    ],
    ["every branch", b0({ reviews: [approved], rulesets: [{ ...RULESET, include: ["~ALL"] }] }), P],
  ]);
});

describe("path rules, CODEOWNERS and the gate's own files", () => {
  const pay = team("acme/pay");
  const inPay = people(person(ann, "write", { teams: [pay] }), person(bob, "write", { teams: [team("acme/ops")] }));
  const rule = (more: string) => `version: 1\npaths: [{match: ['billing/**'], ${more}}]\n`;
  const billing = [file("billing/charge.ts")];
  const owners = (text: string) => ({
    config: "version: 1\ncodeowners: required\n",
    policy: { codeowners: known(text) },
  });
  const both = [approved, says(bob)];
  rows([
    [
      "any of the listed teams satisfies a rule",
      b0({ reviews: [approved], files: billing, people: inPay, config: rule("teams: [acme/ops, acme/pay]") }),
      P,
    ],
    [
      "its min_approvals counts only members of its teams",
      b0({ reviews: both, files: billing, people: inPay, config: rule("teams: [acme/pay], min_approvals: 2") }),
      F("missing_team"),
    ],
    [
      "a rule without teams counts anybody, and distinct people",
      b0({
        reviews: [approved, says(ann, { id: 2000, at: at("10:06") })],
        files: billing,
        config: rule("min_approvals: 2"),
      }),
      F("insufficient_approvals"),
    ],
    [
      "a rule about other paths asks for nothing",
      b0({ reviews: [approved], config: rule("teams: [acme/pay], min_approvals: 2") }),
      P,
    ],
    [
      "moving a file out of a rule's place does not free it",
      b0({
        reviews: [says(bob)],
        files: [file("src/charge.ts", "billing/charge.ts")],
        people: inPay,
        config: rule("teams: [acme/pay]"),
      }),
      F("missing_team"),
    ],
    [
      "CODEOWNERS is no matter when it is not required",
      b0({ reviews: [approved], policy: { codeowners: known("* @bob\n") } }),
      P,
    ],
    ["the owner has approved, whatever the case of the login", b0({ reviews: [approved], ...owners("* @ANN\n") }), P],
    ["the owner has not approved", b0({ reviews: [approved], ...owners("* @bob\n") }), F("missing_codeowner")],
    [
      "a member of the owning team has approved",
      b0({ reviews: [approved], people: inPay, ...owners("* @acme/pay\n") }),
      P,
    ],
    [
      "the last matching line wins",
      b0({ reviews: [approved], ...owners("* @ann\n/src/ @bob\n") }),
      F("missing_codeowner"),
    ],
    ["a line without owners un-owns", b0({ reviews: [approved], ...owners("* @bob\n/src/\n") }), P],
    ["an inline comment is valid", b0({ reviews: [approved], ...owners("* @ann # not @bob\n") }), P],
    [
      "nobody can be proven to be an owner by e-mail: fails closed",
      b0({ reviews: [approved], ...owners("* ann@example.com\n") }),
      F("missing_codeowner"),
    ],
    [
      "required and absent is an error",
      b0({ reviews: [approved], config: "version: 1\ncodeowners: required\n" }),
      E("codeowners_invalid"),
    ],
    [
      "the old place of a moved file keeps its owner",
      b0({ reviews: [approved], files: [file("free.ts", "src/app.ts")], ...owners("/src/ @bob\n") }),
      F("missing_codeowner"),
    ],
    ...[".github/merge-gate.yml", "CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS"].map(
      (path) =>
        [
          `a change to ${path} needs an admin when nobody owns the policy`,
          b0({ reviews: [approved], files: [file(path)] }),
          F("missing_policy_owner"),
        ] as const,
    ),
    ["and an admin's approval is enough", b0({ reviews: [says(adm)], files: [file(".github/merge-gate.yml")] }), P],
    [
      "moving CODEOWNERS away is a change to it",
      b0({ reviews: [approved], files: [file("old-owners", "CODEOWNERS")] }),
      F("missing_policy_owner"),
    ],
    [
      "with policy owners an admin is not enough",
      b0({ reviews: [says(adm)], files: [file("CODEOWNERS")], config: "version: 1\npolicy_owners: [acme/pay]\n" }),
      F("missing_policy_owner"),
    ],
    [
      "with policy owners one of them is",
      b0({
        reviews: [approved],
        files: [file("CODEOWNERS")],
        people: inPay,
        config: "version: 1\npolicy_owners: [acme/pay]\n",
      }),
      P,
    ],
    ["a file of that name elsewhere is no policy", b0({ reviews: [approved], files: [file("src/CODEOWNERS")] }), P],
  ]);
});

describe("whose move it is", () => {
  test.each([
    ["a review is missing", b0(), true],
    ["a re-review is missing", b0({ reviews: [says(ann, { sha: H1 })] }), true],
    [
      "the button is missing",
      b0({
        reviews: [approved],
        files: [file("b/x")],
        config: "version: 1\npaths: [{match: ['b/**'], step_up: true}]\n",
      }),
      true,
    ],
    ["a review is missing, and the author must mark it ready", b0({ pullRequest: { draft: true } }), false],
    ["the branch is not protected", b0({ rulesets: [] }), false],
    ["nothing is missing", b0({ reviews: [approved] }), false],
    ["it could not be decided", b0({ reviews: incomplete("502") }), false],
  ])("%s", (_, facts, awaits) => {
    expect(decide(facts).awaitsHuman).toBe(awaits);
  });
  test("the verdict says how many approvals are needed and had, which count, and why the others do not", () => {
    const verdict = decide(b0({ reviews: [says(bob, { sha: H1 }), approved], requesters: { known: false } }));
    expect(verdict.approvals).toEqual({ needed: 2, had: 1 });
    expect(verdict.counted).toEqual([{ reviewId: approved.id, userId: ann.id, login: "ann" }]);
    expect(verdict.rejected).toEqual([{ reviewId: says(bob).id, userId: bob.id, login: "bob", codes: ["stale_sha"] }]);
    expect([verdict.number, verdict.headSha, verdict.baseRef]).toEqual([1, H2, MAIN]);
  });
});
