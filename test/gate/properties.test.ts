import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { incomplete, instantOfMillis, known, unknown } from "#kernel";
import type { List } from "#kernel";
import { decide, effectivePolicy } from "#gate";
import type { Facts, PolicyTexts, Verdict } from "#gate";
import { ann, at, b0, bob, branch, commit, dismissed, file, H2, H3, MAIN, push, says, sha } from "./baseline.ts";
import { anyFacts, times } from "./arbitrary-facts.ts";

const RUNS = { numRuns: 1000 };

/** Facts that pass, with something in as many lists as can be. */
const gone = says(bob, { id: 3, state: "DISMISSED", sha: sha("1"), at: at("09:30") });
const passing = (): Facts =>
  b0({
    reviews: [says(ann), gone],
    dismissals: [{ ...dismissed(gone, bob), at: at("09:40") }],
    holds: [],
    withdrawals: [],
    reviewRequests: [{ reviewer: ann.id, at: at("10:01") }],
    baseChanges: [at("09:00")],
  });

const isList = (value: unknown): value is List<unknown> =>
  typeof value === "object" && value !== null && "complete" in value;

/** Sorted by what they say, not by where they were listed. */
function shuffled(facts: Facts, keys: readonly number[]): Facts {
  const shuffle = <T>(items: readonly T[]): readonly T[] =>
    items
      .map((item, i) => ({ item, key: keys[i % keys.length] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  const of = <T>(list: List<T>): List<T> => ({ ...list, items: shuffle(list.items) });
  return {
    ...facts,
    commits: of(facts.commits),
    files: of(facts.files),
    reviews: of(facts.reviews),
    firstSeen: of(facts.firstSeen),
    sightings: of(facts.sightings),
    contributions: of(facts.contributions),
    dismissals: of(facts.dismissals),
    reviewRequests: of(facts.reviewRequests),
    baseChanges: of(facts.baseChanges),
    stepUps: of(facts.stepUps),
    rulesets: of(facts.rulesets),
    siblings: of(facts.siblings),
    foreignChecks: of(facts.foreignChecks),
    people: new Map(shuffle([...facts.people])),
  };
}

function passesOnProduction(verdict: Verdict): boolean {
  return verdict.decision === "pass" && verdict.reasons.includes("approved");
}

describe("whatever the facts", () => {
  test("decide answers and never throws, with reasons that are sorted, distinct and never empty", () => {
    const tally = { pass: 0, fail: 0, error: 0, approved: 0 };
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const verdict = decide(facts);
        tally[verdict.decision]++;
        if (verdict.reasons.includes("approved")) tally.approved++;
        expect(verdict.reasons).not.toContain("undecidable");
        expect(verdict.reasons.length).toBeGreaterThan(0);
        expect(verdict.reasons).toEqual([...new Set(verdict.reasons)].sort());
      }),
      RUNS,
    );
    // A generator that never passes, or never fails, would prove nothing below.
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(RUNS.numRuns / 50);
  });

  test("a rule that breaks denies: facts no loader could make are undecidable, never a pass", () => {
    const broken: Facts = Object.defineProperty(passing(), "rulesets", {
      get: () => {
        throw new Error("broken");
      },
    });
    expect(decide(broken)).toMatchObject({ decision: "error", reasons: ["undecidable"] });
  });

  test("G1 any incomplete fact never passes", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const gaps = Object.values(facts)
          .filter(isList)
          .filter((list) => !list.complete);
        fc.pre(gaps.length > 0);
        expect(decide(facts).decision).not.toBe("pass");
      }),
      { numRuns: 500 },
    );
  });

  test("G1 each fact of a pass, made incomplete, takes the pass away", () => {
    expect(decide(passing()).decision).toBe("pass");
    const lists = Object.entries(passing())
      .filter(([, value]) => isList(value))
      .map(([name]) => name);
    expect(lists.length).toBeGreaterThanOrEqual(15);
    for (const name of lists) {
      const facts = { ...passing(), [name]: { complete: false, items: [], why: "502" } };
      expect([name, decide(facts).decision]).toEqual([name, "error"]);
    }
    for (const name of ["organization", "defaultBranch", "base", "codeowners"] as const) {
      expect(decide({ ...passing(), policy: { ...passing().policy, [name]: unknown("502") } }).reasons).toEqual([
        "incomplete_facts",
      ]);
    }
    for (const id of [ann.id, bob.id])
      expect(
        decide({ ...passing(), people: new Map([...passing().people].filter(([user]) => user !== id)) }).decision,
      ).toBe("error");
    expect(decide({ ...passing(), sightings: incomplete("404") }).reasons).toEqual(["incomplete_facts"]);
  });

  test("the order of every list is irrelevant", () => {
    fc.assert(
      fc.property(anyFacts, fc.array(fc.nat(), { minLength: 7, maxLength: 7 }), (facts, keys) => {
        expect(decide(shuffled(facts, keys))).toEqual(decide(facts));
      }),
      RUNS,
    );
  });

  test("listing anything twice changes nothing", () => {
    const twice = <T>(list: List<T>): List<T> => ({ ...list, items: [...list.items, ...list.items] });
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const doubled = {
          ...facts,
          reviews: twice(facts.reviews),
          firstSeen: twice(facts.firstSeen),
          sightings: twice(facts.sightings),
          rulesets: twice(facts.rulesets),
          files: twice(facts.files),
        };
        const [once, again] = [decide(facts), decide(doubled)];
        expect([again.decision, again.reasons, again.counted, again.rejected]).toEqual([
          once.decision,
          once.reasons,
          once.counted,
          once.rejected,
        ]);
      }),
      RUNS,
    );
  });
});

describe("G1 what a pass means", () => {
  test("each counted review: first-seen and present SHA and base are the current ones, later than every sign of another head, by an uninvolved human with write access, once", () => {
    let passes = 0;
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const verdict = decide(facts);
        if (!passesOnProduction(verdict)) return;
        passes++;
        const { headSha, baseRef } = facts.pullRequest;
        expect(verdict.counted.length).toBeGreaterThanOrEqual(1);
        expect(new Set(verdict.counted.map((c) => c.userId)).size).toBe(verdict.counted.length);
        for (const { reviewId, userId } of verdict.counted) {
          const found = facts.reviews.items.find((r) => r.id === reviewId);
          expect(found).toMatchObject({ state: "APPROVED", commitSha: headSha, author: { id: userId, type: "User" } });
          for (const row of facts.firstSeen.items)
            if (row.reviewId === reviewId) expect(row).toMatchObject({ sha: headSha, baseRef });
          const submitted = found?.submittedAt ?? -Infinity;
          expect(submitted).toBeLessThanOrEqual(facts.now);
          for (const s of facts.sightings.items)
            if (s.after !== null && s.after !== headSha) expect(submitted).toBeGreaterThan(s.at);
          expect(
            facts.sightings.items.some((s) => s.at < submitted && (s.after === headSha || s.source === "force_push")),
          ).toBe(true);
          const person = facts.people.get(userId);
          expect(person).toMatchObject({ known: true, value: { outsideCollaborator: false, serviceAccount: false } });
          expect(
            facts.commits.items.flatMap((c) => [c.author, c.committer, ...c.coauthors]).some((a) => a?.id === userId),
          ).toBe(false);
          expect(facts.contributions.items.some((c) => c.user.id === userId)).toBe(false);
          expect(facts.pullRequest.author?.id).not.toBe(userId);
        }
      }),
      RUNS,
    );
    expect(passes).toBeGreaterThan(RUNS.numRuns / 50);
  });

  test("a new commit never passes on what was said before it", () => {
    fc.assert(
      fc.property(anyFacts, times, (facts, when) => {
        const pushed = Math.max(when, ...facts.reviews.items.map((r) => r.submittedAt ?? 0).filter(Number.isFinite));
        const head = sha("9");
        const moved: Facts = {
          ...facts,
          pullRequest: { ...facts.pullRequest, headSha: head },
          commits: { ...facts.commits, items: [...facts.commits.items, commit(head)] },
          sightings: {
            ...facts.sightings,
            items: [
              ...facts.sightings.items,
              { source: "activity", at: instantOfMillis(pushed), before: H2, after: head, actor: null },
            ],
          },
        };
        expect(passesOnProduction(decide(moved))).toBe(false);
        // Even if GitHub re-points every one of the old reviews to it (A05).
        const rebound = {
          ...moved,
          firstSeen: { ...moved.firstSeen, items: [] },
          reviews: { ...moved.reviews, items: moved.reviews.items.map((r) => ({ ...r, commitSha: head })) },
        };
        expect(passesOnProduction(decide(rebound))).toBe(false);
      }),
      RUNS,
    );
  });

  test("a head that is replaced and restored does not revive the approvals", () => {
    const restored = b0({
      reviews: [says(ann)],
      sightings: [push("10:00", null, H2), push("10:30", H2, H3), push("10:40", H3, H2)],
    });
    expect(decide(restored).reasons).toEqual(["predates_head"]);
  });

  test("taking the case of every login away changes no conclusion", () => {
    const raise = <T>(value: T): T =>
      JSON.parse(
        JSON.stringify(value, (key, v: unknown) => (key === "login" && typeof v === "string" ? v.toUpperCase() : v)),
      );
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const loud: Facts = {
          ...facts,
          pullRequest: raise(facts.pullRequest),
          people: new Map([...facts.people].map(([id, p]) => [id, raise(p)])),
          commits: raise(facts.commits),
          contributions: raise(facts.contributions),
          reviews: { ...facts.reviews, items: facts.reviews.items.map((r) => ({ ...r, author: raise(r.author) })) },
        };
        expect([decide(loud).decision, decide(loud).reasons]).toEqual([decide(facts).decision, decide(facts).reasons]);
      }),
      RUNS,
    );
  });
});

describe("G3 no value of the configuration lowers a floor", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.string(),
    fc.constantFrom([], {}, ["main"], "none", "off", -1, 0, 1e9),
  );
  const key = fc.constantFrom(
    "version",
    "production_branches",
    "min_approvals",
    "review_dwell_seconds",
    "paths",
    "codeowners",
    "policy_owners",
    "merge_method",
    "bypass",
    "allow_bots",
    "!!merge",
    "<<",
  );
  const strict = fc.record(
    {
      version: fc.constant(1),
      min_approvals: fc.integer({ min: -3, max: 6 }),
      review_dwell_seconds: fc.integer({ min: -5, max: 500 }),
      production_branches: fc.constantFrom([], ["x"], ["!main"], ["**"]),
      paths: fc.array(
        fc.record({ match: fc.constantFrom(["**"], ["a/**"]), min_approvals: fc.integer({ min: -2, max: 3 }) }),
        { maxLength: 2 },
      ),
      merge_method: fc.constantFrom("merge", "squash", "rebase"),
    },
    { requiredKeys: ["version"] },
  );
  const text = fc.oneof(
    { weight: 3, arbitrary: strict.map((o) => JSON.stringify(o)) },
    { weight: 1, arbitrary: fc.dictionary(key, value).map((o) => JSON.stringify({ version: 1, ...o })) },
    { weight: 1, arbitrary: fc.string() },
  );
  const texts: fc.Arbitrary<PolicyTexts> = fc.record({
    organization: fc.option(text).map(known),
    defaultBranch: fc.option(text).map(known),
    base: fc.option(text).map(known),
    codeowners: fc.constant(known(null)),
  });
  const repo = { baseRef: MAIN, defaultBranch: MAIN };

  test("what adds up to a policy asks for one human at least, and keeps the default branch", () => {
    let policies = 0;
    fc.assert(
      fc.property(texts, (given) => {
        const result = effectivePolicy(given, repo);
        if (result.kind !== "policy") return;
        policies++;
        expect(result.policy.minApprovals).toBeGreaterThanOrEqual(1);
        expect(result.policy.reviewDwellMs).toBeGreaterThanOrEqual(0);
        expect(result.policy.isProduction(MAIN)).toBe(true);
        for (const rule of result.policy.paths) expect(rule.minApprovals).toBeGreaterThanOrEqual(1);
      }),
      RUNS,
    );
    expect(policies).toBeGreaterThan(100);
  });

  test("whatever fails without a file fails with any files", () => {
    fc.assert(
      fc.property(anyFacts, texts, (facts, policy) => {
        const bare: Facts = {
          ...facts,
          policy: { organization: known(null), defaultBranch: known(null), base: known(null), codeowners: known(null) },
        };
        fc.pre(decide(bare).decision !== "pass");
        expect(decide({ ...facts, policy }).decision).not.toBe("pass");
      }),
      { numRuns: 1000 },
    );
  });

  test("a branch is not made free by the file on it", () => {
    const facts = b0({
      pullRequest: { baseRef: branch("develop") },
      files: [file("a")],
      policy: {
        defaultBranch: known("version: 1\nproduction_branches: [develop]\n"),
        base: known("version: 1\nproduction_branches: [main]\n"),
      },
    });
    expect(decide(facts).decision).toBe("fail");
  });
});
