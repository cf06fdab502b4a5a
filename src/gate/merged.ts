// What to think of a commit that has landed on a production branch (gate.md 6, reconciler d; E11, E12, E13).

import type { BranchName, CommitSha, Instant, PrNumber } from "#kernel";
import { asOf } from "./as-of.ts";
import { decide } from "./decide.ts";
import type { Facts } from "./facts.ts";
import type { Verdict } from "./verdict.ts";

export interface OwnMerge {
  /** The head that our verdict passed, from the intent. */
  readonly approvedHead: CommitSha;
  /** queue: GitHub's merge queue made the commit. */
  readonly method: "merge" | "squash" | "rebase" | "queue";
}

export interface MergedPullRequest {
  readonly number: PrNumber;
  readonly headAtMerge: CommitSha;
  readonly mergedAt: Instant;
  /** null: our executor did not merge it. */
  readonly ours: OwnMerge | null;
  /** As read now; judged as of `mergedAt`. null: they could not be loaded. */
  readonly facts: Facts | null;
}

export interface Landing {
  readonly commit: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly branch: BranchName;
  /** The merged pull request GitHub names for this commit; null: there is none (a direct push). */
  readonly pullRequest: MergedPullRequest | null;
}

export type AlarmCause =
  /** A direct push (E12). */
  | "no_pull_request"
  /** Merged around us, and the facts of that moment do not pass (E11). */
  | "no_pass_verdict"
  /** The head that went in is not the head that was approved. */
  | "head_differs"
  /** The merge commit brings in another commit than the head (E13). */
  | "foreign_parent"
  /** What was merged cannot be judged: taken for the worst. */
  | "undecidable";

export type LandingJudgement =
  | { readonly kind: "ours" }
  | { readonly kind: "merged_outside_executor"; readonly verdict: Verdict }
  | { readonly kind: "alarm"; readonly cause: AlarmCause; readonly verdict: Verdict | null };

export function judgeLanding({ parents, branch, pullRequest }: Landing): LandingJudgement {
  const alarm = (cause: AlarmCause, verdict: Verdict | null = null): LandingJudgement => ({
    kind: "alarm",
    cause,
    verdict,
  });
  if (pullRequest === null) return alarm("no_pull_request");
  const { ours, headAtMerge, facts, mergedAt, number } = pullRequest;
  // Being queued is not being merged: between the two the approval may go, and somebody merge it by another way.
  if (ours !== null && ours.method !== "queue") {
    if (ours.approvedHead !== headAtMerge) return alarm("head_differs");
    return bringsIn(parents, ours.approvedHead, ours.method) ? { kind: "ours" } : alarm("foreign_parent");
  }
  if (facts === null) return alarm("undecidable");
  if (facts.pullRequest.number !== number || facts.pullRequest.headSha !== headAtMerge) return alarm("head_differs");
  const verdict = decide(asOf(facts, mergedAt));
  // `not_production` is no approval: this branch is being watched because it is one.
  if (facts.pullRequest.baseRef !== branch || !verdict.reasons.includes("approved"))
    return alarm("no_pass_verdict", verdict);
  if (ours !== null)
    return bringsIn(parents, headAtMerge, ours.method) ? { kind: "ours" } : alarm("foreign_parent", verdict);
  return bringsIn(parents, headAtMerge, parents.length === 2 ? "merge" : "squash")
    ? { kind: "merged_outside_executor", verdict }
    : alarm("foreign_parent", verdict);
}

/** Only a merge commit names the head among its parents; for squash and rebase the pull request's head was compared. */
function bringsIn(parents: readonly CommitSha[], head: CommitSha, method: OwnMerge["method"]): boolean {
  switch (method) {
    case "merge":
      return parents.length === 2 && parents[1] === head;
    case "squash":
    case "rebase":
      return parents.length === 1;
    // The queue's base may have been made of other members; its own judgement is the group's.
    case "queue":
      return parents.length >= 1;
  }
}
