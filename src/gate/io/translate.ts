// GitHub's answer about a pull request, translated into facts. What is missing there is missing here.

import { appId as toAppId, complete, incomplete, instant, known, repoName, reviewId, unknown } from "#kernel";
import type { Instant, List } from "#kernel";
import type {
  Commit,
  Dismissal,
  Facts,
  FileText,
  ForeignCheck,
  HeadSighting,
  PolicyTexts,
  PullRequest,
  Review,
  ReviewRequest,
} from "../facts.ts";
import { CHECK_NAME } from "../protection.ts";
import { toAccount, toCommit } from "./accounts.ts";
import type { ContextAnswer, OrganisationAnswer, ReviewAnswer, TextAnswer, TimelineAnswer } from "./answers.ts";
import type { PullRead } from "./read-pull.ts";

/** Our own check run on the head, as it stands. */
export interface OwnCheck {
  readonly id: number;
  readonly conclusion: string;
}

export function toPullRequest({ repository, pull }: PullRead): PullRequest | null {
  const repo = repoName(repository.nameWithOwner);
  if (repo === null) return null;
  return {
    repo,
    number: pull.number,
    state: pull.state === "OPEN" ? "open" : "closed",
    merged: pull.merged,
    draft: pull.isDraft,
    autoMerge: pull.autoMergeRequest !== null && pull.autoMergeRequest !== undefined,
    author: toAccount(pull.author),
    headSha: pull.headRefOid,
    headRepositoryId: pull.headRepository?.databaseId ?? null,
    fork: pull.isCrossRepository,
    baseRef: pull.baseRefName,
    // Unknown: taken to be the base, which makes the base a production branch. That can only make the verdict stricter.
    defaultBranch: repository.defaultBranchRef?.name ?? pull.baseRefName,
  };
}

export function toCommits({ commits }: PullRead): List<Commit> {
  const items = commits.items.map(toCommit);
  const whole = items.filter((commit) => commit !== null);
  if (!commits.complete) return incomplete(commits.why, whole);
  return whole.length === items.length
    ? complete(whole)
    : incomplete("a commit has more authors than could be read", whole);
}

export function toReviews(list: List<ReviewAnswer>): List<Review> {
  const items = list.items.flatMap((answer): readonly Review[] => {
    const id = reviewId(Number(answer.fullDatabaseId));
    if (id === null) return [];
    const author = toAccount(answer.author);
    const edited =
      answer.lastEditedAt !== null && answer.lastEditedAt !== undefined && answer.editor?.login !== author?.login;
    return [
      {
        id,
        author,
        state: answer.state,
        commitSha: answer.commit?.oid ?? null,
        submittedAt:
          answer.submittedAt === null || answer.submittedAt === undefined ? null : instant(answer.submittedAt),
        editedBy: edited ? (answer.editor?.login ?? null) : null,
      },
    ];
  });
  if (!list.complete) return incomplete(list.why, items);
  return items.length === list.items.length ? complete(items) : incomplete("a review without an id", items);
}

export interface Timeline {
  readonly sightings: readonly HeadSighting[];
  readonly dismissals: List<Dismissal>;
  readonly requests: List<ReviewRequest>;
  readonly baseChanges: List<Instant>;
}

export function toTimeline(list: List<TimelineAnswer>): Timeline {
  const sightings: HeadSighting[] = [];
  const dismissals: Dismissal[] = [];
  const requests: ReviewRequest[] = [];
  const baseChanges: Instant[] = [];
  for (const item of list.items) {
    switch (item.__typename) {
      case "HeadRefForcePushedEvent":
        sightings.push({
          source: "force_push",
          at: item.createdAt,
          before: item.beforeCommit?.oid ?? null,
          after: item.afterCommit?.oid ?? null,
          actor: toAccount(item.actor),
        });
        break;
      case "BaseRefChangedEvent":
        baseChanges.push(item.createdAt);
        break;
      case "ReviewDismissedEvent": {
        const id =
          item.review === null || item.review === undefined ? null : reviewId(Number(item.review.fullDatabaseId));
        const was = (["APPROVED", "CHANGES_REQUESTED", "COMMENTED"] as const).find(
          (s) => s === item.previousReviewState,
        );
        if (id !== null)
          dismissals.push({ reviewId: id, actor: toAccount(item.actor), at: item.createdAt, was: was ?? null });
        break;
      }
      case "ReviewRequestedEvent":
        requests.push({ reviewer: item.requestedReviewer?.databaseId ?? null, at: item.createdAt });
        break;
    }
  }
  const all = <T>(items: readonly T[]): List<T> => (list.complete ? complete(items) : incomplete(list.why, items));
  return { sightings, dismissals: all(dismissals), requests: all(requests), baseChanges: all(baseChanges) };
}

export const organisationText = (answer: OrganisationAnswer): FileText => textOf(answer.defaultBranchRef?.target?.gate);

export function policyTexts({ repository, pull }: PullRead, organization: FileText): PolicyTexts {
  const base = pull.baseRef?.target;
  const gone = unknown("the base branch does not exist any more");
  const [owners] =
    base === null || base === undefined
      ? []
      : [base.ownersInGithub, base.ownersInRoot, base.ownersInDocs].filter(
          (text) => text !== null && text !== undefined,
        );
  return {
    organization,
    defaultBranch:
      repository.defaultBranchRef === null || repository.defaultBranchRef === undefined
        ? unknown("the default branch could not be read")
        : textOf(repository.defaultBranchRef.target?.gate),
    base: base === null || base === undefined ? gone : textOf(base.gate),
    codeowners: base === null || base === undefined ? gone : textOf(owners),
  };
}

/** A file that GitHub cut, or calls binary, was not read. */
function textOf(answer: TextAnswer): FileText {
  if (answer === null || answer === undefined) return known(null);
  const blob = answer.object;
  if (
    blob === null ||
    blob.text === null ||
    blob.text === undefined ||
    blob.isTruncated === true ||
    blob.isBinary === true
  )
    return unknown("it is too large, or no text");
  return known(blob.text);
}

export function foreignChecks(checks: List<ContextAnswer>, appId: Facts["appId"]): List<ForeignCheck> {
  const found = checks.items.flatMap((c): readonly ForeignCheck[] => {
    if (c.__typename === "StatusContext")
      return c.context === CHECK_NAME ? [{ kind: "status", appId: null, conclusion: c.state.toLowerCase() }] : [];
    const by = c.checkSuite?.app?.databaseId ?? null;
    return c.name === CHECK_NAME && by !== appId
      ? [
          {
            kind: "check_run",
            appId: by === null ? null : toAppId(by),
            conclusion: (c.conclusion ?? "pending").toLowerCase(),
          },
        ]
      : [];
  });
  return checks.complete ? complete(found) : incomplete(checks.why, found);
}

export function ownCheck(checks: readonly ContextAnswer[], appId: Facts["appId"]): OwnCheck | null {
  for (const c of checks) {
    if (
      c.__typename === "CheckRun" &&
      c.name === CHECK_NAME &&
      c.checkSuite?.app?.databaseId === appId &&
      c.databaseId !== null &&
      c.databaseId !== undefined
    )
      return { id: c.databaseId, conclusion: (c.conclusion ?? "").toLowerCase() };
  }
  return null;
}
