// Facts of every kind, drawn from few people, commits and seconds so that they collide often: same-second events, people
// in several parts, reviews re-bound and retargeted. About one in eight passes.

import fc from "fast-check";
import { complete, incomplete, instantOfMillis, known, unknown } from "#kernel";
import type { Instant, Known, List, UserId } from "#kernel";
import type { Account, Commit, Facts, Person, Review, ReviewSeen } from "#gate";
import {
  actions,
  adm,
  agent,
  ann,
  APP,
  b0,
  bob,
  branch,
  commit,
  file,
  H1,
  H2,
  H3,
  MAIN,
  OTHER_APP,
  out,
  PEOPLE,
  req,
  review,
  ro,
  RULESET,
  says,
  sibling,
  svc,
  team,
  tri,
  HEAD_SINCE,
} from "./baseline.ts";

const humans = [ann, bob, adm, req, ro, tri, out, svc];
const anybody: fc.Arbitrary<Account> = fc.constantFrom(...humans, ann, bob, adm, agent, actions);
const maybe: fc.Arbitrary<Account | null> = fc.option(anybody, { freq: 9 });
const shas = fc.constantFrom(H2, H2, H2, H2, H1, H3);
const bases = fc.constantFrom(MAIN, MAIN, MAIN, branch("develop"));
/** A few seconds around the head's own, and far before and after. */
export const times: fc.Arbitrary<Instant> = fc
  .constantFrom(-3600, -1, 0, 1, 2, 60, 300, 301, 302, 600, 9000)
  .map((s) => instantOfMillis(HEAD_SINCE + s * 1000));
const strangeTimes: fc.Arbitrary<Instant | null> = fc.oneof(
  { weight: 12, arbitrary: times },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, instantOfMillis(NaN), instantOfMillis(Infinity), instantOfMillis(-Infinity)),
  },
);

/** Mostly empty, so that what is drawn often has nothing against it. */
function few<T>(item: fc.Arbitrary<T>, max = 2): fc.Arbitrary<readonly T[]> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(item, { maxLength: max }) },
  );
}

function rarelyIncomplete<T>(items: fc.Arbitrary<readonly T[]>): fc.Arbitrary<List<T>> {
  return fc
    .tuple(items, fc.integer({ min: 0, max: 300 }))
    .map(([list, n]) => (n === 0 ? incomplete("502", list) : complete(list)));
}

const reviews: fc.Arbitrary<Review> = fc.record({
  id: fc.integer({ min: 1, max: 8 }).map(review),
  author: maybe,
  state: fc.constantFrom(
    "APPROVED",
    "APPROVED",
    "APPROVED",
    "APPROVED",
    "CHANGES_REQUESTED",
    "COMMENTED",
    "DISMISSED",
    "PENDING",
  ),
  commitSha: fc.option(shas, { freq: 12 }),
  submittedAt: strangeTimes,
  editedBy: fc.option(fc.constant("adm"), { freq: 1 }),
});

const rows: fc.Arbitrary<ReviewSeen> = fc.record({
  reviewId: fc.integer({ min: 1, max: 8 }).map(review),
  sha: shas,
  baseRef: bases,
  at: times,
});

const commits: fc.Arbitrary<readonly Commit[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([commit(H1), commit(H2)]) },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.record({
          sha: shas,
          author: maybe,
          committer: maybe,
          coauthors: few(anybody),
          unmappedCoauthors: few(fc.string()),
        }),
        { maxLength: 3 },
      )
      .map((more) => [commit(H2), ...more]),
  },
);

const TEAMS = [team("acme/pay"), team("acme/ops")];
const people: fc.Arbitrary<ReadonlyMap<UserId, Known<Person>>> = fc
  .tuple(
    fc.array(
      fc.tuple(fc.constantFrom(...PEOPLE), fc.subarray(TEAMS), fc.constantFrom("write", "admin", "read"), fc.boolean()),
      { maxLength: 4 },
    ),
    fc.integer({ min: 0, max: 30 }),
  )
  .map(([changed, n]) => {
    const map = new Map<UserId, Known<Person>>(PEOPLE.map((p) => [p.account.id, known(p)]));
    for (const [p, teams, permission] of changed) map.set(p.account.id, known({ ...p, teams, permission }));
    if (n === 0) map.set(ann.id, unknown("403"));
    return map;
  });

const configs = fc.constantFrom(
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  null,
  "",
  "version: 1\n",
  "version: 1\nmin_approvals: 2\n",
  "version: 1\nmin_approvals: 0\n",
  "version: 1\nreview_dwell_seconds: 60\n",
  "version: 1\ncodeowners: required\n",
  "version: 1\npaths: [{match: ['src/**'], teams: [acme/pay]}]\n",
  "version: 1\npaths: [{match: ['billing/**'], min_approvals: 2, step_up: true}]\n",
  "version: 1\npolicy_owners: [acme/ops]\n",
  "version: 1\nproduction_branches: [develop]\n",
  "version: 9\n",
  "]",
);

const rulesets = fc.oneof(
  { weight: 8, arbitrary: fc.constant([RULESET]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc
        .record({
          enforcement: fc.constantFrom("active", "evaluate", "disabled"),
          include: few(fc.constantFrom("~ALL", "~DEFAULT_BRANCH", "refs/heads/*", "[")),
          pullRequest: fc.boolean(),
          exclude: few(fc.constantFrom("refs/heads/main", "**")),
        } as const)
        .map((r) => ({ ...RULESET, ...r })),
      { maxLength: 3 },
    ),
  },
);

export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    now: fc.oneof(
      { weight: 20, arbitrary: fc.constant(instantOfMillis(HEAD_SINCE + 7_200_000)) },
      { weight: 1, arbitrary: fc.constant(instantOfMillis(NaN)) },
      { weight: 3, arbitrary: times },
    ),
    pullRequest: fc.record({
      state: fc.constantFrom("open", "open", "open", "open", "open", "closed"),
      draft: fc.integer({ min: 0, max: 29 }).map((n) => n === 0),
      autoMerge: fc.integer({ min: 0, max: 29 }).map((n) => n === 0),
      author: fc.oneof({ weight: 4, arbitrary: fc.constant(agent) }, { weight: 1, arbitrary: maybe }),
      baseRef: fc.constantFrom(MAIN, MAIN, MAIN, MAIN, MAIN, branch("develop")),
      fork: fc.boolean(),
    }),
    commits: rarelyIncomplete(commits),
    files: rarelyIncomplete(
      fc.array(
        fc.constantFrom(file("src/a.ts"), file("billing/b.ts"), file("c.ts", "billing/c.ts"), file("CODEOWNERS")),
        { maxLength: 2 },
      ),
    ),
    reviews: rarelyIncomplete(
      fc.oneof(
        fc.array(reviews, { maxLength: 5 }),
        fc
          .array(reviews, { maxLength: 3 })
          .map((more) => [...more.filter((r) => r.id > 2), says(ann, { id: 1 }), says(bob, { id: 2 })]),
      ),
    ),
    firstSeen: rarelyIncomplete(few(rows, 4)),
    sightings: rarelyIncomplete(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(b0().sightings.items) },
        {
          weight: 1,
          arbitrary: fc.array(
            fc.record({
              source: fc.constantFrom("activity", "force_push", "payload", "opened"),
              at: times,
              before: fc.option(shas, { freq: 1 }),
              after: fc.option(shas, { freq: 4 }),
              actor: maybe,
            }),
            { maxLength: 4 },
          ),
        },
      ),
    ),
    contributions: rarelyIncomplete(
      few(fc.record({ user: anybody, as: fc.constantFrom("author", "contributor", "coauthor", "pusher") })),
    ),
    dismissals: rarelyIncomplete(
      few(
        fc.record({
          reviewId: fc.integer({ min: 1, max: 8 }).map(review),
          actor: maybe,
          at: times,
          was: fc.constantFrom(null, "APPROVED", "CHANGES_REQUESTED"),
        }),
        4,
      ),
    ),
    reviewRequests: rarelyIncomplete(few(fc.record({ reviewer: fc.option(anybody.map((a) => a.id)), at: times }))),
    baseChanges: rarelyIncomplete(few(times)),
    requesters: fc.oneof(
      { weight: 4, arbitrary: fc.constant({ known: true, people: [{ id: req.id, login: "req" }] } as const) },
      { weight: 1, arbitrary: fc.constant({ known: false } as const) },
      { weight: 1, arbitrary: fc.constant({ known: true, people: [] } as const) },
    ),
    stepUps: rarelyIncomplete(few(fc.record({ account: anybody, sha: shas, at: times }))),
    people,
    rulesets: rarelyIncomplete(rulesets),
    policy: fc.record({
      organization: configs.map(known),
      defaultBranch: fc.constant(known(null)),
      base: configs.map(known),
      codeowners: fc.constantFrom(null, "* @ann\n", "src/ @acme/pay\n", "x y\n").map(known),
    }),
    siblings: rarelyIncomplete(
      few(
        fc
          .record({ open: fc.boolean(), headSha: shas, baseRef: bases, approved: fc.boolean() })
          .map(({ approved, ...s }) => sibling(2, { ...s, facts: approved ? b0() : null })),
      ),
    ),
    foreignChecks: rarelyIncomplete(
      few(
        fc.record({
          kind: fc.constantFrom("check_run", "status"),
          appId: fc.constantFrom(null, APP, OTHER_APP),
          conclusion: fc.constantFrom("success", "failure", "NEUTRAL"),
        }),
      ),
    ),
    holds: rarelyIncomplete(few(fc.record({ by: anybody, at: times, reason: fc.string() }), 1)),
    withdrawals: rarelyIncomplete(few(fc.record({ user: anybody.map((a) => a.id), at: times }), 1)),
  })
  .map(({ policy, ...rest }) => b0({ ...rest, policy }));
