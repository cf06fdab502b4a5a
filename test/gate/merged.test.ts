import { describe, expect, test } from "vitest";
import { judgeLanding } from "#gate";
import type { Landing, MergedPullRequest } from "#gate";
import { adm, ann, at, b0, bob, branch, dismissed, H1, H2, H3, MAIN, number, says, sha } from "./baseline.ts";
import type { Change } from "./baseline.ts";

const BASE = sha("a");
const MERGED = at("11:00");
const closed = (change: Change) =>
  b0({ ...change, now: at("13:00"), pullRequest: { state: "closed", merged: true, ...change.pullRequest } });
const landing = (pull: Partial<MergedPullRequest> | null, more: Partial<Landing> = {}): Landing => ({
  commit: H3,
  parents: [BASE, H2],
  branch: MAIN,
  pullRequest:
    pull === null
      ? null
      : {
          number: number(1),
          headAtMerge: H2,
          mergedAt: MERGED,
          ours: null,
          facts: closed({ reviews: [says(ann)] }),
          ...pull,
        },
  ...more,
});
const ours = (method: "merge" | "squash" | "rebase" | "queue") => ({ ours: { approvedHead: H2, method }, facts: null });
const lateDismissal = says(ann, { state: "DISMISSED" });

describe("what has landed on a production branch is ours, approved by its own facts, or an alarm (G4)", () => {
  test.each<readonly [string, Landing, string, string | null]>([
    ["our merge commit of the approved head", landing(ours("merge")), "ours", null],
    ["our squash of it", landing(ours("squash"), { parents: [BASE] }), "ours", null],
    ["our rebase of it", landing(ours("rebase"), { parents: [BASE] }), "ours", null],
    [
      "the queue's merge of it",
      landing({ ...ours("queue"), facts: closed({ reviews: [says(ann)] }) }, { parents: [BASE] }),
      "ours",
      null,
    ],
    [
      "E11 queued by us, but no longer approved when it was merged",
      landing({ ...ours("queue"), facts: closed({}) }),
      "alarm",
      "no_pass_verdict",
    ],
    ["E11 queued by us, and its facts could not be loaded", landing(ours("queue")), "alarm", "undecidable"],
    [
      "E13 our merge, but the merge commit brings in another commit",
      landing(ours("merge"), { parents: [BASE, H1] }),
      "alarm",
      "foreign_parent",
    ],
    [
      "E13 our merge, but the parents are the other way round",
      landing(ours("merge"), { parents: [H2, BASE] }),
      "alarm",
      "foreign_parent",
    ],
    [
      "E13 our squash, but another head went in",
      landing({ ...ours("squash"), headAtMerge: H1 }, { parents: [BASE] }),
      "alarm",
      "head_differs",
    ],
    ["E13 our squash, but it is a merge commit", landing(ours("squash")), "alarm", "foreign_parent"],
    ["E12 a direct push", landing(null), "alarm", "no_pull_request"],
    ["E11 merged by an administrator without any approval", landing({ facts: closed({}) }), "alarm", "no_pass_verdict"],
    [
      "E11 approved only after the merge",
      landing({ facts: closed({ reviews: [says(ann, { at: at("11:01") })] }) }),
      "alarm",
      "no_pass_verdict",
    ],
    ["E11 the merged head is not the one the facts are about", landing({ headAtMerge: H1 }), "alarm", "head_differs"],
    [
      "E11 merged into another branch than the facts say",
      landing({}, { branch: branch("release/1") }),
      "alarm",
      "no_pass_verdict",
    ],
    [
      "E11 a branch that the facts do not call production is no excuse",
      landing({ facts: closed({ pullRequest: { baseRef: branch("develop") } }) }, { branch: branch("develop") }),
      "alarm",
      "no_pass_verdict",
    ],
    [
      "E11 the merge commit brings in another commit than the approved head",
      landing({}, { parents: [BASE, H1] }),
      "alarm",
      "foreign_parent",
    ],
    ["E11 facts that could not be loaded: taken for the worst", landing({ facts: null }), "alarm", "undecidable"],
    ["merged by somebody else, and the facts of the moment pass", landing({}), "merged_outside_executor", null],
    [
      "squashed by somebody else, and the facts of the moment pass",
      landing({}, { parents: [BASE] }),
      "merged_outside_executor",
      null,
    ],
    [
      "a veto after the merge condemns nothing",
      landing({ facts: closed({ reviews: [says(ann), says(bob, { state: "CHANGES_REQUESTED", at: at("11:30") })] }) }),
      "merged_outside_executor",
      null,
    ],
    [
      "a veto before the merge does",
      landing({ facts: closed({ reviews: [says(ann), says(bob, { state: "CHANGES_REQUESTED", at: at("10:30") })] }) }),
      "alarm",
      "no_pass_verdict",
    ],
    [
      "an approval dismissed after the merge was one then",
      landing({
        facts: closed({
          reviews: [lateDismissal],
          dismissals: [{ ...dismissed(lateDismissal, adm, "APPROVED"), at: at("11:30") }],
        }),
      }),
      "merged_outside_executor",
      null,
    ],
    [
      "an approval dismissed before the merge was none",
      landing({
        facts: closed({
          reviews: [lateDismissal],
          dismissals: [{ ...dismissed(lateDismissal, adm, "APPROVED"), at: at("10:30") }],
        }),
      }),
      "alarm",
      "no_pass_verdict",
    ],
    [
      "a dismissal that does not say of what: taken for the worst",
      landing({
        facts: closed({
          reviews: [lateDismissal],
          dismissals: [{ ...dismissed(lateDismissal, adm), at: at("11:30") }],
        }),
      }),
      "alarm",
      "no_pass_verdict",
    ],
  ])("%s", (_, given, kind, cause) => {
    const judgement = judgeLanding(given);
    expect({ kind: judgement.kind, cause: judgement.kind === "alarm" ? judgement.cause : null }).toEqual({
      kind,
      cause,
    });
  });
});
