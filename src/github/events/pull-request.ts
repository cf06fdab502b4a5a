import { z } from "zod";
import { namesAny, type PullNews } from "#tickets";
import type { Evidence, PullRequestRef, Work } from "#gate/io";
import { accountOrNone, branch, number, repository, review, sha, time } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const pullRequest = z.object({
  number,
  head: z.object({ sha }),
  base: z.object({ ref: branch }),
  created_at: time,
  updated_at: time,
});

const pullRequestEvent = z.object({
  action: z.string(),
  repository,
  sender: accountOrNone,
  before: sha.nullish(),
  changes: z.object({ base: z.object({ ref: z.object({ from: branch }) }).optional() }).nullish(),
  pull_request: pullRequest.extend({
    merged: z.boolean().nullish(),
    title: z.string().catch(""),
    body: z
      .string()
      .nullish()
      .catch(null)
      .transform((text) => text ?? ""),
    author_association: z.string().catch("NONE"),
    head: z.object({
      sha,
      ref: z.string().catch(""),
      repo: z.object({ id: z.int() }).nullish().catch(null),
    }),
  }),
});
type PullRequestEvent = z.infer<typeof pullRequestEvent>;

/** Actions after which the answer can be another one. Labels, assignees and milestones change nothing. */
const RELEVANT = new Set([
  "opened",
  "reopened",
  "synchronize",
  "edited",
  "closed",
  "ready_for_review",
  "converted_to_draft",
  "auto_merge_enabled",
  "auto_merge_disabled",
  "review_requested",
  "review_request_removed",
  "enqueued",
  "dequeued",
]);

export const onPullRequest = translation(pullRequestEvent, (event, origin) => {
  if (!RELEVANT.has(event.action)) return IGNORED;
  const pr: PullRequestRef = { repository: refTo(event.repository, origin), number: event.pull_request.number };
  const news = newsOf(event);
  const said = { evidence: pullRequestEvidence(event, pr), work: [workAfter(event, pr)] };
  return meaning(news === null ? said : { ...said, news });
});

/** Texts that somebody else chose: looked through for names of tickets, and kept nowhere. null: there is none. */
function newsOf({ repository: { id }, pull_request: pull }: PullRequestEvent): PullNews | null {
  const { number: of, title, body, head, author_association: association } = pull;
  const texts = [title, body, head.ref];
  return namesAny(texts)
    ? { kind: "pull", repository: id, number: of, texts, inside: head.repo?.id === id, association }
    : null;
}

function workAfter(event: PullRequestEvent, pr: PullRequestRef): Work {
  return event.action === "closed"
    ? { kind: "closed", pr, merged: event.pull_request.merged === true }
    : { kind: "evaluate", pr };
}

function pullRequestEvidence(event: PullRequestEvent, pr: PullRequestRef): Evidence[] {
  const { head, base, created_at, updated_at } = event.pull_request;
  // Only these two say who made it the head; others merely mention it.
  const moved = event.action === "synchronize" || event.action === "opened";
  const seen: Evidence = {
    kind: "head_seen",
    pr,
    sha: head.sha,
    baseRef: base.ref,
    at: event.action === "opened" ? created_at : updated_at,
    before: event.action === "synchronize" ? (event.before ?? null) : null,
    actor: moved ? event.sender : null,
  };
  const from = event.action === "edited" ? event.changes?.base?.ref.from : undefined;
  return from === undefined ? [seen] : [seen, { kind: "base_changed", pr, from, to: base.ref, at: updated_at }];
}

const reviewEvent = z.object({
  action: z.string(),
  repository,
  pull_request: pullRequest,
  review: z.object({ id: review, user: accountOrNone, commit_id: sha.nullish(), submitted_at: time.nullish() }),
});

/**
 * INVARIANT: only `submitted` tells what a review was bound to. By the time of an edit or a dismissal GitHub may have
 * re-pointed it (gate.md, finding 1); those only cause another look.
 */
export const onReview = translation(
  reviewEvent,
  ({ action, repository: where, pull_request: pull, review: given }, origin) => {
    const pr: PullRequestRef = { repository: refTo(where, origin), number: pull.number };
    const work: Work[] = [{ kind: "evaluate", pr }];
    if (action !== "submitted" || given.submitted_at === null || given.submitted_at === undefined)
      return meaning({ work });
    // The later of both: the payload was made after the review, and what it calls the head was the head at the latest then.
    const at = pull.updated_at > given.submitted_at ? pull.updated_at : given.submitted_at;
    const evidence: Evidence[] = [
      { kind: "head_seen", pr, sha: pull.head.sha, baseRef: pull.base.ref, at, before: null, actor: null },
    ];
    if (given.commit_id !== null && given.commit_id !== undefined) {
      evidence.push({
        kind: "review_seen",
        pr,
        reviewId: given.id,
        sha: given.commit_id,
        baseRef: pull.base.ref,
        at: given.submitted_at,
        author: given.user,
      });
    }
    return meaning({ evidence, work });
  },
);
