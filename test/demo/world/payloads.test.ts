import { describe, expect, it } from "vitest";
import { acts, scene } from "#demo/world";
import { attachJudge } from "../../support/github-judge.ts";

const PULL = { repo: "acme/app", number: 1 } as const;
type Acting = (given: ReturnType<typeof scene>) => void;

/** Each act of people, and the events GitHub sends for it. */
const ACTS: readonly (readonly [string, Acting, readonly string[]])[] = [
  [
    "a push to the head",
    ({ world }) =>
      acts.push(world, { repo: "acme/app", branch: "feature", by: "ann", files: { "a.txt": "a", "README.md": null } }),
    ["push", "pull_request.synchronize"],
  ],
  [
    "an empty commit",
    ({ world }) => acts.push(world, { repo: "acme/app", branch: "feature", by: "ann" }),
    ["push", "pull_request.synchronize"],
  ],
  [
    "a new branch",
    ({ world }) => acts.push(world, { repo: "acme/app", branch: "other", by: "ann", files: { b: "b" } }),
    ["push"],
  ],
  [
    "a deleted branch",
    ({ world }) => acts.deleteBranch(world, { repo: "acme/app", branch: "feature", by: "ann" }),
    ["push"],
  ],
  [
    "a force-push",
    ({ world }) => acts.forcePush(world, { repo: "acme/app", branch: "feature", by: "ann", files: { c: "c" } }),
    ["push", "pull_request.synchronize"],
  ],
  [
    "an amended message",
    ({ world }) => acts.amend(world, { repo: "acme/app", branch: "feature", by: "ann", message: "Better" }),
    ["push", "pull_request.synchronize"],
  ],
  [
    "the update-branch button",
    ({ world }) => {
      acts.directPush(world, { repo: "acme/app", branch: "main", by: "adm", files: { d: "d" } });
      acts.updateBranch(world, { ...PULL, by: "ann" });
    },
    ["push", "push", "pull_request.synchronize"],
  ],
  [
    "a draft pull request",
    ({ world }) => acts.openPullRequest(world, { repo: "acme/app", by: "ann", head: "feature", draft: true }),
    ["pull_request.opened"],
  ],
  [
    "a pull request from a fork",
    ({ world }) => {
      acts.fork(world, "acme/app", "out");
      acts.push(world, { repo: "out/app", branch: "idea", by: "out", files: { e: "e" } });
      acts.openPullRequest(world, { repo: "acme/app", by: "out", head: "out:idea" });
    },
    ["pull_request.opened"],
  ],
  ["an approval", ({ world }) => acts.approve(world, { ...PULL, by: "ann" }), ["pull_request_review.submitted"]],
  [
    "a request for changes",
    ({ world }) => acts.requestChanges(world, { ...PULL, by: "ann" }),
    ["pull_request_review.submitted"],
  ],
  ["a remark", ({ world }) => acts.remark(world, { ...PULL, by: "ann" }), ["pull_request_review.submitted"]],
  [
    "a dismissed and an edited review",
    ({ world }) => {
      const review = acts.approve(world, { ...PULL, by: "ann" });
      acts.editReview(world, { ...PULL, by: "adm", review, body: "edited" });
      acts.dismissReview(world, { ...PULL, by: "adm", review });
    },
    ["pull_request_review.submitted", "pull_request_review.edited", "pull_request_review.dismissed"],
  ],
  [
    "a review asked for again",
    ({ world }) => acts.requestReview(world, { ...PULL, by: "adm", from: "ann" }),
    ["pull_request.review_requested"],
  ],
  [
    "a team asked for review",
    ({ world }) => acts.requestReview(world, { ...PULL, by: "adm", from: "acme/pay" }),
    ["pull_request.review_requested"],
  ],
  [
    "a new base",
    ({ world }) => {
      acts.push(world, { repo: "acme/app", branch: "develop", by: "ann" });
      acts.retarget(world, { ...PULL, by: "ann", base: "develop" });
    },
    ["push", "pull_request.edited"],
  ],
  [
    "draft and ready",
    ({ world }) => {
      acts.markDraft(world, { ...PULL, by: "ann" });
      acts.markReady(world, { ...PULL, by: "ann" });
    },
    ["pull_request.converted_to_draft", "pull_request.ready_for_review"],
  ],
  [
    "a new title",
    ({ world }) => acts.editPullRequest(world, { ...PULL, by: "ann", title: "New" }),
    ["pull_request.edited"],
  ],
  ["a label", ({ world }) => acts.addLabel(world, { ...PULL, by: "ann", label: "approved" }), ["pull_request.labeled"]],
  [
    "closed and reopened",
    ({ world }) => {
      acts.closePullRequest(world, { ...PULL, by: "ann" });
      acts.reopenPullRequest(world, { ...PULL, by: "ann" });
    },
    ["pull_request.closed", "pull_request.reopened"],
  ],
  [
    "native auto-merge",
    ({ world }) => {
      acts.armAutoMerge(world, { ...PULL, by: "ann" });
      acts.disarmAutoMerge(world, { ...PULL, by: "ann" });
    },
    ["pull_request.auto_merge_enabled", "pull_request.auto_merge_disabled"],
  ],
  [
    "an administrator's merge",
    ({ world }) => acts.mergeAsAdmin(world, { ...PULL, by: "adm" }),
    ["push", "pull_request.closed"],
  ],
  [
    "a head pushed onto its base",
    ({ world }) => acts.pushMerged(world, { ...PULL, by: "adm" }),
    ["push", "pull_request.closed"],
  ],
  [
    "a direct push",
    ({ world }) => acts.directPush(world, { repo: "acme/app", branch: "main", by: "adm", files: { x: "x" } }),
    ["push"],
  ],
  [
    "a comment and its edit",
    ({ world }) => {
      const comment = acts.comment(world, { ...PULL, by: "ann", body: "/countersign explain" });
      acts.editComment(world, { repo: "acme/app", comment, by: "ann", body: "never mind" });
    },
    ["issue_comment.created", "issue_comment.edited"],
  ],
  [
    "a check by another App, its button and its re-run",
    ({ world, h2 }) => {
      const app = acts.addApp(world, "ci").id;
      const checkRun = acts.postCheckRun(world, {
        repo: "acme/app",
        sha: h2,
        app,
        name: "build",
        conclusion: "success",
      });
      acts.pressCheckAction(world, { repo: "acme/app", checkRun, by: "ann", identifier: "approve" });
      acts.rerequestCheckRun(world, { repo: "acme/app", checkRun, by: "ann" });
    },
    ["check_run.created", "check_run.completed", "check_run.requested_action", "check_run.rerequested"],
  ],
  [
    "a commit status",
    ({ world, h2 }) =>
      acts.postStatus(world, { repo: "acme/app", sha: h2, by: "ann", context: "countersign", state: "success" }),
    ["status"],
  ],
  [
    "a ruleset made, changed and deleted",
    ({ world, ruleset }) => {
      acts.addRuleset(
        world,
        {
          on: "acme/app",
          rules: [{ type: "update" }],
          bypassActors: [{ actor_id: 4242, actor_type: "Integration", bypass_mode: "always" }],
        },
        "adm",
      );
      acts.changeRuleset(world, { on: "acme/app", id: ruleset, by: "adm", to: { enforcement: "evaluate" } });
      acts.deleteRuleset(world, { on: "acme/app", id: ruleset, by: "adm" });
    },
    ["repository_ruleset.created", "repository_ruleset.edited", "repository_ruleset.deleted"],
  ],
  [
    "an organisation's ruleset",
    ({ world }) => acts.addRuleset(world, { on: "acme", rules: acts.soundRules(4242) }, "adm"),
    ["repository_ruleset.created"],
  ],
  [
    "a place in the merge queue, and out of it",
    ({ world }) => {
      acts.addToMergeQueue(world, { ...PULL, by: "ann" });
      acts.removeFromMergeQueue(world, { ...PULL, by: "ann" });
    },
    [
      "pull_request.enqueued",
      "push",
      "merge_group.checks_requested",
      "merge_group.destroyed",
      "push",
      "pull_request.dequeued",
    ],
  ],
  [
    "collaborators added, changed and removed",
    ({ world }) => {
      acts.setPermission(world, { repo: "acme/app", login: "req", permission: "none", by: "adm" });
      acts.setPermission(world, { repo: "acme/app", login: "req", permission: "write", by: "adm" });
      acts.setPermission(world, { repo: "acme/app", login: "req", permission: "admin", by: "adm" });
    },
    ["member.removed", "member.added", "member.edited"],
  ],
  [
    "team memberships",
    ({ world }) => {
      acts.setMembership(world, { team: "acme/pay", login: "bob", state: "active", by: "adm" });
      acts.setMembership(world, { team: "acme/pay", login: "bob", state: "none", by: "adm" });
    },
    ["membership.added", "membership.removed"],
  ],
  [
    "an installation suspended, resumed, changed and deleted",
    ({ world, installation: id }) => {
      acts.suspendInstallation(world, { id, by: "adm" });
      acts.push(world, { repo: "acme/app", branch: "unheard", by: "ann" });
      acts.unsuspendInstallation(world, { id, by: "adm" });
      acts.selectRepository(world, { id, repo: "acme/app", selected: false, by: "adm" });
      acts.selectRepository(world, { id, repo: "acme/app", selected: true, by: "adm" });
      acts.deleteInstallation(world, { id, by: "adm" });
    },
    [
      "installation.suspend",
      "installation.unsuspend",
      "installation_repositories.removed",
      "installation_repositories.added",
      "installation.deleted",
    ],
  ],
];

describe("what GitHub sends", () => {
  it.each(ACTS)("for %s fits its own schemas", (_, act, events) => {
    const given = scene();
    given.world.hook.queue.length = 0;
    const judge = attachJudge(given.world);
    act(given);
    const sent = given.world.hook.queue.map((one) => (one.action === null ? one.event : `${one.event}.${one.action}`));
    judge.assertClean();
    expect(sent).toEqual(events);
  });
});
