import { z } from "zod";
import { accountOrNone, branch, branchRef, pushedAt, repository, sha, shaOrNone } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const pushEvent = z.object({
  ref: branchRef,
  before: shaOrNone,
  after: shaOrNone,
  forced: z.boolean().catch(false),
  sender: accountOrNone,
  repository: repository.extend({ pushed_at: pushedAt }),
});

/**
 * Who moved which branch to what: the pusher of a head is a contributor (C05), and a production branch is watched. A push to a
 * base re-evaluates no pull request: the head and the approvals are what they were (D03).
 */
export const onPush = translation(pushEvent, (event, origin) => {
  if (event.ref === null) return IGNORED;
  const where = refTo(event.repository, origin);
  return meaning({
    evidence: [
      {
        kind: "pushed",
        repository: where,
        branch: event.ref,
        before: event.before,
        after: event.after,
        forced: event.forced,
        actor: event.sender,
        // Without GitHub's time, ours is later than the push: approvals from before it are refused, none is let in.
        at: event.repository.pushed_at ?? origin.receivedAt,
      },
    ],
    work: event.after === null ? [] : [{ kind: "watch_branch", repository: where, branch: event.ref }],
  });
});

const shortRef = z.union([branchRef.refine((ref) => ref !== null), branch]);
const groupEvent = z.object({
  action: z.string(),
  reason: z.string().nullish(),
  repository,
  merge_group: z.object({ head_sha: sha, head_ref: shortRef, base_ref: shortRef }),
});

export const onMergeGroup = translation(
  groupEvent,
  ({ action, reason, repository: where, merge_group: group }, origin) => {
    // Thrown away: its commit stays in the repository, and the success on it must not.
    const thrownAway = action === "destroyed" && reason !== "merged";
    if ((action !== "checks_requested" && !thrownAway) || group.head_ref === null || group.base_ref === null)
      return IGNORED;
    return meaning({
      work: [
        {
          kind: "evaluate_group",
          repository: refTo(where, origin),
          groupSha: group.head_sha,
          baseRef: group.base_ref,
          headRef: group.head_ref,
        },
      ],
    });
  },
);
