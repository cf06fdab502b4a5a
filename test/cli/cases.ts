// The rows of the design's case table that one document can express, with a few neighbours of each.

import {
  actions, adm, agent, ann, approval, b0, bob, commit, H1, H2, H3, out, person, pullRequest, push, req, review, ro, ruleset, seen, svc, t, tri, without,
} from "../gate/b0.ts";
import type { Document } from "../gate/b0.ts";

export type Case = readonly [id: string, sentence: string, document: Document, decision: "pass" | "fail" | "error", reason: string];

/** H3 was pushed on top of H2 at 10:30, after whatever came before. */
const moved = (change: Document = {}, by = commit(H3)): Document =>
  b0({ pull_request: pullRequest({ head: { ref: "agent/fix", sha: H3, repo: { id: 555, full_name: "acme/app" } } }), commits: [commit(H1), commit(H2), by], activity: [push(H1, H2, t("10:00")), push(H2, H3, t("10:30"))], ...change });
const approved = (change: Document = {}): Document => b0({ reviews: [approval(ann)], ...change });
const dismissed = (reviewId: number, actor: unknown, state = "changes_requested"): Document => ({ event: "review_dismissed", created_at: t("10:07"), actor, dismissed_review: { review_id: reviewId, state, dismissal_message: "done" } });
const paths = (rule: string, change: Document = {}): Document => approved({ config: `paths: [{match: ["src/**"], ${rule}}]`, ...change });
const team = (who: typeof ann, ...teams: string[]): Document => person(who, "write", { teams });
const people = (change: Document): Document => ({ permissions: { ann: person(ann, "write"), bob: person(bob, "write"), adm: person(adm, "admin"), ...change } });
const veto = review(bob, "CHANGES_REQUESTED", H1, t("09:40"), 70);
const develop = (change: Document = {}): Document =>
  b0({ pull_request: pullRequest({ base: { ref: "develop", sha: "d".repeat(40), repo: { id: 555, full_name: "acme/app", default_branch: "main" } } }), ...change });
const other = pullRequest({ number: 2 });
const unsound = (change: Document): Document => approved({ rulesets: [ruleset(change)] });
const rules = (...types: string[]): readonly unknown[] => types.map((type) => (type === "required_status_checks" ? { type, parameters: { required_status_checks: [{ context: "countersign", integration_id: 4242 }] } } : { type }));
const bomb = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(",")}]`).join("\n");

export const CASES: readonly Case[] = [
  ["A01", "a human approved the head after it became the head", approved(), "pass", "approved"],
  ["A01", "the same with our own first-seen row", b0({ reviews: [approval(ann, H2, t("10:05"), 5)], first_seen: [seen(5)] }), "pass", "approved"],
  ["A02", "no reviews", b0(), "fail", "no_approval"],
  ["A03", "the approval is for the commit before", b0({ reviews: [approval(ann, H1, t("09:30"))] }), "fail", "stale_sha"],
  ["A04", "first seen on H1, re-pointed to H2 by a force-push", b0({ reviews: [approval(ann, H2, t("09:30"), 5)], first_seen: [seen(5, H1, t("09:30"))] }), "fail", "review_rebound"],
  ["A04", "re-pointed in the other direction", b0({ reviews: [approval(ann, H1, t("10:05"), 5)], first_seen: [seen(5, H2)] }), "fail", "review_rebound"],
  ["A05", "re-pointed, and nobody saw the first", b0({ reviews: [approval(ann, H2, t("09:30"))] }), "fail", "predates_head"],
  ["A07", "submitted in the very second of the push", b0({ reviews: [approval(ann, H2, t("10:00"))] }), "fail", "predates_head"],
  ["A08", "bound to no commit", b0({ reviews: [approval(ann, null)] }), "fail", "unbound_review"],
  ["A08", "the commit id is absent", b0({ reviews: [without(approval(ann), "commit_id")] }), "fail", "unbound_review"],
  ["A09", "an API review that names an older commit", b0({ reviews: [approval(ann, H1)] }), "fail", "stale_sha"],
  ["A12", "the message was amended afterwards", moved({ reviews: [approval(ann)] }), "fail", "stale_sha"],
  ["A13", "an empty commit afterwards", moved({ reviews: [approval(ann)] }), "fail", "stale_sha"],
  ["A15", "Update branch afterwards, verified by web-flow", moved({ reviews: [approval(ann)] }, commit(H3, { committer: { login: "web-flow", id: 19864447, type: "User" } })), "fail", "stale_sha"],
  ["A19", "sooner than the dwell", b0({ reviews: [approval(ann, H2, t("10:00:17"))], config: "review_dwell_seconds: 60" }), "fail", "too_fast"],
  ["A19", "the same without dwell", b0({ reviews: [approval(ann, H2, t("10:00:17"))] }), "pass", "approved"],
  ["A19", "exactly at the dwell is enough", b0({ reviews: [approval(ann, H2, t("10:01"))], config: "review_dwell_seconds: 60" }), "pass", "approved"],
  ["B01", "the approver asked for changes later", b0({ reviews: [approval(ann), review(ann, "CHANGES_REQUESTED", H2, t("10:06"))] }), "fail", "changes_requested"],
  ["B03", "the approver commented later", b0({ reviews: [approval(ann), review(ann, "COMMENTED", H2, t("10:06"))] }), "pass", "approved"],
  ["B04", "the approval was dismissed", b0({ reviews: [review(ann, "DISMISSED", H2, t("10:05"), 5)], timeline: [dismissed(5, adm, "approved")] }), "fail", "dismissed"],
  ["B05", "somebody's request for changes still stands", b0({ reviews: [veto, approval(ann)] }), "fail", "veto_outstanding"],
  ["B07", "an uninvolved admin dismissed it", b0({ reviews: [{ ...veto, state: "DISMISSED" }, approval(ann)], timeline: [dismissed(70, adm)] }), "pass", "approved"],
  ["B07", "it was dismissed, and nobody is named", b0({ reviews: [{ ...veto, state: "DISMISSED" }, approval(ann)] }), "fail", "veto_outstanding"],
  ["B07", "the counted approver dismissed it", b0({ reviews: [{ ...veto, state: "DISMISSED" }, approval(ann)], timeline: [dismissed(70, ann)] }), "fail", "veto_outstanding"],
  ["B08", "a review was requested again", approved({ timeline: [{ event: "review_requested", created_at: t("10:06"), requested_reviewer: ann, review_requester: agent }] }), "fail", "review_rerequested"],
  ["B10", "comments and labels approve nothing", b0({ timeline: [{ event: "commented", actor: ann, body: "/approve LGTM" }, { event: "labeled", label: { name: "approved" } }] }), "fail", "no_approval"],
  ["B12", "the reviews could not be read whole", approved({ incomplete: ["reviews"] }), "error", "incomplete_facts"],
  ["B14", "one person twice is one person", b0({ reviews: [approval(ann), approval(ann, H2, t("10:06"))], config: "min_approvals: 2" }), "fail", "insufficient_approvals"],
  ["B15", "one on the head, one on the commit before", b0({ reviews: [approval(ann), approval(bob, H1)], config: "min_approvals: 2" }), "fail", "insufficient_approvals"],
  ["B15", "two on the head", b0({ reviews: [approval(ann), approval(bob)], config: "min_approvals: 2" }), "pass", "approved"],
  ["B16", "the approver was renamed", approved(people({ "ann-new": person(ann, "write"), ann: person(ann, "write") })), "pass", "approved"],
  ["C01", "the author approved", approved({ pull_request: pullRequest({ user: ann }) }), "fail", "author"],
  ["C02", "the approver wrote a commit", approved({ commits: [commit(H1, { author: ann }), commit(H2)] }), "fail", "contributor"],
  ["C03", "the approver committed one", approved({ commits: [commit(H1), commit(H2, { committer: ann })] }), "fail", "contributor"],
  ["C04", "the approver is a co-author", approved({ commits: [commit(H1), commit(H2, { message: "x\n\nCo-authored-by: Ann <1+ann@users.noreply.github.com>" })] }), "fail", "coauthor"],
  ["C05", "the approver pushed", approved({ activity: [push(H1, H2, t("10:00"), ann)] }), "fail", "pusher"],
  ["C07", "the approver asked for the change", b0({ reviews: [approval(req)] }), "fail", "requester"],
  ["C09", "unknown requester: two humans", b0({ reviews: [approval(ann), approval(bob)], requesters: null }), "pass", "approved"],
  ["C09", "unknown requester: one human is not enough", approved({ requesters: null }), "fail", "requester_unknown"],
  ["C09", "nobody asked, says an agent's pull request", approved({ requesters: [] }), "fail", "requester_unknown"],
  ["C09", "nobody asked, and a human opened it", approved({ requesters: [], pull_request: pullRequest({ user: bob }) }), "pass", "approved"],
  ["C09", "a commit that maps to no account", approved({ commits: [commit(H1, { author: null }), commit(H2)] }), "fail", "insufficient_approvals"],
  ["C10", "the agent approved", b0({ reviews: [approval(agent)] }), "fail", "not_human"],
  ["C11", "github-actions approved", b0({ reviews: [approval(actions)] }), "fail", "not_human"],
  ["C13", "a service account approved", b0({ reviews: [approval(svc)] }), "fail", "service_account"],
  ["C14", "somebody who may only read", b0({ reviews: [approval(ro)] }), "fail", "insufficient_permission"],
  ["C14", "somebody who may only triage", b0({ reviews: [approval(tri)] }), "fail", "insufficient_permission"],
  ["C15", "an outside collaborator", b0({ reviews: [approval(out)] }), "fail", "outside_collaborator"],
  ["C17", "the approver's permission was not read", approved({ permissions: {} }), "error", "incomplete_facts"],
  ["C17", "the approver's login belongs to somebody else", approved({ permissions: { ann: person({ ...ann, id: 99 }, "admin") } }), "error", "incomplete_facts"],
  ["C18", "the approver's account is gone", b0({ reviews: [approval(null)] }), "fail", "unknown_reviewer"],
  ["C20", "a rule asks for a team, whose pending member approved", paths("teams: [acme/pay]"), "fail", "missing_team"],
  ["C20", "an active member approved", paths("teams: [acme/pay]", people({ ann: team(ann, "acme/pay") })), "pass", "approved"],
  ["C21", "a high-risk path without the button", paths("step_up: true"), "fail", "step_up_missing"],
  ["C21", "with the button", paths("step_up: true", { step_ups: [{ user: ann, head_sha: H2, at: t("10:06") }] }), "pass", "approved"],
  ["C22", "the button was pressed on the commit before", paths("step_up: true", { step_ups: [{ user: ann, head_sha: H1, at: t("09:50") }] }), "fail", "step_up_invalid"],
  ["C22", "a bot pressed it", paths("step_up: true", { step_ups: [{ user: agent, head_sha: H2, at: t("10:06") }] }), "fail", "step_up_invalid"],
  ["D01", "retargeted after the approval", approved({ timeline: [{ event: "base_ref_changed", created_at: t("10:06"), actor: agent }] }), "fail", "base_changed"],
  ["D01", "first seen for another base", b0({ reviews: [approval(ann, H2, t("10:05"), 5)], first_seen: [seen(5, H2, t("10:05"), "develop")] }), "fail", "base_changed"],
  ["D03", "main advanced, nothing else", approved({ pull_request: pullRequest({ base: { ref: "main", sha: "e".repeat(40), repo: { id: 555, full_name: "acme/app", default_branch: "main" } } }) }), "pass", "approved"],
  ["D05", "a draft", approved({ pull_request: pullRequest({ draft: true }) }), "fail", "draft"],
  ["D06", "the head repository is gone", approved({ pull_request: pullRequest({ head: { ref: "agent/fix", sha: H2, repo: null } }) }), "fail", "head_unavailable"],
  ["D07", "a fork of whose head nothing is known", approved({ pull_request: pullRequest({ head: { ref: "agent/fix", sha: H2, repo: { id: 777, full_name: "mallory/app" } } }), activity: [] }), "fail", "head_time_unknown"],
  ["D08", "the pull request changes the configuration; the base's decides", b0({ files: [{ filename: ".github/merge-gate.yml", status: "added" }] }), "fail", "no_approval"],
  ["D08", "and needs a policy owner", approved({ files: [{ filename: ".github/merge-gate.yml", status: "modified" }] }), "fail", "missing_policy_owner"],
  ["D08", "without policy owners, an admin", b0({ reviews: [approval(adm)], files: [{ filename: ".github/merge-gate.yml", status: "modified" }] }), "pass", "approved"],
  ["D08", "moved away is changed too", approved({ files: [{ filename: "x.yml", previous_filename: ".github/merge-gate.yml", status: "renamed" }] }), "fail", "missing_policy_owner"],
  ["D10", "min_approvals 0 is clamped", b0({ config: "min_approvals: 0" }), "fail", "no_approval"],
  ["D12", "no configuration, no approval", b0({ config: null }), "fail", "no_approval"],
  ["D13", "the configuration could not be read", approved({ incomplete: ["config"] }), "error", "incomplete_facts"],
  ["D13", "it is oversize", approved({ config: `# ${"x".repeat(300_000)}` }), "error", "config_invalid"],
  ["D13", "it is an alias bomb", approved({ config: `l0: &l0 [x]\n${bomb}` }), "error", "config_invalid"],
  ["D13", "it has an unknown key", approved({ config: "min_aprovals: 2" }), "error", "config_invalid"],
  ["D13", "the organisation's has one", approved({ org_config: "foo: 1" }), "error", "config_invalid"],
  ["D15", "CODEOWNERS is required and has a bad line", approved({ config: "codeowners: required", codeowners: "* @ann\nsrc/ pay\n" }), "error", "codeowners_invalid"],
  ["D15", "CODEOWNERS is required and its owner approved", approved({ config: "codeowners: required", codeowners: "* @bob\nsrc/ @ann\n" }), "pass", "approved"],
  ["D15", "CODEOWNERS is required and another one approved", approved({ config: "codeowners: required", codeowners: "* @ann\nsrc/ @bob\n" }), "fail", "missing_codeowner"],
  ["D15", "a line without owners un-owns", approved({ config: "codeowners: required", codeowners: "* @bob\nsrc/\n" }), "pass", "approved"],
  ["D17", "too many files for rules about paths", paths("teams: [acme/pay]", { files: Array.from({ length: 3000 }, (_, i) => ({ filename: `f${i}`, status: "added" })) }), "fail", "too_many_files"],
  ["E06", "native auto-merge is armed", approved({ pull_request: pullRequest({ auto_merge: { merge_method: "squash", enabled_by: ann } }) }), "fail", "native_automerge"],
  ["F03", "the check may come from any app", unsound({ rules: [...rules("pull_request", "non_fast_forward", "deletion"), { type: "required_status_checks", parameters: { required_status_checks: [{ context: "countersign" }] } }] }), "fail", "unprotected"],
  ["F03", "the ruleset only evaluates", unsound({ enforcement: "evaluate" }), "fail", "unprotected"],
  ["F03", "somebody may bypass it", unsound({ bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }] }), "fail", "unprotected"],
  ["F03", "it does not require a pull request", unsound({ rules: rules("required_status_checks", "non_fast_forward", "deletion") }), "fail", "unprotected"],
  ["F03", "force pushes are allowed", unsound({ rules: rules("pull_request", "required_status_checks", "deletion") }), "fail", "unprotected"],
  ["F03", "deletion is allowed", unsound({ rules: rules("pull_request", "required_status_checks", "non_fast_forward") }), "fail", "unprotected"],
  ["F04", "there is no ruleset", approved({ rulesets: [] }), "fail", "unprotected"],
  ["G05", "the webhook was lost; what the API says is enough", approved({ first_seen: [] }), "pass", "approved"],
  ["G06", "the head moved on, unseen", moved({ reviews: [approval(ann)], first_seen: [] }), "fail", "stale_sha"],
  ["8", "the head is missing from a complete list of commits", approved({ commits: [commit(H1)] }), "error", "incomplete_facts"],
  ["8", "closed", approved({ pull_request: pullRequest({ state: "closed" }) }), "fail", "not_open"],
  ["8", "merged", approved({ pull_request: pullRequest({ state: "closed", merged: true, merged_at: t("11:00") }) }), "fail", "not_open"],
  ["8", "a base that is no production branch", develop(), "pass", "not_production"],
  ["8", "the organisation says it is one", develop({ org_config: "production_branches: [develop]" }), "fail", "no_approval"],
  ["8", "the default branch's file says it is one", develop({ default_config: "production_branches: ['dev*']" }), "fail", "no_approval"],
  ["8", "a ruleset that requires the check says it is one", develop({ rulesets: [ruleset({ conditions: { ref_name: { include: ["refs/heads/develop"], exclude: [] } } })] }), "fail", "no_approval"],
  ["8", "a review from the future", approved({ now: t("10:04") }), "fail", "submitted_in_future"],
  ["8", "siblings may list the pull request itself", approved({ siblings: [pullRequest()] }), "pass", "approved"],
  ["8", "another pull request on this head, and no facts about it", approved({ siblings: [other] }), "fail", "sibling_unapproved"],
  ["8", "the other passes by itself", approved({ siblings: [other], sibling_snapshots: { 2: approved({ pull_request: other }) } }), "pass", "approved"],
  ["8", "the other does not", approved({ siblings: [other], sibling_snapshots: { 2: b0({ pull_request: other }) } }), "fail", "sibling_unapproved"],
  ["8", "the other is closed", approved({ siblings: [pullRequest({ number: 2, state: "closed" })] }), "pass", "approved"],
  ["8", "error wins over fail", b0({ incomplete: ["rulesets"] }), "error", "incomplete_facts"],
  ...["reviews", "commits", "files", "permissions", "timeline", "activity", "first_seen", "requesters", "service_accounts", "siblings", "rulesets", "app_id", "config", "codeowners", "pull_request"].flatMap((key): readonly Case[] => [
    ["7", `${key} absent`, without(approved(), key), "error", "incomplete_facts"],
    ["7", `${key} marked incomplete`, approved({ incomplete: [key] }), "error", "incomplete_facts"],
  ]),
];
