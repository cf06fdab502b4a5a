import { onMergeGroup, onPush } from "./branches.ts";
import { onCheckRun, onCheckSuite, onStatus } from "./checks.ts";
import { onComment, onDiffComment } from "./comments.ts";
import { onIssue } from "./issues.ts";
import { onPullRequest, onReview } from "./pull-request.ts";
import { onInstallation, onPeople, onProtection, onRepository } from "./surroundings.ts";
import type { Translate } from "./translate.ts";

/** Every event we act on; the rest is stored, acknowledged and ignored. The App subscribes to these (a test compares). */
export const EVENTS = {
  pull_request: onPullRequest,
  pull_request_review: onReview,
  issues: onIssue,
  issue_comment: onComment,
  pull_request_review_comment: onDiffComment,
  push: onPush,
  merge_group: onMergeGroup,
  check_run: onCheckRun,
  check_suite: onCheckSuite,
  status: onStatus,
  repository_ruleset: onProtection,
  branch_protection_rule: onProtection,
  member: onPeople,
  membership: onPeople,
  team: onPeople,
  organization: onPeople,
  repository: onRepository,
  installation: onInstallation,
  installation_repositories: onInstallation,
} as const satisfies Record<string, Translate>;

export type EventName = keyof typeof EVENTS;
