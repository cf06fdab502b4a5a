// A merge queue's group: one commit that carries several pull requests. It passes only if each of them passes now (E08, E09).

import type { BranchName, CommitSha, Known, PrNumber } from "#kernel";
import { decide } from "./decide.ts";
import type { Facts } from "./facts.ts";
import type { Code, Decision, Note, Verdict } from "./verdict.ts";

export interface GroupMember {
  readonly number: PrNumber;
  /** The head that went into the group. */
  readonly queuedHead: CommitSha;
  /** Fresh facts; null: they could not be loaded. */
  readonly facts: Facts | null;
}

export interface MergeGroup {
  /** The group's own commit: the one that gets the check. */
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  /** Not known, or empty: the group cannot be mapped to pull requests (E10). */
  readonly members: Known<readonly GroupMember[]>;
}

export interface GroupVerdict {
  readonly decision: Decision;
  readonly headSha: CommitSha;
  readonly baseRef: BranchName;
  readonly reasons: readonly Code[];
  readonly members: readonly Verdict[];
  readonly notes: readonly Note[];
}

interface Answer {
  readonly decision: Decision;
  readonly reasons: readonly Code[];
  readonly verdict: Verdict | null;
  readonly notes: readonly Note[];
}

export function decideGroup(group: MergeGroup): GroupVerdict {
  const { headSha, baseRef, members } = group;
  if (!members.known || members.value.length === 0) {
    const why = members.known ? "it names no pull request" : members.why;
    const note: Note = {
      code: "group_unmapped",
      text: `This merge group cannot be mapped to its pull requests: ${why}.`,
    };
    return { decision: "error", headSha, baseRef, reasons: ["group_unmapped"], members: [], notes: [note] };
  }
  const answers = members.value
    .map((m) => answer(m, group))
    .sort((a, b) => (a.verdict?.number ?? 0) - (b.verdict?.number ?? 0));
  const decision = worst(answers.map((a) => a.decision));
  return {
    decision,
    headSha,
    baseRef,
    reasons: [...new Set(answers.flatMap((a) => (a.decision === decision ? a.reasons : [])))].sort(),
    members: answers.flatMap((a) => (a.verdict === null ? [] : [a.verdict])),
    notes: answers.flatMap((a) => a.notes),
  };
}

function answer({ number, queuedHead, facts }: GroupMember, group: MergeGroup): Answer {
  if (facts === null || facts.pullRequest.number !== number) {
    return {
      decision: "error",
      reasons: ["incomplete_facts"],
      verdict: null,
      notes: [{ code: "incomplete_facts", text: `Pull request #${number} of this group could not be read.` }],
    };
  }
  const verdict = decide(facts);
  if (verdict.decision !== "pass") {
    const code = verdict.reasons[0] ?? "undecidable";
    return {
      decision: verdict.decision,
      reasons: verdict.reasons,
      verdict,
      notes: [{ code, text: `Pull request #${number} of this group: ${verdict.reasons.join(", ")}.` }],
    };
  }
  if (facts.pullRequest.headSha !== queuedHead) {
    return {
      decision: "fail",
      reasons: ["stale_sha"],
      verdict,
      notes: [{ code: "stale_sha", text: `Pull request #${number} has moved since it was queued. Queue it again.` }],
    };
  }
  if (facts.pullRequest.baseRef !== group.baseRef) {
    return {
      decision: "fail",
      reasons: ["base_changed"],
      verdict,
      notes: [
        {
          code: "base_changed",
          text: `Pull request #${number} is about ${facts.pullRequest.baseRef} now, not ${group.baseRef}. Queue it again.`,
        },
      ],
    };
  }
  return { decision: "pass", reasons: verdict.reasons, verdict, notes: [] };
}

function worst(decisions: readonly Decision[]): Decision {
  return decisions.includes("error") ? "error" : decisions.includes("fail") ? "fail" : "pass";
}
