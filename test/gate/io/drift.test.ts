// Which pull requests the sweep decides again: pure. Minutes.

import { describe, expect, it } from "vitest";
import { branchName, commitSha, instantOfMillis, prNumber, type Instant } from "#kernel";
import { drifted } from "../../../src/gate/io/reconcile/drift.ts";
import type { KnownPull } from "../../../src/gate/io/ledger.ts";

const some = <T>(value: T | null): T => value ?? expect.unreachable("a wrong constant");
const at = (minutes: number): Instant => instantOfMillis(1_800_000_000_000 + minutes * 60_000);
const HEAD = some(commitSha("a".repeat(40)));
const OTHER = some(commitSha("b".repeat(40)));
const MAIN = some(branchName("main"));
const NINE = some(prNumber(9));
const live = { number: NINE, headSha: HEAD, baseRef: MAIN, updatedAt: at(0), author: null } as const;

const known = (more: Partial<KnownPull>): KnownPull => ({
  number: NINE,
  state: "open",
  headSha: HEAD,
  baseRef: MAIN,
  updatedMark: at(0),
  decision: "fail",
  verdictSha: HEAD,
  reasons: [],
  decidedAt: at(0),
  evaluatedAt: at(0),
  ...more,
});

describe("what the sweep looks at again", () => {
  it.each<[string, Partial<KnownPull>, number, boolean]>([
    ["a refusal stands until something changes", {}, 10_000, false],
    ["another head is another pull request to decide", { verdictSha: OTHER }, 0, true],
    ["what was never decided is decided", { decision: null, decidedAt: null, evaluatedAt: null }, 0, true],
    ["something happened on GitHub that nobody told us", { updatedMark: at(-1) }, 0, true],
    ["a pass holds for half an hour", { decision: "pass" }, 30, false],
    ["and is decided again after it: permissions may be gone", { decision: "pass" }, 31, true],
    ["a review that came too fast may be old enough now", { reasons: ["too_fast"] }, 1, true],
    ["an error is looked at again with the next sweep", { decision: "error" }, 0, true],
    ["that was one for 4 minutes waits for 4", { decision: "error", evaluatedAt: at(4) }, 7, false],
    ["and then it is looked at", { decision: "error", evaluatedAt: at(4) }, 8, true],
    ["that was one for a week waits for ten", { decision: "error", evaluatedAt: at(10_000) }, 10_009, false],
    ["and no longer", { decision: "error", evaluatedAt: at(10_000) }, 10_010, true],
    ["whatever changes is seen at once", { decision: "error", evaluatedAt: at(4), updatedMark: at(-1) }, 5, true],
  ])("%s", (_, more, now, again) => {
    expect(drifted([live], [known(more)], at(now))).toEqual(again ? [NINE] : []);
  });

  it("what is open in the ledger and not on GitHub was closed meanwhile", () => {
    expect(drifted([], [known({})], at(0))).toEqual([NINE]);
  });

  it("a minute of an error costs ever fewer looks: twenty in three hours, and not ninety", () => {
    let looks = 0;
    let evaluatedAt = at(0);
    for (let minute = 2; minute <= 180; minute += 2)
      if (drifted([live], [known({ decision: "error", evaluatedAt })], at(minute)).length > 0) {
        looks += 1;
        evaluatedAt = at(minute);
      }
    expect(looks).toBe(20);
  });
});
