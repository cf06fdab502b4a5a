// Every code in plain words: what happened, what to do, and whose move it is. One table, used by the check run, the
// command line and docs/gate.md. Its order is the order of importance: a title speaks of the first that applies.

import type { Code, Note } from "./verdict.ts";

/** Who can move the pull request on. */
export type Mover = "author" | "reviewer" | "administrator" | "operator" | "nobody";

export interface Sentence {
  readonly move: Mover;
  readonly what: string;
  readonly todo: string;
}

export type ExplainedCode = Code | Note["code"];

export const SENTENCES = {
  // Could not be decided: nothing below is known for certain then.
  config_invalid: {
    move: "administrator",
    what: "The gate's configuration on the base branch, or the organisation's, has mistakes.",
    todo: "Correct the lines named below. Until then nothing merges.",
  },
  codeowners_invalid: {
    move: "administrator",
    what: "CODEOWNERS on the base branch is required and cannot be used as it is.",
    todo: "Correct the lines named below: GitHub skips such lines, and their paths would have no owner.",
  },
  incomplete_facts: {
    move: "operator",
    what: "Something the decision needs could not be read completely.",
    todo: "It is tried again by itself. If it stays, check GitHub's status and that the App may read what is named below.",
  },
  group_unmapped: {
    move: "operator",
    what: "The merge queue's group cannot be traced to its pull requests.",
    todo: "Remove the pull requests from the queue and add them again.",
  },
  undecidable: {
    move: "operator",
    what: "The facts contradict each other or are not usable.",
    todo: "Read the notes below. In doubt, push a new commit and ask for a new review.",
  },

  // The state of the pull request and of the branch it goes into.
  not_open: {
    move: "nobody",
    what: "The pull request is closed or already merged.",
    todo: "Nothing. Reopen it, or open a new one, if the change is still wanted.",
  },
  head_unavailable: {
    move: "author",
    what: "The repository this pull request comes from was deleted.",
    todo: "Open a new pull request from a branch that exists.",
  },
  unprotected: {
    move: "administrator",
    what: "The base branch is not protected as it must be, so this check could be walked around.",
    todo: "Add an active ruleset without bypass: require a pull request and the check countersign from this App, block force pushes and deletion. `countersign doctor` shows what is missing.",
  },
  check_spoofed: {
    move: "administrator",
    what: "Somebody else published a check or status with this check's name on this commit.",
    todo: "Find out who did; a workflow or token may be misused. Push a new commit afterwards.",
  },
  native_automerge: {
    move: "author",
    what: "GitHub's auto-merge is on: it would merge whatever is the head at that moment.",
    todo: "Disable auto-merge on the pull request.",
  },
  draft: { move: "author", what: "The pull request is a draft.", todo: "Mark it ready for review." },
  head_time_unknown: {
    move: "reviewer",
    what: "GitHub gave no evidence of when this commit became the head.",
    todo: "Push once more (an empty commit is enough) so that the time is recorded, then review.",
  },
  sibling_unapproved: {
    move: "reviewer",
    what: "Another open pull request has the same head commit and would not pass by itself. A check belongs to the commit, so it would turn green there too.",
    todo: "Close the other pull request, or get it approved as well.",
  },
  too_many_files: {
    move: "author",
    what: "The change touches so many files that GitHub does not list them all, and rules about paths cannot be checked.",
    todo: "Split the pull request.",
  },

  // Somebody said stop.
  held: {
    move: "reviewer",
    what: "Somebody with write access put this pull request on hold.",
    todo: "Settle it with them; they, or an admin, release it with `/countersign unhold`.",
  },
  changes_requested: {
    move: "author",
    what: "The reviewer asked for changes after approving, or instead.",
    todo: "Make the changes and ask the same reviewer again.",
  },
  veto_outstanding: {
    move: "author",
    what: "Somebody entitled asked for changes, and that request still stands, whatever has been pushed since.",
    todo: "Settle it with that reviewer, who can approve; or a person with write access who has no part in the change can dismiss it.",
  },

  // Demands of the policy beyond the count.
  missing_team: {
    move: "reviewer",
    what: "A rule about the changed paths asks for approval by a team, and not enough of its members approved.",
    todo: "Ask an active member of the team named below.",
  },
  missing_codeowner: {
    move: "reviewer",
    what: "A changed file has code owners, and none of them approved.",
    todo: "Ask an owner named below.",
  },
  missing_policy_owner: {
    move: "reviewer",
    what: "The change touches the gate's own configuration or CODEOWNERS.",
    todo: "Ask one of the policy owners (or, when none are set, an administrator of the repository) to approve.",
  },
  step_up_missing: {
    move: "reviewer",
    what: "A changed path is high-risk: an approval must be confirmed with the button on this check.",
    todo: "An approver presses Approve on this check run.",
  },
  step_up_invalid: {
    move: "reviewer",
    what: "The confirmation was given for another commit, or not by a human who approved.",
    todo: "An approver presses Approve on this check run again.",
  },

  // Why approvals do not count.
  review_rebound: {
    move: "reviewer",
    what: "The review was given on another commit, and now claims to be about this one.",
    todo: "Review the current commit again.",
  },
  base_changed: {
    move: "reviewer",
    what: "The pull request was pointed at another base branch after the review.",
    todo: "Review again for the new base branch.",
  },
  stale_sha: {
    move: "reviewer",
    what: "The review is for another commit. Every new commit ends earlier approvals, for good.",
    todo: "Review the current commit again.",
  },
  predates_head: {
    move: "reviewer",
    what: "The review is not later than the moment this commit became the head.",
    todo: "Review the current commit again.",
  },
  too_fast: {
    move: "reviewer",
    what: "The review came sooner after the push than the policy allows.",
    todo: "Look at the current commit and approve again.",
  },
  dismissed: { move: "reviewer", what: "The review was dismissed.", todo: "Review again." },
  withdrawn: { move: "reviewer", what: "The reviewer took the approval back.", todo: "Review again when ready." },
  review_rerequested: {
    move: "reviewer",
    what: "The reviewer was asked for a new review after this one.",
    todo: "The reviewer answers the new request.",
  },
  unbound_review: {
    move: "reviewer",
    what: "GitHub does not say which commit the review is for.",
    todo: "Review the current commit again.",
  },
  malformed_time: {
    move: "reviewer",
    what: "The review carries no usable time.",
    todo: "Review the current commit again.",
  },
  submitted_in_future: {
    move: "reviewer",
    what: "The review is dated later than now.",
    todo: "Check the clock, then review again.",
  },
  superseded: {
    move: "reviewer",
    what: "The same reviewer has a later review, and only the latest counts.",
    todo: "Nothing for this one; see the later review.",
  },
  not_decisive: { move: "reviewer", what: "A comment is neither yes nor no.", todo: "Approve, or ask for changes." },
  author: {
    move: "reviewer",
    what: "The reviewer opened this pull request.",
    todo: "Ask somebody who has no part in the change.",
  },
  contributor: {
    move: "reviewer",
    what: "The reviewer wrote or committed part of this change.",
    todo: "Ask somebody who has no part in the change.",
  },
  coauthor: {
    move: "reviewer",
    what: "The reviewer is named as co-author of a commit.",
    todo: "Ask somebody who has no part in the change.",
  },
  pusher: {
    move: "reviewer",
    what: "The reviewer pushed to this branch.",
    todo: "Ask somebody who has no part in the change.",
  },
  requester: {
    move: "reviewer",
    what: "The reviewer asked the agent for this change.",
    todo: "Ask somebody else: who asks for a change cannot be the one to approve it.",
  },
  requester_unknown: {
    move: "reviewer",
    what: "It is not known who asked for this change, or who wrote a commit; so one more human must approve.",
    todo: "Get one more approval, or link the commits to accounts and push again.",
  },
  not_human: { move: "reviewer", what: "The reviewer is not a human account.", todo: "Ask a human." },
  service_account: { move: "reviewer", what: "The reviewer is listed as a service account.", todo: "Ask a human." },
  unknown_reviewer: { move: "reviewer", what: "The reviewer's account no longer exists.", todo: "Ask somebody else." },
  insufficient_permission: {
    move: "reviewer",
    what: "The reviewer may not write to this repository.",
    todo: "Ask somebody with write access.",
  },
  outside_collaborator: {
    move: "reviewer",
    what: "The reviewer is an outside collaborator, not a member of the organisation.",
    todo: "Ask a member of the organisation.",
  },
  insufficient_approvals: {
    move: "reviewer",
    what: "There are approvals, but fewer than are needed.",
    todo: "Ask another person for a review of the current commit.",
  },
  no_approval: {
    move: "reviewer",
    what: "No human has approved this exact commit.",
    todo: "Ask somebody who has write access and no part in the change to approve it.",
  },

  // Passing.
  approved: { move: "nobody", what: "Verified humans approved this exact commit.", todo: "Nothing. It may be merged." },
  not_production: {
    move: "nobody",
    what: "The base is not a production branch, so the gate asks for nothing.",
    todo: "Nothing.",
  },

  // Remarks that decide nothing.
  migration: {
    move: "reviewer",
    what: "A migration file changes the schema in a way that a person should look at.",
    todo: "Look at it; the finding itself decides nothing.",
  },
  floor_clamped: {
    move: "administrator",
    what: "The configuration asks for less than the floor.",
    todo: "Remove the value: the floor is used.",
  },
  review_edited: {
    move: "nobody",
    what: "Somebody other than the reviewer edited the text of a review.",
    todo: "Nothing; it is on record.",
  },
  unmapped_coauthor: {
    move: "nobody",
    what: "A commit names a co-author who has no account.",
    todo: "Nothing; nobody is excluded by it.",
  },
  veto_ignored: {
    move: "nobody",
    what: "Somebody without write access asked for changes.",
    todo: "Nothing; it is shown, and does not bind.",
  },
  bypass_recommended: {
    move: "administrator",
    what: "No ruleset restricts updates of the base branch to this App.",
    todo: "Consider one: it closes the way around for administrators too.",
  },
} as const satisfies Readonly<Record<ExplainedCode, Sentence>>;

const ORDER: ReadonlyMap<string, number> = new Map(Object.keys(SENTENCES).map((code, i) => [code, i]));

export function sentenceOf(code: ExplainedCode): Sentence {
  return SENTENCES[code];
}

export function isExplained(code: string): code is ExplainedCode {
  return Object.hasOwn(SENTENCES, code);
}

/** The most important first. */
export function byImportance<T extends ExplainedCode>(codes: readonly T[]): readonly T[] {
  return codes.toSorted((a, b) => (ORDER.get(a) ?? 0) - (ORDER.get(b) ?? 0));
}
