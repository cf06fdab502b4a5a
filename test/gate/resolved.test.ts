// gate.md section 8: where the rules could be read two ways, sentence by sentence, and the edges around them.

import { describe, expect, test } from "vitest";
import { incomplete, known } from "#kernel";
import { decide } from "#gate";
import type { HeadSighting } from "#gate";
import {
  adm,
  agent,
  ann,
  at,
  b0,
  bob,
  branch,
  commit,
  dismissed,
  file,
  forcePush,
  H1,
  H2,
  H3,
  MAIN,
  number,
  out,
  people,
  person,
  push,
  req,
  ro,
  RULESET,
  says,
  seen,
  sibling,
  svc,
  team,
  without,
} from "./baseline.ts";
import { E, F, NOT_PRODUCTION, P, rows } from "./table.ts";

const approved = says(ann);
const DEVELOP = branch("develop");

describe("error wins over fail, fail over pass", () => {
  rows([
    [
      "an incomplete fact wins over a draft",
      b0({ reviews: [approved], pullRequest: { draft: true }, firstSeen: incomplete("timeout") }),
      E(),
    ],
    ["a draft wins over an approval", b0({ reviews: [approved], pullRequest: { draft: true } }), F("draft")],
    [
      "a base nobody guards is still not decided from incomplete facts",
      b0({ pullRequest: { baseRef: DEVELOP }, reviews: incomplete("502") }),
      E(),
    ],
    [
      "an invalid file wins over a closed pull request",
      b0({ config: "version: 2\n", pullRequest: { state: "closed" } }),
      E("config_invalid"),
    ],
    [
      "a fork's unreadable history into a base nobody guards is an error: nothing else would stop it",
      b0({ pullRequest: { baseRef: DEVELOP, fork: true }, sightings: incomplete("404") }),
      E(),
    ],
    [
      "a head that a complete list of commits does not hold is an incomplete fact",
      b0({ reviews: [approved], commits: [commit(H1)] }),
      E(),
    ],
  ]);
});

describe("when a review was submitted", () => {
  const late = says(ann, { at: at("12:01") });
  const veto = says(ann, { id: 2000, state: "CHANGES_REQUESTED", at: null });
  rows([
    ["a review submitted after now does not count", b0({ reviews: [late] }), F("submitted_in_future")],
    ["a review submitted exactly now counts", b0({ reviews: [says(ann, { at: at("12:00") })] }), P],
    ["a review without a usable time does not count", b0({ reviews: [says(ann, { at: null })] }), F("malformed_time")],
    [
      "an approval from the future takes nothing from an earlier one",
      b0({ reviews: [approved, says(ann, { id: 2000, at: at("12:01") })] }),
      P,
    ],
    [
      "an approval from the future does not lift the same person's veto",
      b0({ reviews: [says(bob), says(ann, { state: "CHANGES_REQUESTED" }), says(ann, { id: 2000, at: at("12:01") })] }),
      F("veto_outstanding"),
    ],
    [
      "a veto without a usable time stops: fails closed",
      b0({ reviews: [approved, says(bob), veto] }),
      F("veto_outstanding"),
    ],
    [
      "two reviews in one second: the higher id is the later one",
      b0({ reviews: [says(ann, { id: 2001 }), says(ann, { id: 2000, state: "CHANGES_REQUESTED" })] }),
      P,
    ],
    [
      "two reviews in one second, the veto later",
      b0({ reviews: [says(ann, { id: 2001, state: "CHANGES_REQUESTED" }), says(ann, { id: 2000 })] }),
      F("changes_requested"),
    ],
    ["the same review listed twice is one", b0({ reviews: [approved, approved] }), P],
    [
      "one review id with two contents: the list changed while it was read",
      b0({ reviews: [approved, says(ann, { state: "DISMISSED" })] }),
      E(),
    ],
    [
      "at the boundary the dwell is enough",
      b0({ reviews: [says(ann, { at: at("10:01") })], config: "version: 1\nreview_dwell_seconds: 60\n" }),
      P,
    ],
    [
      "one second before the boundary it is not",
      b0({ reviews: [says(ann, { at: at("10:00:59") })], config: "version: 1\nreview_dwell_seconds: 60\n" }),
      F("too_fast"),
    ],
    [
      "asked again in the same second fails closed",
      b0({ reviews: [approved], reviewRequests: [{ reviewer: ann.id, at: at("10:05") }] }),
      F("review_rerequested"),
    ],
    [
      "asked before the review is what a request is for",
      b0({ reviews: [approved], reviewRequests: [{ reviewer: ann.id, at: at("10:04") }] }),
      P,
    ],
    [
      "asking a team, or somebody else, revokes nothing",
      b0({
        reviews: [approved],
        reviewRequests: [
          { reviewer: null, at: at("10:07") },
          { reviewer: bob.id, at: at("10:07") },
        ],
      }),
      P,
    ],
  ]);
});

describe("first seen", () => {
  const rebound = says(ann, { sha: H1 });
  rows([
    [
      "no row is fine when the approval names the head and is later than it",
      b0({ reviews: [approved], firstSeen: [] }),
      P,
    ],
    [
      "a row that differs from the current commit id in the other direction",
      b0({ reviews: [rebound], firstSeen: seen(rebound, { sha: H2 }) }),
      F("review_rebound"),
    ],
    [
      "two rows for one review: each must agree",
      b0({ reviews: [approved], firstSeen: [...seen(approved), ...seen(approved, { sha: H1 })] }),
      F("review_rebound"),
    ],
    [
      "a null commit id is unbound whatever was seen first",
      b0({ reviews: [says(ann, { sha: null })], firstSeen: seen(approved) }),
      F("unbound_review"),
    ],
    [
      "a row about another base, though the timeline names no change",
      b0({ reviews: [approved], firstSeen: seen(approved, { baseRef: DEVELOP }) }),
      F("base_changed"),
    ],
    [
      "retargeted away and back: the approval is void",
      b0({ reviews: [approved], baseChanges: [at("10:10"), at("10:11")] }),
      F("base_changed"),
    ],
    [
      "retargeted in the very second of the review fails closed",
      b0({ reviews: [approved], baseChanges: [at("10:05")] }),
      F("base_changed"),
    ],
    ["retargeted before the review is no matter", b0({ reviews: [approved], baseChanges: [at("10:04")] }), P],
  ]);
});

describe("when the head became the head", () => {
  const on = (sightings: readonly HeadSighting[], time = "10:05") =>
    b0({ reviews: [says(ann, { at: at(time) })], sightings });
  rows([
    ["a force-push on the timeline counts by its time", on([forcePush("10:00")]), P],
    ["and only a later review is on what it made", on([forcePush("10:00")], "09:59"), F("predates_head")],
    [
      "a force-push after the push that named the head starts the head anew",
      on([push("09:00", H1, H2), forcePush("10:10")]),
      F("predates_head"),
    ],
    [
      "a head that was replaced and came back starts anew",
      on([push("09:00", H1, H2), push("09:30", H2, H3), push("10:10", H3, H2)]),
      F("predates_head"),
    ],
    [
      "and a review after its return counts",
      on([push("09:00", H1, H2), push("09:30", H2, H3), push("10:00", H3, H2)]),
      P,
    ],
    [
      "a pre-staged commit is head from the push to this branch, not from its first appearance",
      on([push("09:00", null, H1), push("10:10", H1, H2)]),
      F("predates_head"),
    ],
    [
      "a payload that names the head is evidence",
      on([{ source: "payload", at: at("10:00"), before: null, after: H2, actor: null }]),
      P,
    ],
    [
      "the opening alone says nothing about which head",
      on([{ source: "opened", at: at("10:00"), before: null, after: null, actor: agent }]),
      F("head_time_unknown"),
    ],
    ["a deleted branch is no arrival of its last commit", on([push("10:00", H2, null)]), F("head_time_unknown")],
    ["evidence of another head only", on([push("10:00", null, H1)]), F("head_time_unknown")],
    [
      "named and replaced in one second, without the way back",
      on([push("10:00", H2, H3), { source: "payload", at: at("10:00"), before: null, after: H2, actor: null }]),
      F("head_time_unknown"),
    ],
    [
      "a reviewer whose own review's payload names the head is no pusher",
      on([push("10:00", H1, H2), { source: "payload", at: at("10:05"), before: null, after: H2, actor: ann }]),
      P,
    ],
    [
      "incomplete history of a branch that is not a fork's is an error",
      b0({ reviews: [approved], sightings: incomplete("404") }),
      E(),
    ],
  ]);
});

describe("who asked", () => {
  const human = { author: bob };
  const nobody = { known: true, people: [] } as const;
  rows([
    [
      "nobody asked is believed of a human author",
      b0({ reviews: [approved], pullRequest: human, requesters: nobody }),
      P,
    ],
    [
      "but not of a bot",
      b0({ reviews: [approved], requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "nor of a service account",
      b0({ reviews: [approved], pullRequest: { author: svc }, requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "nor of an account that is gone",
      b0({ reviews: [approved], pullRequest: { author: null }, requesters: nobody }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "an agent named as the one who asked names nobody",
      b0({ reviews: [approved], requesters: { known: true, people: [{ id: agent.id, login: agent.login }] } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    ["unknown, and no approval at all", b0({ requesters: { known: false } }), F("no_approval")],
    [
      "unknown, and one person twice",
      b0({ reviews: [approved, says(ann, { id: 2000, at: at("10:07") })], requesters: { known: false } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "a commit whose author maps to no account needs one human more",
      b0({ reviews: [approved], commits: [commit(H1, { author: null }), commit(H2)] }),
      F("insufficient_approvals"),
    ],
    [
      "so does one whose committer does",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { committer: null })] }),
      F("insufficient_approvals"),
    ],
    [
      "two humans are enough for both unknowns together",
      b0({
        reviews: [approved, says(bob)],
        commits: [commit(H1, { author: null }), commit(H2)],
        requesters: { known: false },
      }),
      P,
    ],
    [
      "a co-author trailer without an account excludes nobody",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { unmappedCoauthors: ["Agent <a@example.com>"] })] }),
      P,
    ],
    [
      "with two needed and unknown, three",
      b0({ reviews: [approved, says(bob)], config: "version: 1\nmin_approvals: 2\n", requesters: { known: false } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
  ]);
});

describe("a veto", () => {
  const veto = (by: Parameters<typeof says>[0]) => says(by, { state: "CHANGES_REQUESTED" });
  const gone = says(bob, { state: "DISMISSED", sha: H1, at: at("09:30") });
  const stopped = F("veto_outstanding");
  rows([
    ["binds from an outside collaborator with write access", b0({ reviews: [approved, veto(out)] }), stopped],
    ["binds from the requester: anybody entitled may stop", b0({ reviews: [approved, veto(req)] }), stopped],
    [
      "binds from a contributor",
      b0({ reviews: [approved, veto(bob)], commits: [commit(H1, { author: bob }), commit(H2)] }),
      stopped,
    ],
    ["does not bind from a reader", b0({ reviews: [approved, veto(ro)] }), P],
    ["does not bind from a bot", b0({ reviews: [approved, veto(agent)] }), P],
    ["does not bind from a service account", b0({ reviews: [approved, veto(svc)] }), P],
    ["does not bind from an account that is gone", b0({ reviews: [approved, veto(null)] }), P],
    [
      "whose author's permission is unknown fails closed",
      b0({ reviews: [approved, veto(bob)], people: without(bob) }),
      E(),
    ],
    [
      "without any approval: nobody approved, and somebody stopped",
      b0({ reviews: [veto(bob)] }),
      F("no_approval", "veto_outstanding"),
    ],
    [
      "from somebody who had approved, while others' approvals suffice",
      b0({ reviews: [says(bob), approved, says(ann, { id: 2000, state: "CHANGES_REQUESTED", at: at("10:06") })] }),
      stopped,
    ],
    [
      "is lifted by its author's later approval, even a stale one",
      b0({
        reviews: [
          says(bob, { id: 1, sha: H1, state: "CHANGES_REQUESTED", at: at("09:10") }),
          says(bob, { id: 2, sha: H1, at: at("09:20") }),
          approved,
        ],
      }),
      P,
    ],
    [
      "is lifted by its author's own dismissal",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, bob)] }),
      P,
    ],
    ["stands when the timeline has no dismissal", b0({ reviews: [gone, approved] }), stopped],
    [
      "stands when the dismissal names nobody",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, null)] }),
      stopped,
    ],
    [
      "stands when a bot dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, agent)] }),
      stopped,
    ],
    [
      "stands when the requester dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, req)] }),
      stopped,
    ],
    [
      "stands when a contributor dismissed it",
      b0({
        reviews: [gone, approved],
        dismissals: [dismissed(gone, adm)],
        commits: [commit(H1, { author: adm }), commit(H2)],
      }),
      stopped,
    ],
    [
      "stands when a counted approver dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, ann)] }),
      stopped,
    ],
    [
      "stands when a reader dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, ro)] }),
      stopped,
    ],
    [
      "fails closed when the dismisser's permission is unknown",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, adm)], people: without(adm) }),
      E(),
    ],
    [
      "a dismissal of another review lifts nothing",
      b0({ reviews: [gone, approved], dismissals: [dismissed(approved, adm)] }),
      stopped,
    ],
    [
      "a dismissed approval was no veto, whoever dismissed it",
      b0({ reviews: [gone, approved], dismissals: [dismissed(gone, agent, "APPROVED")] }),
      P,
    ],
    [
      "a dismissal clears for good: an earlier approval does not revive",
      b0({
        reviews: [approved, says(ann, { id: 2000, state: "DISMISSED", at: at("10:06") })],
        dismissals: [dismissed(says(ann, { id: 2000 }), adm, "CHANGES_REQUESTED")],
      }),
      F("dismissed"),
    ],
    [
      "a lifted veto is not counted among the missing approvals",
      b0({ reviews: [gone], dismissals: [dismissed(gone, adm, "CHANGES_REQUESTED")] }),
      F("no_approval"),
    ],
  ]);
  test("that does not bind is shown", () => {
    expect(decide(b0({ reviews: [approved, veto(ro)] })).notes.map((n) => n.code)).toContain("veto_ignored");
  });
});

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

describe("holds and withdrawals narrow", () => {
  rows([
    ["a hold stops", b0({ reviews: [approved], holds: [{ by: bob, at: at("10:06"), reason: "wait" }] }), F("held")],
    ["holds that could not be read fail closed", b0({ reviews: [approved], holds: incomplete("down") }), E()],
    [
      "a withdrawn approval does not count",
      b0({ reviews: [approved], withdrawals: [{ user: ann.id, at: at("10:05") }] }),
      F("withdrawn"),
    ],
    ["one given again after it does", b0({ reviews: [approved], withdrawals: [{ user: ann.id, at: at("10:04") }] }), P],
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
