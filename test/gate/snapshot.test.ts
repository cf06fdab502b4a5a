import { describe, expect, test } from "vitest";
import { decide, parseSnapshot } from "#gate";
import type { Facts } from "#gate";
import {
  adm,
  agent,
  ann,
  approval,
  b0,
  bob,
  commit,
  H1,
  H2,
  H3,
  out,
  person,
  pullRequest,
  push,
  review,
  ruleset,
  seen,
  svc,
  t,
  without,
} from "./b0.ts";
import type { Document } from "./b0.ts";

function facts(document: Document): Facts {
  const result = parseSnapshot(document);
  if (result.kind === "unusable") throw new Error(result.problems.join(" "));
  return result.facts;
}
/** Names of everything in the facts that is not whole. */
function holes(f: Facts): readonly string[] {
  const lists = {
    commits: f.commits,
    files: f.files,
    reviews: f.reviews,
    firstSeen: f.firstSeen,
    sightings: f.sightings,
    contributions: f.contributions,
    dismissals: f.dismissals,
    reviewRequests: f.reviewRequests,
    baseChanges: f.baseChanges,
    stepUps: f.stepUps,
    rulesets: f.rulesets,
    siblings: f.siblings,
  };
  return [
    ...Object.entries(lists).flatMap(([name, list]) => (list.complete ? [] : [name])),
    ...Object.entries(f.policy).flatMap(([name, text]) => (text.known ? [] : [name])),
  ];
}

test("B0 is whole: nothing in it is incomplete", () => {
  expect(holes(facts(b0({ reviews: [approval(ann)] })))).toEqual([]);
});

describe("a key that is absent is an incomplete fact, never an empty one", () => {
  const effects: readonly (readonly [string, readonly string[]])[] = [
    ["reviews", ["reviews"]],
    ["commits", ["commits"]],
    ["files", ["files"]],
    ["permissions", ["reviews"]],
    ["service_accounts", ["reviews"]],
    ["timeline", ["sightings", "contributions", "dismissals", "reviewRequests", "baseChanges"]],
    ["activity", ["sightings", "contributions"]],
    ["first_seen", ["firstSeen"]],
    ["requesters", ["contributions"]],
    ["siblings", ["siblings"]],
    ["rulesets", ["rulesets"]],
    ["config", ["defaultBranch", "base"]],
    ["codeowners", ["codeowners"]],
  ];
  test.each(effects)("%s absent", (key, missing) => {
    expect(holes(facts(without(b0(), key)))).toEqual(missing);
  });
  test.each(effects)("%s marked incomplete, though it is there", (key, missing) => {
    expect(holes(facts(b0({ incomplete: [key] })))).toEqual(missing);
  });
  test.each(effects)("%s of another type", (key, missing) => {
    expect(holes(facts(b0({ [key]: 5 })))).toEqual(missing);
  });
  test.each(["pull_request", "app_id"])("%s absent or marked: no facts at all", (key) => {
    expect(parseSnapshot(without(b0(), key))).toMatchObject({ kind: "unusable", reason: "incomplete_facts" });
    expect(parseSnapshot(b0({ incomplete: [key] }))).toMatchObject({
      kind: "unusable",
      reason: "incomplete_facts",
      headSha: H2,
    });
  });
  test.each(["now", "sibling_snapshots", "default_config", "org_config", "step_ups", "incomplete"])(
    "%s is optional",
    (key) => {
      expect(holes(facts(without(b0(), key)))).toEqual([]);
    },
  );
  test.each([
    ["default_config", "defaultBranch"],
    ["org_config", "organization"],
    ["step_ups", "stepUps"],
    ["sibling_snapshots", "siblings"],
  ])("%s marked incomplete", (key, missing) => {
    expect(holes(facts(b0({ incomplete: [key] })))).toEqual([missing]);
  });
  test.each<readonly [string, Document]>([
    ["a list that is none", b0({ incomplete: "reviews" })],
    ["a malformed clock", b0({ now: "yesterday" })],
    ["an app id that is none", b0({ app_id: 0 })],
    ["a head SHA that is none", b0({ pull_request: pullRequest({ head: { ref: "x", sha: "2222", repo: null } }) })],
    [
      "a base branch that cannot be",
      b0({ pull_request: pullRequest({ base: { ref: "a b", repo: { id: 1, full_name: "a/b" } } }) }),
    ],
  ])("unusable: %s", (_, document) => {
    expect(parseSnapshot(document)).toMatchObject({ kind: "unusable", reason: "undecidable" });
  });
  test("a name that is no key says that something is incomplete, and the head it is about", () => {
    expect(parseSnapshot(b0({ incomplete: ["revews"] }))).toMatchObject({
      kind: "unusable",
      reason: "incomplete_facts",
      headSha: H2,
    });
  });
  test("an optional key that is null is absent", () => {
    const nulls = { now: null, sibling_snapshots: null, step_ups: null, default_config: null, org_config: null };
    expect(holes(facts(b0(nulls)))).toEqual([]);
  });
  test.each<readonly [string, Document]>([
    ["commits", { commits: 3 }],
    ["files", { changed_files: 2 }],
  ])("%s fewer than the pull request itself counts were not read to their end", (key, counts) => {
    expect(holes(facts(b0({ pull_request: pullRequest(counts) })))).toEqual([key]);
  });
  test.each([null, 1, "x", [], [b0()]])("unusable: %j", (json) => {
    expect(parseSnapshot(json).kind).toBe("unusable");
  });
  test.each<readonly [string, string, readonly unknown[]]>([
    ["a review without state", "reviews", [without(approval(ann), "state")]],
    ["a review of unknown state", "reviews", [review(ann, "BLESSED", H2, t("10:05"))]],
    ["a review without user key", "reviews", [without(approval(ann), "user")]],
    ["a review whose author's type nobody says", "reviews", [{ ...approval(ann), user: { id: 999, login: "who" } }]],
    ["an error body in place of an element", "reviews", [{ message: "Server Error" }]],
    [
      "two reviews under one id that differ",
      "reviews",
      [approval(ann, H2, t("10:05"), 5), approval(bob, H2, t("10:05"), 5)],
    ],
    ["a commit without message", "commits", [{ sha: H2, author: agent, committer: agent, commit: {} }]],
    ["a renamed file without its old name", "files", [{ filename: "a", status: "renamed" }]],
    ["a summary of a ruleset, without rules", "rulesets", [without(ruleset(), "rules")]],
    ["a ruleset that says no branches", "rulesets", [without(ruleset(), "conditions")]],
    ["required checks without parameters", "rulesets", [ruleset({ rules: [{ type: "required_status_checks" }] })]],
    ["a first-seen row without base", "first_seen", [without(seen(1), "base")]],
  ])("an element that cannot be read makes its list incomplete: %s", (_, key, value) => {
    expect(
      facts(b0({ [key]: value }))[
        key === "first_seen"
          ? "firstSeen"
          : key === "reviews"
            ? "reviews"
            : key === "commits"
              ? "commits"
              : key === "files"
                ? "files"
                : "rulesets"
      ].complete,
    ).toBe(false);
  });
  test("250 commits are GitHub's cap: there may be more, unless the pull request says otherwise", () => {
    const commits = Array.from({ length: 250 }, (_, i) => commit(i.toString(16).padStart(40, "0")));
    expect(facts(b0({ commits })).commits.complete).toBe(false);
    expect(facts(b0({ commits, pull_request: pullRequest({ commits: 250 }) })).commits.complete).toBe(true);
  });
});

describe("reviews", () => {
  test("states are read in REST's upper and the webhooks' lower case", () => {
    expect(facts(b0({ reviews: [review(ann, "approved", H2, t("10:05"))] })).reviews.items[0]?.state).toBe("APPROVED");
  });
  test.each([null, "", "HEAD", 5])("A08 commit_id %j binds to no commit, and hides no other review", (commit_id) => {
    const list = facts(b0({ reviews: [{ ...approval(ann), commit_id }, approval(bob)] })).reviews;
    expect([list.complete, list.items.map((r) => r.commitSha)]).toEqual([true, [null, H2]]);
  });
  test.each([null, "10:05", "2026-13-40T00:00:00Z", 5])("a submission time of %j is no time", (submitted_at) => {
    expect(facts(b0({ reviews: [{ ...approval(ann), submitted_at }] })).reviews.items[0]?.submittedAt).toBeNull();
  });
  test.each([null, { id: 10137, login: "ghost", type: "User" }])("C18 a deleted account is nobody: %j", (who) => {
    expect(facts(b0({ reviews: [approval(who)] })).reviews.items[0]?.author).toBeNull();
  });
  test("the same review on two pages is one", () => {
    const one = approval(ann);
    expect(facts(b0({ reviews: [one, one] })).reviews.items).toHaveLength(1);
  });
});

describe("who had a hand in the change", () => {
  test.each([null, {}, undefined])("an author or committer of %j maps to no account", (author) => {
    expect(facts(b0({ commits: [{ ...commit(H2), author }] })).commits.items[0]?.author).toBeNull();
  });
  test.each<readonly [string, string, readonly number[]]>([
    ["C04 a noreply address with id", "Co-authored-by: Ann <1+ann@users.noreply.github.com>", [1]],
    ["the same on an Enterprise server", "Co-authored-by: Ann <1+ann@users.noreply.ghe.example>", [1]],
    ["the older form, by login", "Co-authored-by: Ann <ann@users.noreply.github.com>", [1]],
    ["any case, any place, white space", "x\n  co-AUTHORED-by :Ann <1+ANN@users.noreply.github.com>  \n\nfoo", [1]],
    ["Windows line ends", "x\r\n\r\nCo-authored-by: Ann <1+ann@users.noreply.github.com>\r\nSigned-off-by: x", [1]],
    [
      "several",
      "Co-authored-by: A <1+ann@users.noreply.github.com>\nCo-authored-by: B <2+bob@users.noreply.github.com>",
      [1, 2],
    ],
    ["an address without brackets", "Co-authored-by: 1+ann@users.noreply.github.com", [1]],
    ["an address that another commit maps to an account", "Co-authored-by: Ann <ann@corp.example>", [1]],
    ["an address of nobody: excludes nobody", "Co-authored-by: Claude <noreply@anthropic.example>", []],
    ["a word in the middle is no trailer", "this was not Co-authored-by: ann", []],
  ])("%s", (_, message, ids) => {
    const commits = [
      commit(H1, { author: ann, email: "Ann@corp.example", committer: ann }),
      commit(H2, { message: `fix\n\n${message}` }),
    ];
    expect(facts(b0({ commits })).commits.items[1]?.coauthors.map((a) => a.id)).toEqual(ids);
  });
  test("an unmapped co-author is kept, to be shown", () => {
    expect(
      facts(b0({ commits: [commit(H2, { message: "x\n\nCo-authored-by: Claude <c@example.com>" })] })).commits.items[0]
        ?.unmappedCoauthors,
    ).toEqual(["Claude <c@example.com>"]);
  });
  test("a hostile message of 1 MB is read in no time", () => {
    const began = performance.now();
    facts(
      b0({
        commits: [commit(H2, { message: `Co-authored-by: ${"<".repeat(500_000)}${"@users.noreply.".repeat(30_000)}` })],
      }),
    );
    expect(performance.now() - began).toBeLessThan(1000);
  });
  test("C05 whoever pushed or force-pushed to the branch, and the author, took part", () => {
    const f = facts(
      b0({
        activity: [push(H1, H2, t("10:00"), ann)],
        timeline: [{ event: "head_ref_force_pushed", created_at: t("09:30"), actor: bob, commit_id: H3 }],
      }),
    );
    expect(f.contributions.items.map((c) => [c.user.login, c.as])).toEqual([
      ["agent[bot]", "author"],
      ["ann", "pusher"],
      ["bob", "pusher"],
    ]);
  });
});

describe("evidence of the head", () => {
  test("only activity of the pull request's own branch counts", () => {
    const f = facts(
      b0({ activity: [push(H1, H2, t("08:00"), agent, { ref: "refs/heads/other" }), push(H1, H2, t("10:00"))] }),
    );
    expect(f.sightings.items.map((s) => new Date(s.at).toISOString())).toEqual(["2026-08-10T10:00:00.000Z"]);
  });
  test("a force push on the timeline gives a time, never a commit", () => {
    const f = facts(
      b0({
        activity: [],
        timeline: [{ event: "head_ref_force_pushed", created_at: t("10:00"), actor: agent, commit_id: H2 }],
      }),
    );
    expect(f.sightings.items).toEqual([expect.objectContaining({ source: "force_push", before: null, after: null })]);
  });
  test("all zeroes are no commit: the branch began or ended there", () => {
    const f = facts(b0({ activity: [push("0".repeat(40), H2, t("10:00")), push(H2, "0".repeat(40), t("10:01"))] }));
    expect(f.sightings.items.map((s) => [s.before, s.after])).toEqual([
      [null, H2],
      [H2, null],
    ]);
  });
  test("a fork's own activity is evidence of its head, and names who pushed", () => {
    const fork = pullRequest({ head: { ref: "agent/fix", sha: H2, repo: { id: 777, full_name: "mallory/app" } } });
    const f = facts(b0({ pull_request: fork }));
    expect([f.pullRequest.fork, f.sightings.items.at(-1)?.after, f.contributions.items.map((c) => c.as)]).toEqual([
      true,
      H2,
      ["author", "pusher", "pusher"],
    ]);
  });
  test.each<readonly [string, Document]>([
    ["marked", b0({ activity: [], incomplete: ["activity"] })],
    ["absent", without(b0(), "activity")],
  ])("D07 a fork whose activity cannot be read is head_time_unknown, not an error (%s)", (_, document) => {
    const head = { ref: "agent/fix", sha: H2, repo: { id: 777, full_name: "mallory/app" } };
    const { decision, reasons } = decide(
      facts({ ...document, reviews: [approval(ann)], pull_request: pullRequest({ head }) }),
    );
    expect([decision, reasons]).toEqual(["fail", ["head_time_unknown"]]);
  });
  test("the pull request's created_at is no evidence of this head", () => {
    expect(facts(b0({ activity: [] })).sightings.items).toEqual([]);
  });
  test("without `now` the newest time in the document is the clock", () => {
    expect(new Date(facts(b0({ reviews: [approval(ann, H2, t("12:34"))] })).now).toISOString()).toBe(
      "2026-08-10T12:34:00.000Z",
    );
    expect(new Date(facts(b0({ now: t("11:00") })).now).toISOString()).toBe("2026-08-10T11:00:00.000Z");
  });
});

describe("timeline", () => {
  test("only the events a decision reads; others may have any shape", () => {
    const timeline = [
      {
        event: "review_dismissed",
        created_at: t("10:06"),
        actor: adm,
        dismissed_review: { review_id: 5, state: "changes_requested" },
      },
      { event: "review_requested", created_at: t("10:07"), requested_reviewer: ann, review_requester: bob },
      { event: "review_requested", created_at: t("10:08"), requested_team: { slug: "pay" } },
      { event: "base_ref_changed", created_at: t("10:09"), actor: agent },
      { event: "automatic_base_change_succeeded", created_at: t("10:10"), actor: agent },
      { event: "reviewed", id: 1, submitted_at: "?" },
      { event: "committed", sha: H2 },
      { event: "commented", actor: null },
      { sha: H2, message: "GitHub's schema lets a commit leave its event's name out", parents: [] },
      { node_id: "x", comments: [] },
    ];
    const f = facts(b0({ timeline }));
    expect(holes(f)).toEqual([]);
    expect(f.dismissals.items).toEqual([
      expect.objectContaining({ reviewId: 5, actor: expect.objectContaining({ id: 3 }) }),
    ]);
    expect(f.reviewRequests.items.map((r) => r.reviewer)).toEqual([1, null]);
    expect(f.baseChanges.items).toHaveLength(2);
  });
  test("what names no event and is none that may leave it out makes the timeline incomplete", () => {
    const nameless = { created_at: t("10:00"), actor: adm, dismissed_review: { review_id: 5 } };
    expect(facts(b0({ timeline: [nameless] })).dismissals.complete).toBe(false);
  });
  test("an event that is read and cannot be makes its own list incomplete", () => {
    expect(holes(facts(b0({ timeline: [{ event: "review_dismissed", created_at: t("10:00"), actor: adm }] })))).toEqual(
      ["dismissals"],
    );
  });
});

describe("people", () => {
  test("B16 by id: a new login is the same person", () => {
    const f = facts(b0({ permissions: { "ann-new": person(ann, "write") } }));
    expect([...f.people.keys()]).toEqual([1]);
  });
  test("a login that now belongs to another id says nothing about the reviewer", () => {
    const f = facts(b0({ permissions: { ann: person({ ...ann, id: 99 }, "admin") }, reviews: [approval(ann)] }));
    expect([...f.people.keys()]).toEqual([99]);
  });
  test.each<readonly [string, Document | null]>([
    ["null", null],
    ["a word GitHub does not use", person(ann, "push")],
    ["no word on outside", without(person(ann, "write"), "outside")],
    ["no teams", without(person(ann, "write"), "teams")],
    ["a team that is none", person(ann, "write", { teams: ["pay"] })],
  ])("C17 an entry with %s is not a permission of none: it is not known", (_, entry) => {
    const person1 = [...facts(b0({ permissions: { ann: entry } })).people.values()];
    expect(person1.filter((p) => p.known)).toEqual([]);
  });
  test("two entries for one id that differ: not known", () => {
    const f = facts(b0({ permissions: { a: person(ann, "write"), b: person(ann, "read") } }));
    expect([...f.people.values()].map((p) => p.known)).toEqual([false]);
  });
  test("C13 a service account is known by any login of its id, in any case", () => {
    const f = facts(
      b0({ permissions: { "svc-2": person(svc, "write") }, reviews: [approval(svc)], service_accounts: ["SVC"] }),
    );
    expect([...f.people.values()].map((p) => p.known && p.value.serviceAccount)).toEqual([true]);
  });
  test("C15, C20 outside collaborators and teams are carried over", () => {
    const f = facts(b0({ permissions: { out: person(out, "write", { outside: true, teams: ["Acme/Pay"] }) } }));
    expect([...f.people.values()]).toEqual([
      expect.objectContaining({ value: expect.objectContaining({ outsideCollaborator: true, teams: ["acme/pay"] }) }),
    ]);
  });
  test("requesters: null is unknown, a list is known, a login leads to its id", () => {
    expect(facts(b0({ requesters: null })).requesters).toEqual({ known: false });
    expect(facts(b0({ requesters: ["REQ", "stranger"] })).requesters).toEqual({
      known: true,
      people: [
        { id: 8, login: "REQ" },
        { id: null, login: "stranger" },
      ],
    });
  });
});

describe("pull request, rulesets, siblings, policy", () => {
  test("D06 a deleted head repository; E06 auto-merge; D05 draft", () => {
    const f = facts(
      b0({
        pull_request: pullRequest({
          head: { ref: "x", sha: H2, repo: null },
          auto_merge: { merge_method: "squash" },
          draft: true,
        }),
      }),
    );
    expect(f.pullRequest).toMatchObject({ headRepositoryId: null, autoMerge: true, draft: true, fork: false });
  });
  test("an unknown default branch makes the base a production branch", () => {
    const f = facts(
      b0({ pull_request: pullRequest({ base: { ref: "develop", repo: { id: 555, full_name: "acme/app" } } }) }),
    );
    expect(f.pullRequest.defaultBranch).toBe("develop");
  });
  test("F03 bypass actors that may not be seen are not known; the check's app is carried over", () => {
    const f = facts(
      b0({
        rulesets: [
          without(ruleset(), "bypass_actors"),
          ruleset({
            rules: [
              { type: "required_status_checks", parameters: { required_status_checks: [{ context: "countersign" }] } },
            ],
          }),
        ],
      }),
    );
    expect(f.rulesets.items.map((r) => [r.bypassActors.known, r.requiredChecks[0]?.integrationId])).toEqual([
      [false, 4242],
      [true, null],
    ]);
  });
  test.each([null, 0, -1])("F03 an integration_id of %j is any app, and bypass actors of null are not known", (id) => {
    const required = {
      type: "required_status_checks",
      parameters: { required_status_checks: [{ context: "countersign", integration_id: id }] },
    };
    const f = facts(b0({ rulesets: [ruleset({ bypass_actors: null, rules: [required] })] }));
    expect(f.rulesets.complete).toBe(true);
    expect(f.rulesets.items.map((r) => [r.bypassActors.known, r.requiredChecks[0]?.integrationId])).toEqual([
      [false, null],
    ]);
  });
  test("a summary of a tag ruleset is nobody's concern", () => {
    expect(
      facts(b0({ rulesets: [ruleset(), { id: 1, name: "tags", target: "tag", enforcement: "active" }] })).rulesets
        .complete,
    ).toBe(true);
  });
  test("the base's file stands for the default branch's where they are one branch", () => {
    const f = facts(b0({ config: "min_approvals: 2" }));
    expect([f.policy.base, f.policy.defaultBranch, f.policy.organization]).toEqual([
      { known: true, value: "min_approvals: 2" },
      { known: true, value: "min_approvals: 2" },
      { known: true, value: null },
    ]);
  });
  test("siblings carry the facts of their own snapshot, by number", () => {
    const other = pullRequest({ number: 2 });
    const f = facts(b0({ siblings: [pullRequest(), other], sibling_snapshots: { 2: b0({ pull_request: other }) } }));
    expect(f.siblings.items.map((s) => [s.number, s.facts?.pullRequest.number ?? null])).toEqual([
      [1, null],
      [2, 2],
    ]);
  });
  test("siblings of siblings are not read on: a document nested within itself costs no more than its size", () => {
    const numbered = (n: number): Document => pullRequest({ number: n });
    let nested = b0({ pull_request: numbered(20) });
    for (let n = 19; n >= 1; n--) {
      const siblings = Array.from({ length: 8 }, () => numbered(n + 1));
      nested = b0({ pull_request: numbered(n), siblings, sibling_snapshots: { [n + 1]: nested } });
    }
    const began = performance.now();
    expect(facts(nested).siblings.items).toHaveLength(8);
    expect(performance.now() - began).toBeLessThan(1000);
  });
  test("a sibling's snapshot about another head is no fact about this one", () => {
    const other = pullRequest({ number: 2 });
    const moved = pullRequest({ number: 2, head: { ref: "x", sha: H3, repo: null } });
    expect(holes(facts(b0({ siblings: [other], sibling_snapshots: { 2: b0({ pull_request: moved }) } })))).toEqual([
      "siblings",
    ]);
  });
});
