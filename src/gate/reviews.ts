// Each review judged once: it counts, or it is rejected for named reasons.

import type { UserId } from "#kernel";
import { missing } from "./completeness.ts";
import { exclusions, standing } from "./eligibility.ts";
import type { Approver, Standing } from "./eligibility.ts";
import type { Account, Facts, Review } from "./facts.ts";
import type { Involvement } from "./involvement.ts";
import type { Decisive, Opinion, Opinions } from "./opinions.ts";
import type { CountedReview, Note, RejectedReview, ReviewCode } from "./verdict.ts";

export interface Judged {
  readonly approvers: readonly Approver[];
  readonly counted: readonly CountedReview[];
  readonly rejected: readonly RejectedReview[];
  /** Why approvals (and only approvals) do not count: what a human reads when approvals are what is missing. */
  readonly rejectedApprovals: ReadonlySet<ReviewCode>;
  /** There was an approval, counted or not. */
  readonly anyApproval: boolean;
  readonly unknowns: readonly Note[];
  readonly notes: readonly Note[];
}

export interface Bench {
  readonly facts: Facts;
  readonly involved: Involvement;
  readonly binding: (review: Decisive) => ReviewCode | null;
}

/** Dismissed reviews that are known to have been no approval: a lifted veto is not a missing yes. */
export function dismissedOtherThanApproval(facts: Facts): ReadonlySet<number> {
  return new Set(
    facts.dismissals.items.flatMap((d) => (d.was === "CHANGES_REQUESTED" || d.was === "COMMENTED" ? [d.reviewId] : [])),
  );
}

export function judgeReviews({ byUser, apart, conflicting }: Opinions, bench: Bench): Judged {
  const approvers: Approver[] = [];
  const counted: CountedReview[] = [];
  const rejected: RejectedReview[] = [];
  const rejectedApprovals = new Set<ReviewCode>();
  const unknowns: Note[] = conflicting.map((id) =>
    missing(`Review ${id} is listed twice with different contents: the reviews changed while they were read.`),
  );
  const notes: Note[] = [];
  const noApproval = dismissedOtherThanApproval(bench.facts);
  let anyApproval = false;

  const reject = (review: Review, codes: readonly ReviewCode[], asApproval: boolean): void => {
    rejected.push({
      reviewId: review.id,
      userId: review.author?.id ?? null,
      login: review.author?.login ?? null,
      codes,
    });
    if (!asApproval) return;
    anyApproval = true;
    for (const code of codes) rejectedApprovals.add(code);
  };

  for (const { review, code } of apart) reject(review, [code], review.state === "APPROVED");
  for (const [userId, opinion] of byUser) {
    const { latest } = opinion;
    const who = standing(latest.author, bench.facts.people);
    if (who.kind === "unknown") unknowns.push(missing(who.why));
    const codes = latestCodes(latest, who, bench);
    if (codes.length === 0 && who.kind === "human") {
      anyApproval = true;
      approvers.push({ id: userId, login: latest.author.login, person: who.person });
      counted.push({ reviewId: latest.id, userId, login: latest.author.login });
      if (latest.editedBy !== null) notes.push(edited(latest.id, latest.author, latest.editedBy));
    } else
      reject(
        latest,
        codes,
        latest.state === "APPROVED" || (latest.state === "DISMISSED" && !noApproval.has(latest.id)),
      );
    rejectEarlier(opinion, reject);
  }
  counted.sort((a, b) => a.reviewId - b.reviewId);
  rejected.sort((a, b) => a.reviewId - b.reviewId);
  approvers.sort((a, b) => a.id - b.id);
  return { approvers, counted, rejected, rejectedApprovals, anyApproval, unknowns, notes };
}

function latestCodes(latest: Decisive, who: Standing, { involved, binding }: Bench): readonly ReviewCode[] {
  if (latest.state === "CHANGES_REQUESTED") return ["changes_requested"];
  // INVARIANT: a dismissal clears for good; an earlier approval of the same person does not revive.
  if (latest.state === "DISMISSED") return ["dismissed"];
  const bound = binding(latest);
  return [...exclusions(latest.author, who, involved), ...(bound === null ? [] : [bound])];
}

/** An approval that its author's own later word took back is a missing yes; one that a later approval replaced is not. */
function rejectEarlier(
  { latest, earlier }: Opinion,
  reject: (review: Review, codes: readonly ReviewCode[], asApproval: boolean) => void,
): void {
  for (const review of earlier) {
    const takenBack = review.state === "APPROVED" && latest.state !== "APPROVED";
    if (takenBack) reject(review, [latest.state === "DISMISSED" ? "dismissed" : "changes_requested"], true);
    else reject(review, [review.state === "DISMISSED" ? "dismissed" : "superseded"], false);
  }
}

function edited(id: number, author: Account, by: string): Note {
  return {
    code: "review_edited",
    text: `The text of ${author.login}'s review ${id} was edited by ${by} after it was submitted. The approval itself is unchanged.`,
  };
}

/** People whose own approval was taken back by their own veto: it needs no second name in the reasons (B01). */
export function tookBack(byUser: Opinions["byUser"], user: UserId): boolean {
  const opinion = byUser.get(user);
  return opinion?.latest.state === "CHANGES_REQUESTED" && opinion.earlier.some((r) => r.state === "APPROVED");
}
