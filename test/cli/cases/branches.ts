// Rows D to G, and what the design decided beside them: branch, configuration, protection, siblings, absent keys.

import {
  adm,
  agent,
  ann,
  approval,
  b0,
  commit,
  H1,
  H2,
  pullRequest,
  ruleset,
  seen,
  t,
  without,
} from "../../gate/b0.ts";
import type { Document } from "../../gate/b0.ts";
import { approved, moved, paths } from "./shape.ts";
import type { Case } from "./shape.ts";

const develop = (change: Document = {}): Document =>
  b0({
    pull_request: pullRequest({
      base: { ref: "develop", sha: "d".repeat(40), repo: { id: 555, full_name: "acme/app", default_branch: "main" } },
    }),
    ...change,
  });
const other = pullRequest({ number: 2 });
const unsound = (change: Document): Document => approved({ rulesets: [ruleset(change)] });
const rules = (...types: string[]): readonly unknown[] =>
  types.map((type) =>
    type === "required_status_checks"
      ? { type, parameters: { required_status_checks: [{ context: "countersign", integration_id: 4242 }] } }
      : { type },
  );
const bomb = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(",")}]`).join(
  "\n",
);

export const BRANCH_CASES: readonly Case[] = [
  [
    "D01",
    "retargeted after the approval",
    approved({ timeline: [{ event: "base_ref_changed", created_at: t("10:06"), actor: agent }] }),
    "fail",
    "base_changed",
  ],
  [
    "D01",
    "first seen for another base",
    b0({ reviews: [approval(ann, H2, t("10:05"), 5)], first_seen: [seen(5, H2, t("10:05"), "develop")] }),
    "fail",
    "base_changed",
  ],
  [
    "D03",
    "main advanced, nothing else",
    approved({
      pull_request: pullRequest({
        base: { ref: "main", sha: "e".repeat(40), repo: { id: 555, full_name: "acme/app", default_branch: "main" } },
      }),
    }),
    "pass",
    "approved",
  ],
  ["D05", "a draft", approved({ pull_request: pullRequest({ draft: true }) }), "fail", "draft"],
  [
    "D06",
    "the head repository is gone",
    approved({ pull_request: pullRequest({ head: { ref: "agent/fix", sha: H2, repo: null } }) }),
    "fail",
    "head_unavailable",
  ],
  [
    "D07",
    "a fork of whose head nothing is known",
    approved({
      pull_request: pullRequest({ head: { ref: "agent/fix", sha: H2, repo: { id: 777, full_name: "mallory/app" } } }),
      activity: [],
    }),
    "fail",
    "head_time_unknown",
  ],
  [
    "D08",
    "the pull request changes the configuration; the base's decides",
    b0({ files: [{ filename: ".github/merge-gate.yml", status: "added" }] }),
    "fail",
    "no_approval",
  ],
  [
    "D08",
    "and needs a policy owner",
    approved({ files: [{ filename: ".github/merge-gate.yml", status: "modified" }] }),
    "fail",
    "missing_policy_owner",
  ],
  [
    "D08",
    "without policy owners, an admin",
    b0({ reviews: [approval(adm)], files: [{ filename: ".github/merge-gate.yml", status: "modified" }] }),
    "pass",
    "approved",
  ],
  [
    "D08",
    "moved away is changed too",
    approved({ files: [{ filename: "x.yml", previous_filename: ".github/merge-gate.yml", status: "renamed" }] }),
    "fail",
    "missing_policy_owner",
  ],
  ["D10", "min_approvals 0 is clamped", b0({ config: "min_approvals: 0" }), "fail", "no_approval"],
  ["D12", "no configuration, no approval", b0({ config: null }), "fail", "no_approval"],
  ["D13", "the configuration could not be read", approved({ incomplete: ["config"] }), "error", "incomplete_facts"],
  ["D13", "it is oversize", approved({ config: `# ${"x".repeat(300_000)}` }), "error", "config_invalid"],
  ["D13", "it is an alias bomb", approved({ config: `l0: &l0 [x]\n${bomb}` }), "error", "config_invalid"],
  ["D13", "it has an unknown key", approved({ config: "min_aprovals: 2" }), "error", "config_invalid"],
  ["D13", "the organisation's has one", approved({ org_config: "foo: 1" }), "error", "config_invalid"],
  [
    "D15",
    "CODEOWNERS is required and has a bad line",
    approved({ config: "codeowners: required", codeowners: "* @ann\nsrc/ pay\n" }),
    "error",
    "codeowners_invalid",
  ],
  [
    "D15",
    "CODEOWNERS is required and its owner approved",
    approved({ config: "codeowners: required", codeowners: "* @bob\nsrc/ @ann\n" }),
    "pass",
    "approved",
  ],
  [
    "D15",
    "CODEOWNERS is required and another one approved",
    approved({ config: "codeowners: required", codeowners: "* @ann\nsrc/ @bob\n" }),
    "fail",
    "missing_codeowner",
  ],
  [
    "D15",
    "a line without owners un-owns",
    approved({ config: "codeowners: required", codeowners: "* @bob\nsrc/\n" }),
    "pass",
    "approved",
  ],
  [
    "D17",
    "too many files for rules about paths",
    paths("teams: [acme/pay]", {
      files: Array.from({ length: 3000 }, (_, i) => ({ filename: `f${i}`, status: "added" })),
    }),
    "fail",
    "too_many_files",
  ],
  [
    "E06",
    "native auto-merge is armed",
    approved({ pull_request: pullRequest({ auto_merge: { merge_method: "squash", enabled_by: ann } }) }),
    "fail",
    "native_automerge",
  ],
  [
    "F03",
    "the check may come from any app",
    unsound({
      rules: [
        ...rules("pull_request", "non_fast_forward", "deletion"),
        { type: "required_status_checks", parameters: { required_status_checks: [{ context: "countersign" }] } },
      ],
    }),
    "fail",
    "unprotected",
  ],
  ["F03", "the ruleset only evaluates", unsound({ enforcement: "evaluate" }), "fail", "unprotected"],
  [
    "F03",
    "somebody may bypass it",
    unsound({ bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }] }),
    "fail",
    "unprotected",
  ],
  [
    "F03",
    "it does not require a pull request",
    unsound({ rules: rules("required_status_checks", "non_fast_forward", "deletion") }),
    "fail",
    "unprotected",
  ],
  [
    "F03",
    "force pushes are allowed",
    unsound({ rules: rules("pull_request", "required_status_checks", "deletion") }),
    "fail",
    "unprotected",
  ],
  [
    "F03",
    "deletion is allowed",
    unsound({ rules: rules("pull_request", "required_status_checks", "non_fast_forward") }),
    "fail",
    "unprotected",
  ],
  ["F04", "there is no ruleset", approved({ rulesets: [] }), "fail", "unprotected"],
  ["G05", "the webhook was lost; what the API says is enough", approved({ first_seen: [] }), "pass", "approved"],
  ["G06", "the head moved on, unseen", moved({ reviews: [approval(ann)], first_seen: [] }), "fail", "stale_sha"],
  [
    "8",
    "the head is missing from a complete list of commits",
    approved({ commits: [commit(H1)] }),
    "error",
    "incomplete_facts",
  ],
  ["8", "closed", approved({ pull_request: pullRequest({ state: "closed" }) }), "fail", "not_open"],
  [
    "8",
    "merged",
    approved({ pull_request: pullRequest({ state: "closed", merged: true, merged_at: t("11:00") }) }),
    "fail",
    "not_open",
  ],
  ["8", "a base that is no production branch", develop(), "pass", "not_production"],
  [
    "8",
    "the organisation says it is one",
    develop({ org_config: "production_branches: [develop]" }),
    "fail",
    "no_approval",
  ],
  [
    "8",
    "the default branch's file says it is one",
    develop({ default_config: "production_branches: ['dev*']" }),
    "fail",
    "no_approval",
  ],
  [
    "8",
    "a ruleset that requires the check says it is one",
    develop({ rulesets: [ruleset({ conditions: { ref_name: { include: ["refs/heads/develop"], exclude: [] } } })] }),
    "fail",
    "no_approval",
  ],
  ["8", "a review from the future", approved({ now: t("10:04") }), "fail", "submitted_in_future"],
  ["8", "siblings may list the pull request itself", approved({ siblings: [pullRequest()] }), "pass", "approved"],
  [
    "8",
    "another pull request on this head, and no facts about it",
    approved({ siblings: [other] }),
    "fail",
    "sibling_unapproved",
  ],
  [
    "8",
    "the other passes by itself",
    approved({ siblings: [other], sibling_snapshots: { 2: approved({ pull_request: other }) } }),
    "pass",
    "approved",
  ],
  [
    "8",
    "the other does not",
    approved({ siblings: [other], sibling_snapshots: { 2: b0({ pull_request: other }) } }),
    "fail",
    "sibling_unapproved",
  ],
  [
    "8",
    "the other is closed",
    approved({ siblings: [pullRequest({ number: 2, state: "closed" })] }),
    "pass",
    "approved",
  ],
  ["8", "error wins over fail", b0({ incomplete: ["rulesets"] }), "error", "incomplete_facts"],
  ...[
    "reviews",
    "commits",
    "files",
    "permissions",
    "timeline",
    "activity",
    "first_seen",
    "requesters",
    "service_accounts",
    "siblings",
    "rulesets",
    "app_id",
    "config",
    "codeowners",
    "pull_request",
  ].flatMap((key): readonly Case[] => [
    ["7", `${key} absent`, without(approved(), key), "error", "incomplete_facts"],
    ["7", `${key} marked incomplete`, approved({ incomplete: [key] }), "error", "incomplete_facts"],
  ]),
];
