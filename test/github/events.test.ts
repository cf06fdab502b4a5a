import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { APPROVE_ACTION } from "#gate";
import { createRouter } from "#github";
import { appId, installationId, instant } from "#kernel";
import {
  agent,
  BASE,
  checkRun,
  comment,
  common,
  H1,
  H2,
  pullRequest,
  push,
  repository,
  reviewed,
  surroundings,
} from "./support/payloads.ts";

const log = pino({ level: "silent" });
const router = await createRouter(log);
const app = appId(4242);
const installation = installationId(101);
const receivedAt = instant("2026-09-01T12:00:00Z");
if (app === null || installation === null || receivedAt === null) throw new Error("constants");
const origin = { appId: app, installation, receivedAt };
const at = (text: string): number => Date.parse(text);
const meaningOf = (event: string, payload: unknown) => router.meaningOf(event, payload, origin);

const where = { installation: 101, id: 5, name: "acme/app" };
const pr = { repository: where, number: 1 };
const look = { kind: "evaluate", pr };
const lookAtSha = { kind: "evaluate_sha", repository: where, sha: H2 };
const seen = (over: object = {}) => ({
  kind: "head_seen",
  pr,
  sha: H2,
  baseRef: "main",
  at: at("2026-09-01T10:00:00Z"),
  before: null,
  actor: null,
  ...over,
});
const ann = { id: 7, login: "ann", type: "User" };
const foreign = (over: object = {}) => ({
  kind: "foreign_check",
  repository: where,
  sha: H2,
  source: "check_run",
  appId: 15368,
  conclusion: "success",
  at: at("2026-09-01T10:00:01Z"),
  ...over,
});

const cases: readonly [
  why: string,
  event: string,
  payload: object,
  evidence: readonly object[],
  work: readonly object[],
][] = [
  [
    "opened: the head since creation, and who opened",
    "pull_request",
    pullRequest("opened"),
    [seen({ at: at("2026-09-01T09:00:00Z"), actor: ann })],
    [look],
  ],
  [
    "synchronize: what was before and who pushed (A03)",
    "pull_request",
    pullRequest("synchronize", { before: H1, after: H2 }),
    [seen({ before: H1, actor: ann })],
    [look],
  ],
  [
    "a push by an agent is the agent's",
    "pull_request",
    pullRequest("synchronize", { before: H1, sender: agent }),
    [seen({ before: H1, actor: { id: 9, login: "agent[bot]", type: "Bot" } })],
    [look],
  ],
  ["reopened: the head is seen, nobody is blamed for it", "pull_request", pullRequest("reopened"), [seen()], [look]],
  [
    "D01 retarget: only `edited` tells",
    "pull_request",
    pullRequest("edited", { changes: { base: { ref: { from: "develop" } } } }),
    [seen(), { kind: "base_changed", pr, from: "develop", to: "main", at: at("2026-09-01T10:00:00Z") }],
    [look],
  ],
  [
    "a new title is no retarget",
    "pull_request",
    pullRequest("edited", { changes: { title: { from: "x" } } }),
    [seen()],
    [look],
  ],
  ["D05 converted to draft", "pull_request", pullRequest("converted_to_draft"), [seen()], [look]],
  ["ready for review", "pull_request", pullRequest("ready_for_review"), [seen()], [look]],
  ["E06 native auto-merge armed", "pull_request", pullRequest("auto_merge_enabled"), [seen()], [look]],
  ["B08 review re-requested", "pull_request", pullRequest("review_requested"), [seen()], [look]],
  [
    "E11 merged: judged afterwards",
    "pull_request",
    pullRequest("closed", {}, { merged: true }),
    [seen()],
    [{ kind: "closed", pr, merged: true }],
  ],
  ["closed unmerged", "pull_request", pullRequest("closed"), [seen()], [{ kind: "closed", pr, merged: false }]],

  [
    "A04 a submitted review is bound to what it was given on",
    "pull_request_review",
    reviewed("submitted"),
    [
      seen({ at: at("2026-09-01T10:05:00Z") }),
      { kind: "review_seen", pr, reviewId: 3, sha: H2, baseRef: "main", at: at("2026-09-01T10:05:00Z"), author: ann },
    ],
    [look],
  ],
  [
    "A08 a review without a commit is bound to nothing",
    "pull_request_review",
    reviewed("submitted", { commit_id: null }),
    [seen({ at: at("2026-09-01T10:05:00Z") })],
    [look],
  ],
  [
    "A04 an edited review may have been re-pointed: it binds nothing",
    "pull_request_review",
    reviewed("edited"),
    [],
    [look],
  ],
  ["B04 dismissed: read live who did it", "pull_request_review", reviewed("dismissed"), [], [look]],
  [
    "C18 a review whose author is gone",
    "pull_request_review",
    reviewed("submitted", { user: null }),
    [
      seen({ at: at("2026-09-01T10:05:00Z") }),
      { kind: "review_seen", pr, reviewId: 3, sha: H2, baseRef: "main", at: at("2026-09-01T10:05:00Z"), author: null },
    ],
    [look],
  ],

  [
    "C05 a push names the pusher; D03 it re-evaluates nothing",
    "push",
    push("refs/heads/main"),
    [
      {
        kind: "pushed",
        repository: where,
        branch: "main",
        before: H1,
        after: H2,
        forced: false,
        actor: ann,
        at: 1_788_000_000_000,
      },
    ],
    [{ kind: "watch_branch", repository: where, branch: "main" }],
  ],
  [
    "a branch with a slash",
    "push",
    push("refs/heads/release/1.0", { forced: true, before: "0".repeat(40) }),
    [
      {
        kind: "pushed",
        repository: where,
        branch: "release/1.0",
        before: null,
        after: H2,
        forced: true,
        actor: ann,
        at: 1_788_000_000_000,
      },
    ],
    [{ kind: "watch_branch", repository: where, branch: "release/1.0" }],
  ],
  [
    "a deleted branch has nothing to watch",
    "push",
    push("refs/heads/old", { after: "0".repeat(40) }),
    [
      {
        kind: "pushed",
        repository: where,
        branch: "old",
        before: H1,
        after: null,
        forced: false,
        actor: ann,
        at: 1_788_000_000_000,
      },
    ],
    [],
  ],
  [
    "G11 without GitHub's time a push counts as late as its receipt",
    "push",
    push("refs/heads/x", { repository: { ...repository, pushed_at: null } }),
    [
      {
        kind: "pushed",
        repository: where,
        branch: "x",
        before: H1,
        after: H2,
        forced: false,
        actor: ann,
        at: receivedAt,
      },
    ],
    [{ kind: "watch_branch", repository: where, branch: "x" }],
  ],

  [
    "E08 a merge group",
    "merge_group",
    {
      ...common,
      action: "checks_requested",
      merge_group: {
        head_sha: H2,
        head_ref: "refs/heads/gh-readonly-queue/main/pr-1-x",
        base_ref: "refs/heads/main",
        base_sha: BASE,
      },
    },
    [],
    [
      {
        kind: "evaluate_group",
        repository: where,
        groupSha: H2,
        baseRef: "main",
        headRef: "gh-readonly-queue/main/pr-1-x",
      },
    ],
  ],
  [
    "E09 a merge group that was thrown away is looked at again",
    "merge_group",
    {
      ...common,
      action: "destroyed",
      reason: "dequeued",
      merge_group: {
        head_sha: H2,
        head_ref: "refs/heads/gh-readonly-queue/main/pr-1-x",
        base_ref: "refs/heads/main",
        base_sha: BASE,
      },
    },
    [],
    [
      {
        kind: "evaluate_group",
        repository: where,
        groupSha: H2,
        baseRef: "main",
        headRef: "gh-readonly-queue/main/pr-1-x",
      },
    ],
  ],

  [
    "C21 the button of our own run, bound to the run's SHA",
    "check_run",
    checkRun("requested_action", {}, { requested_action: { identifier: APPROVE_ACTION } }),
    [{ kind: "step_up", repository: where, sha: H2, account: ann, at: receivedAt }],
    [lookAtSha],
  ],
  [
    "C22 a bot that presses it is recorded as a bot",
    "check_run",
    checkRun("requested_action", {}, { requested_action: { identifier: APPROVE_ACTION }, sender: agent }),
    [
      {
        kind: "step_up",
        repository: where,
        sha: H2,
        account: { id: 9, login: "agent[bot]", type: "Bot" },
        at: receivedAt,
      },
    ],
    [lookAtSha],
  ],
  ["re-run of our check", "check_run", checkRun("rerequested"), [], [lookAtSha]],
  [
    "F02 a workflow job with our name",
    "check_run",
    checkRun("completed", { app: { id: 15368 } }),
    [foreign()],
    [lookAtSha],
  ],
  [
    "F02 a check run of no app with our name",
    "check_run",
    checkRun("created", { app: null, conclusion: null, completed_at: null }),
    [foreign({ appId: null, conclusion: "none", at: at("2026-09-01T10:00:00Z") })],
    [lookAtSha],
  ],
  [
    "F02 the button of another app's run is no step-up",
    "check_run",
    checkRun("requested_action", { app: { id: 15368 } }, { requested_action: { identifier: APPROVE_ACTION } }),
    [foreign()],
    [lookAtSha],
  ],
  [
    "F02 a status with our name",
    "status",
    { ...common, sha: H2, context: "countersign", state: "success", updated_at: "2026-09-01T10:01:00Z" },
    [foreign({ source: "status", appId: null, at: at("2026-09-01T10:01:00Z") })],
    [lookAtSha],
  ],
  [
    "re-run of all our checks",
    "check_suite",
    { ...common, action: "rerequested", check_suite: { head_sha: H2, app: { id: 4242 } } },
    [],
    [lookAtSha],
  ],

  [
    "F04 a ruleset is changed",
    "repository_ruleset",
    surroundings("deleted"),
    [],
    [{ kind: "watch_protection", repository: where }],
  ],
  [
    "an organisation's ruleset names no repository",
    "repository_ruleset",
    surroundings("edited", { repository: undefined }),
    [],
    [{ kind: "reconcile", repository: null }],
  ],
  [
    "F04 branch protection is changed",
    "branch_protection_rule",
    surroundings("edited"),
    [],
    [{ kind: "watch_protection", repository: where }],
  ],
  ["somebody's access changed", "member", surroundings("edited"), [], [{ kind: "reconcile", repository: where }]],
  [
    "a team's members changed",
    "membership",
    surroundings("removed", { repository: undefined }),
    [],
    [{ kind: "reconcile", repository: null }],
  ],
  ["renamed", "repository", surroundings("renamed"), [], [{ kind: "reconcile", repository: where }]],
  [
    "installed",
    "installation",
    surroundings("created", { repository: undefined }),
    [],
    [{ kind: "reconcile", repository: null }],
  ],
];

describe("what an event proves, and what is looked at again", () => {
  test.each(cases)("%s", async (_, event, payload, evidence, work) => {
    expect(await meaningOf(event, payload)).toEqual({ kind: "meaning", meaning: { evidence, work, command: null } });
  });
});

describe("what becomes of the installation itself", () => {
  test.each([
    ["L14", "deleted", []],
    ["L13", "suspend", []],
    ["L13", "unsuspend", [{ kind: "reconcile", repository: null }]],
  ])("%s %s is noted; nothing is read where there is nothing left to read with", async (_, action, work) => {
    expect(await meaningOf("installation", surroundings(action, { repository: undefined }))).toEqual({
      kind: "meaning",
      meaning: { evidence: [], work, command: null, installation: action },
    });
  });
});

describe("what changes nothing is ignored", () => {
  test.each<[string, string, object]>([
    ["a label", "pull_request", pullRequest("labeled")],
    ["a tag", "push", push("refs/tags/v1")],
    ["our own check run coming back, as no success", "check_run", checkRun("completed", { conclusion: "failure" })],
    [
      "a button of ours that is not the approval",
      "check_run",
      checkRun("requested_action", {}, { requested_action: { identifier: "other" } }),
    ],
    ["another check", "check_run", checkRun("completed", { name: "test", app: { id: 15368 } })],
    [
      "another status",
      "status",
      { ...common, sha: H2, context: "ci", state: "success", updated_at: "2026-09-01T10:01:00Z" },
    ],
    [
      "another app's suite",
      "check_suite",
      { ...common, action: "rerequested", check_suite: { head_sha: H2, app: { id: 1 } } },
    ],
    [
      "a merge group that was destroyed because it was merged",
      "merge_group",
      {
        ...common,
        reason: "merged",
        action: "destroyed",
        merge_group: { head_sha: H2, head_ref: "refs/heads/q", base_ref: "refs/heads/main" },
      },
    ],
    ["an event we never subscribed to", "star", surroundings("created")],
    ["a name that every object has", "constructor", {}],
    ["a command by a bot", "issue_comment", comment("/countersign hold", { user: agent })],
    ["a command edited into a comment", "issue_comment", comment("/countersign hold", {}, { action: "edited" })],
    ["a deleted command", "issue_comment", comment("/countersign hold", {}, { action: "deleted" })],
  ])("%s", async (_, event, payload) => {
    expect(await meaningOf(event, payload)).toEqual({ kind: "ignored" });
  });
});

describe("a payload is believed only where it has the documented shape", () => {
  test.each<[string, string, object]>([
    ["a head that is no SHA", "pull_request", pullRequest("synchronize", {}, { head: { sha: "main" } })],
    ["a time that is none", "pull_request", pullRequest("synchronize", {}, { updated_at: "yesterday" })],
    ["a number that is text", "pull_request", pullRequest("opened", {}, { number: "1" })],
    ["no repository", "push", { ...push("refs/heads/main"), repository: undefined }],
    [
      "a repository's name with a path in it",
      "push",
      push("refs/heads/main", { repository: { ...repository, full_name: "../../x" } }),
    ],
    ["a review without an id", "pull_request_review", reviewed("submitted", { id: null })],
  ])("%s: malformed, and says where", async (_, event, payload) => {
    expect(await meaningOf(event, payload)).toMatchObject({ kind: "malformed" });
  });

  test("it never throws, whatever the payload", async () => {
    const events = [
      "pull_request",
      "pull_request_review",
      "push",
      "merge_group",
      "check_run",
      "check_suite",
      "status",
      "issue_comment",
      "member",
      "installation",
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...events), fc.jsonValue(), async (event, payload) => {
        expect(["meaning", "ignored", "malformed"]).toContain((await meaningOf(event, payload)).kind);
      }),
      { numRuns: 300 },
    );
  });

  test("a kind of account nobody knows yet is no human", async () => {
    expect(
      await meaningOf("pull_request", pullRequest("opened", { sender: { id: 8, login: "x", type: "Robot2030" } })),
    ).toMatchObject({ meaning: { evidence: [{ actor: { type: "Bot" } }] } });
  });
});

describe("what is only a word on a ticket tells the gate that the repository is there, and nothing else", () => {
  test.each<[string, string, object]>([
    ["B10 a thumbs-up is no command", "issue_comment", comment("👍 /approve LGTM")],
    ["a command in an issue", "issue_comment", comment("/countersign hold", {}, { issue: { number: 1 } })],
  ])("%s", async (_, event, payload) => {
    const said = await meaningOf(event, payload);
    expect(said).toMatchObject({ meaning: { work: [], command: null, news: { kind: "comment" } } });
    expect(said).toHaveProperty("meaning.evidence", [{ kind: "written_in", repository: expect.anything() }]);
  });
});
