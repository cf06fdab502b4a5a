// gate.md section 3, row by row: what `decide` answers. Rows about deliveries, the executor and the watchdog are tested
// through the running app; merge groups and landed commits in group.test.ts and merged.test.ts.

import { describe, expect, test } from "vitest";
import { incomplete, unknown } from "#kernel";
import { decide } from "#gate";
import {
  actions,
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
  OTHER_APP,
  out,
  people,
  person,
  push,
  req,
  ro,
  RULESET,
  says,
  seen,
  svc,
  team,
  tri,
  without,
} from "./baseline.ts";
import { E, F, P, rows } from "./table.ts";

const approved = says(ann);
const second = says(bob, { at: at("10:06") });
const onH1 = says(ann, { sha: H1, at: at("09:30") });
const min2 = "version: 1\nmin_approvals: 2\n";
const dwell = "version: 1\nreview_dwell_seconds: 60\n";
const rebound = says(ann, { sha: H2, at: at("09:30") });
const forced = [push("09:00", null, H1), push("10:00", H1, H2), forcePush("10:00")];
const advanced = {
  commits: [commit(H1), commit(H2), commit(H3)],
  pullRequest: { headSha: H3 },
  sightings: [push("09:00", null, H1), push("10:00", H1, H2), push("10:10", H2, H3)],
};

describe("A: the approval is on this head (G1)", () => {
  rows([
    ["A01 a write-access human approved the head", b0({ reviews: [approved] }), P],
    ["A02 nobody reviewed", b0(), F("no_approval")],
    ["A03 the approval was on the commit before the head", b0({ reviews: [onH1] }), F("stale_sha")],
    [
      "A04 GitHub re-pointed the approval to the new head; we saw it on the old one",
      b0({ reviews: [rebound], firstSeen: seen(rebound, { sha: H1 }), sightings: forced }),
      F("review_rebound"),
    ],
    [
      "A05 as A04, and we did not see it before: it is older than the head",
      b0({ reviews: [rebound], firstSeen: [], sightings: forced }),
      F("predates_head"),
    ],
    [
      "A07 an approval in the very second of the push fails closed",
      b0({ reviews: [says(ann, { at: at("10:00") })] }),
      F("predates_head"),
    ],
    ["A08 an approval bound to no commit", b0({ reviews: [says(ann, { sha: null })] }), F("unbound_review")],
    ["A09 an approval by API that names the old commit", b0({ reviews: [says(ann, { sha: H1 })] }), F("stale_sha")],
    ["A12 amending only the message expires the approval", b0({ ...advanced, reviews: [approved] }), F("stale_sha")],
    ["A13 an empty commit expires the approval", b0({ ...advanced, reviews: [approved] }), F("stale_sha")],
    [
      "A15 GitHub's own Update-branch merge expires the approval",
      b0({ ...advanced, reviews: [approved] }),
      F("stale_sha"),
    ],
    [
      "A16 the web conflict editor's merge expires the approval",
      b0({ ...advanced, reviews: [approved] }),
      F("stale_sha"),
    ],
    [
      "A19 seventeen seconds after the push is too fast for a dwell of sixty",
      b0({ reviews: [says(ann, { at: at("10:00:17") })], config: dwell }),
      F("too_fast"),
    ],
    ["A19 without a dwell seventeen seconds are enough", b0({ reviews: [says(ann, { at: at("10:00:17") })] }), P],
  ]);
});

describe("B: what the reviewer says now", () => {
  const veto = says(bob, { state: "CHANGES_REQUESTED", sha: H1, at: at("09:30") });
  const lifted = says(bob, { state: "DISMISSED", sha: H1, at: at("09:30") });
  const gone = says(ann, { state: "DISMISSED" });
  rows([
    [
      "B01 the approver then requested changes",
      b0({ reviews: [approved, says(ann, { id: 2000, state: "CHANGES_REQUESTED", at: at("10:06") })] }),
      F("changes_requested"),
    ],
    [
      "B03 a later comment takes nothing back",
      b0({ reviews: [approved, says(ann, { id: 2000, state: "COMMENTED", at: at("10:06") })] }),
      P,
    ],
    ["B04 the approval was dismissed", b0({ reviews: [gone], dismissals: [dismissed(gone, adm)] }), F("dismissed")],
    ["B05 a veto on an older commit still stands", b0({ reviews: [veto, approved] }), F("veto_outstanding")],
    [
      "B07 the veto was dismissed by an uninvolved admin",
      b0({ reviews: [lifted, approved], dismissals: [dismissed(lifted, adm)] }),
      P,
    ],
    [
      "B08 the review was asked for again",
      b0({ reviews: [approved], reviewRequests: [{ reviewer: ann.id, at: at("10:07") }] }),
      F("review_rerequested"),
    ],
    [
      "B10 thumbs-up and LGTM are comments, not approvals",
      b0({ reviews: [says(ann, { state: "COMMENTED" })] }),
      F("no_approval"),
    ],
    [
      "B12 the second page of reviews could not be read: fails closed",
      b0({ reviews: incomplete("502", [approved]) }),
      E(),
    ],
    [
      "B14 two are needed and one person approves twice",
      b0({ reviews: [approved, says(ann, { id: 2000, at: at("10:06") })], config: min2 }),
      F("insufficient_approvals"),
    ],
    [
      "B15 two are needed and one of them is on the old commit",
      b0({ reviews: [approved, says(bob, { sha: H1, at: at("09:30") })], config: min2 }),
      F("insufficient_approvals", "stale_sha"),
    ],
    [
      "B16 the approver was renamed since: same id",
      b0({ reviews: [approved], people: people(person({ ...ann, login: "anna" }, "write")) }),
      P,
    ],
  ]);
  test("B18 an edited review text passes, with a note for the audit", () => {
    const verdict = decide(b0({ reviews: [says(ann, { editedBy: "adm" })] }));
    expect(verdict.decision).toBe("pass");
    expect(verdict.notes.map((n) => n.code)).toContain("review_edited");
  });
});

describe("C: who may approve", () => {
  const paths = "version: 1\npaths: [{match: ['billing/**'], teams: [acme/pay]}]\n";
  const stepUp = "version: 1\npaths: [{match: ['billing/**'], step_up: true}]\n";
  const billing = { files: [file("billing/charge.ts")] };
  const pressed = { account: ann, sha: H2, at: at("10:06") };
  rows([
    ["C01 the pull request's author", b0({ reviews: [approved], pullRequest: { author: ann } }), F("author")],
    [
      "C02 the author of an earlier commit",
      b0({ reviews: [approved], commits: [commit(H1, { author: ann }), commit(H2)] }),
      F("contributor"),
    ],
    [
      "C03 the committer only",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { committer: ann })] }),
      F("contributor"),
    ],
    [
      "C04 a co-author",
      b0({ reviews: [approved], commits: [commit(H1), commit(H2, { coauthors: [ann] })] }),
      F("coauthor"),
    ],
    [
      "C05 the one who pushed",
      b0({ reviews: [approved], sightings: [push("09:00", null, H1), push("10:00", H1, H2, ann)] }),
      F("pusher"),
    ],
    [
      "C05 who pushed an earlier head is excluded for good",
      b0({ reviews: [approved], contributions: [{ user: ann, as: "pusher" }] }),
      F("pusher"),
    ],
    ["C07 the one who asked for the change", b0({ reviews: [says(req)] }), F("requester")],
    [
      "C09 nobody knows who asked: two humans are enough",
      b0({ reviews: [approved, second], requesters: { known: false } }),
      P,
    ],
    ["C10 the agent's own approval", b0({ reviews: [says(agent)] }), F("not_human")],
    ["C11 github-actions[bot]'s approval", b0({ reviews: [says(actions)] }), F("not_human")],
    ["C13 a service account of type User", b0({ reviews: [says(svc)] }), F("service_account")],
    ["C14 a reader", b0({ reviews: [says(ro)] }), F("insufficient_permission")],
    ["C14 somebody with triage", b0({ reviews: [says(tri)] }), F("insufficient_permission")],
    ["C15 an outside collaborator with write access", b0({ reviews: [says(out)] }), F("outside_collaborator")],
    [
      "C17 the approver's permission could not be read: fails closed",
      b0({ reviews: [approved], people: new Map([...people(), [ann.id, unknown("403")]]) }),
      E(),
    ],
    [
      "C17 the approver's permission is not among the facts: fails closed",
      b0({ reviews: [approved], people: without(ann) }),
      E(),
    ],
    ["C18 the reviewer's account is gone", b0({ reviews: [says(null)] }), F("unknown_reviewer")],
    [
      "C20 a pending member of the team is no member",
      b0({ ...billing, config: paths, reviews: [second] }),
      F("missing_team"),
    ],
    [
      "C20 an active member of the team is enough",
      b0({
        ...billing,
        config: paths,
        reviews: [second],
        people: people(person(bob, "write", { teams: [team("acme/pay")] })),
      }),
      P,
    ],
    [
      "C21 a high-risk path, and nobody pressed the button",
      b0({ ...billing, config: stepUp, reviews: [approved] }),
      F("step_up_missing"),
    ],
    [
      "C21 a high-risk path, and the approver pressed the button",
      b0({ ...billing, config: stepUp, reviews: [approved], stepUps: [pressed] }),
      P,
    ],
    [
      "C22 the button was pressed on the old commit",
      b0({ ...billing, config: stepUp, reviews: [approved], stepUps: [{ ...pressed, sha: H1 }] }),
      F("step_up_invalid"),
    ],
    [
      "C22 the button was pressed by a bot",
      b0({ ...billing, config: stepUp, reviews: [approved], stepUps: [{ ...pressed, account: agent }] }),
      F("step_up_invalid"),
    ],
    [
      "C22 the button was pressed by somebody who has not approved",
      b0({ ...billing, config: stepUp, reviews: [approved], stepUps: [{ ...pressed, account: bob }] }),
      F("step_up_invalid"),
    ],
    [
      "C22 the button was pressed before this head was the head",
      b0({ ...billing, config: stepUp, reviews: [approved], stepUps: [{ ...pressed, at: at("10:00") }] }),
      F("step_up_invalid"),
    ],
  ]);
  rows([
    [
      "C09 nobody knows who asked: one human is one too few",
      b0({ reviews: [approved], requesters: { known: false } }),
      F("insufficient_approvals", "requester_unknown"),
    ],
    [
      "C07 a requester known by login only, in another case",
      b0({ reviews: [says(req)], requesters: { known: true, people: [{ id: null, login: "REQ" }] } }),
      F("requester"),
    ],
    [
      "C07 somebody else who took the requester's old login may approve",
      b0({ reviews: [approved], requesters: { known: true, people: [{ id: req.id, login: "ann" }] } }),
      P,
    ],
  ]);
});

describe("D: base, policy, files", () => {
  const large = Array.from({ length: 3000 }, (_, i) => file(`src/${i}.ts`));
  const paths = "version: 1\npaths: [{match: ['billing/**'], teams: [acme/pay]}]\n";
  const own = { files: [file(".github/merge-gate.yml")] };
  rows([
    [
      "D01 approved against develop, then retargeted to main",
      b0({
        reviews: [approved],
        firstSeen: seen(approved, { baseRef: branch("develop") }),
        baseChanges: [at("10:10")],
      }),
      F("base_changed"),
    ],
    [
      "D01 as before, and we did not see it on develop",
      b0({ reviews: [approved], firstSeen: [], baseChanges: [at("10:10")] }),
      F("base_changed"),
    ],
    [
      "D03 main advanced under an unchanged head",
      b0({ reviews: [approved], pullRequest: { baseRef: branch("main") } }),
      P,
    ],
    ["D05 a draft", b0({ reviews: [approved], pullRequest: { draft: true } }), F("draft")],
    [
      "D06 the head repository was deleted",
      b0({ reviews: [approved], pullRequest: { headRepositoryId: null } }),
      F("head_unavailable"),
    ],
    [
      "D07 a fork, and no evidence of when the head came",
      b0({ reviews: [approved], pullRequest: { fork: true }, sightings: [] }),
      F("head_time_unknown"),
    ],
    [
      "D07 a fork whose activity answers 404, and no other evidence",
      b0({ reviews: [approved], pullRequest: { fork: true }, sightings: incomplete("404") }),
      F("head_time_unknown"),
    ],
    [
      "D08 the pull request sets min_approvals 0 for itself: the base's file decides",
      b0(own),
      F("missing_policy_owner", "no_approval"),
    ],
    [
      "D08 with an approval it still needs whoever guards the policy",
      b0({ ...own, reviews: [approved] }),
      F("missing_policy_owner"),
    ],
    [
      "D10 the base's file says min_approvals 0: one is needed (G3)",
      b0({ config: "version: 1\nmin_approvals: 0\n" }),
      F("no_approval"),
    ],
    ["D12 no file: the built-in floor holds", b0(), F("no_approval")],
    ["D12 no file, and a human approved", b0({ reviews: [approved] }), P],
    [
      "D13 the file could not be read: fails closed",
      b0({ reviews: [approved], policy: { base: unknown("502") } }),
      E(),
    ],
    [
      "D13 the file is larger than any policy",
      b0({ reviews: [approved], config: `version: 1\n#${"x".repeat(2_000_000)}\n` }),
      E("config_invalid"),
    ],
    [
      "D13 the file is a bomb of YAML aliases",
      b0({
        reviews: [approved],
        config: `version: 1\nproduction_branches: &a [x]\npolicy_owners: [${"*a,".repeat(30)}]\n`,
      }),
      E("config_invalid"),
    ],
    [
      "D15 CODEOWNERS has a line GitHub would skip",
      b0({
        reviews: [approved],
        config: "version: 1\ncodeowners: required\n",
        policy: { codeowners: { known: true, value: "*.ts not-an-owner\n" } },
      }),
      E("codeowners_invalid"),
    ],
    [
      "D17 three thousand files and path rules",
      b0({ reviews: [approved], files: large, config: paths }),
      F("too_many_files"),
    ],
    [
      "D17 GitHub's cap reached, the rest unread",
      b0({ reviews: [approved], files: incomplete("cap", large), config: paths }),
      F("too_many_files"),
    ],
  ]);
  test("D10 the correction of the floor is shown", () => {
    expect(decide(b0({ config: "version: 1\nmin_approvals: 0\n" })).notes.map((n) => n.code)).toContain(
      "floor_clamped",
    );
  });
});

describe("E and F: merging and what GitHub enforces", () => {
  const ruled = (more: Partial<typeof RULESET>) => b0({ reviews: [approved], rulesets: [{ ...RULESET, ...more }] });
  rows([
    [
      "E01 a commit pushed after the pass: the same approval fails",
      b0({ ...advanced, reviews: [approved] }),
      F("stale_sha"),
    ],
    [
      "E06 GitHub's own auto-merge is armed",
      b0({ reviews: [approved], pullRequest: { autoMerge: true } }),
      F("native_automerge"),
    ],
    [
      "F02 a commit status carries our name",
      b0({ reviews: [approved], foreignChecks: [{ kind: "status", appId: null, conclusion: "SUCCESS" }] }),
      F("check_spoofed"),
    ],
    [
      "F02 an Actions job carries our name",
      b0({ reviews: [approved], foreignChecks: [{ kind: "check_run", appId: OTHER_APP, conclusion: "success" }] }),
      F("check_spoofed"),
    ],
    [
      "F02 one that was skipped satisfies GitHub just as well",
      b0({ reviews: [approved], foreignChecks: [{ kind: "check_run", appId: OTHER_APP, conclusion: "skipped" }] }),
      F("check_spoofed"),
    ],
    [
      "F02 one that failed lets nothing through",
      b0({ reviews: [approved], foreignChecks: [{ kind: "check_run", appId: OTHER_APP, conclusion: "failure" }] }),
      P,
    ],
    [
      "F03 the check is not pinned to an app",
      ruled({ requiredChecks: [{ context: "countersign", integrationId: null }] }),
      F("unprotected"),
    ],
    [
      "F03 the check is pinned to another app",
      ruled({ requiredChecks: [{ context: "countersign", integrationId: OTHER_APP }] }),
      F("unprotected"),
    ],
    ["F03 the ruleset only evaluates", ruled({ enforcement: "evaluate" }), F("unprotected")],
    [
      "F03 the ruleset has a bypass actor",
      ruled({ bypassActors: { known: true, value: [{ kind: "organization_admin", id: 1 }] } }),
      F("unprotected"),
    ],
    [
      "F03 the bypass actors may not be seen: fails closed",
      ruled({ bypassActors: unknown("not visible") }),
      F("unprotected"),
    ],
    ["F03 no pull request is required", ruled({ pullRequest: false }), F("unprotected")],
    ["F03 force-pushes are possible", ruled({ blocksForcePush: false }), F("unprotected")],
    ["F03 the branch can be deleted", ruled({ blocksDeletion: false }), F("unprotected")],
    ["F03 the ruleset is about tags", ruled({ target: "tag" }), F("unprotected")],
    ["F03 another branch is protected", ruled({ include: ["refs/heads/other"] }), F("unprotected")],
    ["F03 the base is excluded", ruled({ include: ["~ALL"], exclude: ["refs/heads/main"] }), F("unprotected")],
    [
      "F03 a pattern whose reading is unclear protects nothing",
      ruled({ include: ["refs/heads/[a-m]*"] }),
      F("unprotected"),
    ],
    [
      "F03 two rulesets together are sound",
      b0({
        reviews: [approved],
        rulesets: [
          { ...RULESET, id: 1, requiredChecks: [], include: ["refs/heads/m*"] },
          { ...RULESET, id: 2, pullRequest: false, blocksForcePush: false, blocksDeletion: false, include: ["~ALL"] },
        ],
      }),
      P,
    ],
    ["F04 the ruleset is gone", b0({ reviews: [approved], rulesets: [] }), F("unprotected")],
    [
      "G06 the head moved and the delivery was lost: the live head decides",
      b0({ ...advanced, reviews: [approved] }),
      F("stale_sha"),
    ],
    [
      "G07 rate limits leave facts incomplete: fails closed",
      b0({ reviews: [approved], files: incomplete("429") }),
      E(),
    ],
    [
      "G09 GraphQL gave data and errors: fails closed",
      b0({ reviews: [approved], siblings: incomplete("errors") }),
      E(),
    ],
  ]);
});
