// The decision: total, no I/O, no clock, never throws. The policy and `now` are facts like the others.
//
// INVARIANT (G1): a pass on a production branch names human approvals that were given on this head, against this base,
// after it became the head. Error wins over fail, fail over pass.

import type { Facts, Sibling } from "./facts.ts";
import { isProduction, judge } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import type { EffectivePolicy, PolicyResult } from "./policy-types.ts";
import { effectivePolicy } from "./policy.ts";
import type { Code, Decision, ErrorCode, FailCode, Note, Verdict } from "./verdict.ts";

/** `read`: what the facts' own policy texts say, where the loader has read them already. */
export function decide(facts: Facts, read?: PolicyResult): Verdict {
  try {
    const policy = read ?? policyOf(facts);
    return verdict(facts, withSiblings(facts, policy, judge(facts, policy)));
  } catch (cause) {
    // A rule that fails denies: a bug here must never let anything through.
    const text = `The decision itself failed (${cause instanceof Error ? cause.message : "unknown cause"}). This is a fault of Countersign; please report it.`;
    return verdict(facts, {
      errors: ["undecidable"],
      fails: [],
      pass: "approved",
      counted: [],
      rejected: [],
      approvals: { needed: 0, had: 0 },
      notes: [{ code: "undecidable", text }],
    });
  }
}

function policyOf({ policy, pullRequest }: Facts): PolicyResult {
  return effectivePolicy(policy, { baseRef: pullRequest.baseRef, defaultBranch: pullRequest.defaultBranch });
}

/**
 * INVARIANT: a check belongs to a commit, not to a pull request. Another open pull request with the same head and a
 * production base would be let through by the same green check, so it must pass by itself.
 */
function withSiblings(facts: Facts, policy: PolicyResult, own: Judgement): Judgement {
  if (policy.kind !== "policy") return own;
  const errors = new Set<ErrorCode>(own.errors);
  const fails = new Set<FailCode>(own.fails);
  const notes: Note[] = [...own.notes];
  for (const sibling of facts.siblings.items) {
    if (sibling.number === facts.pullRequest.number || !sibling.open || sibling.headSha !== facts.pullRequest.headSha)
      continue;
    const answer = bySelf(sibling, facts, policy.policy);
    if (answer === "pass") continue;
    if (answer === "error") errors.add("incomplete_facts");
    else fails.add("sibling_unapproved");
    notes.push({
      code: answer === "error" ? "incomplete_facts" : "sibling_unapproved",
      text: `Pull request #${sibling.number} into ${sibling.baseRef} has the same head commit, and ${answer === "error" ? "could not be decided" : "is not approved by itself"}. A check holds for the commit, so both must pass.`,
    });
  }
  return { ...own, errors: [...errors], fails: [...fails], notes };
}

function bySelf({ number, headSha, baseRef, facts }: Sibling, ours: Facts, policy: EffectivePolicy): Decision {
  const production = isProduction(ours, policy, baseRef);
  if (facts === null) return production ? "fail" : "pass";
  const theirs = facts.pullRequest;
  if (theirs.number !== number || theirs.headSha !== headSha || theirs.baseRef !== baseRef) return "fail";
  const judgement = judge(facts, policyOf(facts));
  const decision = decisionOf(judgement);
  // A branch that our own lists guard cannot be declared free by what was given about the other pull request.
  return decision === "pass" && production && judgement.pass === "not_production" ? "fail" : decision;
}

function decisionOf({ errors, fails }: Pick<Judgement, "errors" | "fails">): Decision {
  return errors.length > 0 ? "error" : fails.length > 0 ? "fail" : "pass";
}

function verdict(facts: Facts, judgement: Judgement): Verdict {
  const { number, headSha, baseRef } = facts.pullRequest;
  const decision = decisionOf(judgement);
  const reasons: Readonly<Record<Decision, readonly Code[]>> = {
    error: judgement.errors,
    fail: judgement.fails,
    pass: [judgement.pass],
  };
  return {
    decision,
    number,
    headSha,
    baseRef,
    reasons: [...new Set(reasons[decision])].sort(),
    counted: judgement.counted,
    rejected: judgement.rejected,
    approvals: judgement.approvals,
    awaitsHuman: decision === "fail" && judgement.fails.every((code) => !NOT_A_REVIEW.has(code)),
    notes: inOrder(judgement.notes),
  };
}

/** What no review and no button of ours can cure: the author, an administrator or a machine must act first. */
const NOT_A_REVIEW: ReadonlySet<FailCode> = new Set<FailCode>([
  "changes_requested",
  "draft",
  "not_open",
  "native_automerge",
  "head_unavailable",
  "head_time_unknown",
  "too_many_files",
  "unprotected",
  "check_spoofed",
  "sibling_unapproved",
]);

function inOrder(notes: readonly Note[]): readonly Note[] {
  const keyed = new Map(
    notes.map((n) => [[n.code, n.path ?? "", String(n.line ?? 0).padStart(9, "0"), n.text].join("\u0000"), n]),
  );
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, note]) => note);
}
