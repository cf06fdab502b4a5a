// What GitHub's GraphQL answers look like, as far as they are read. A value that does not fit makes the answer unreadable,
// never smaller.

import { z } from "zod";
import { branchName, commitSha, instant, prNumber, repositoryId, userId } from "#kernel";
import { branded } from "#platform/postgres";

export const sha = branded(z.string(), commitSha);
export const branch = branded(z.string(), branchName);
export const time = branded(z.string(), instant);
export const number = branded(z.number(), prNumber);
const user = branded(z.number(), userId);
const oid = z.object({ oid: sha });

/** Actors without an id are no accounts (an enterprise, say); a ghost is null. */
export const who = z.object({ __typename: z.string(), login: z.string(), databaseId: user.nullish() });
export type Who = z.infer<typeof who>;

const text = z
  .object({
    object: z
      .object({
        byteSize: z.int().optional(),
        isBinary: z.boolean().nullish(),
        isTruncated: z.boolean().optional(),
        text: z.string().nullish(),
      })
      .nullable(),
  })
  .nullish();
export type TextAnswer = z.infer<typeof text>;

const page = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });
const connection = <T>(node: z.ZodType<T>) => z.object({ totalCount: z.int(), pageInfo: page, nodes: z.array(node) });

const gitActor = z
  .object({ email: z.string().nullish(), user: z.object({ databaseId: user, login: z.string() }).nullish() })
  .nullish();
export type GitActor = z.infer<typeof gitActor>;
export const commit = z.object({
  commit: z.object({
    oid: sha,
    author: gitActor,
    committer: gitActor,
    authors: z.object({ totalCount: z.int(), nodes: z.array(gitActor) }),
  }),
});
export type CommitAnswer = z.infer<typeof commit>;

export const file = z.object({ path: z.string().min(1), changeType: z.string() });
export type FileAnswer = z.infer<typeof file>;

export const review = z.object({
  fullDatabaseId: z.union([z.string(), z.number()]),
  author: who.nullish(),
  state: z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]),
  submittedAt: z.string().nullish(),
  lastEditedAt: z.string().nullish(),
  editor: z.object({ login: z.string() }).nullish(),
  commit: oid.nullish(),
});
export type ReviewAnswer = z.infer<typeof review>;

const forcePushed = z.object({
  __typename: z.literal("HeadRefForcePushedEvent"),
  createdAt: time,
  actor: who.nullish(),
  beforeCommit: oid.nullish(),
  afterCommit: oid.nullish(),
});
const baseChanged = z.object({ __typename: z.literal("BaseRefChangedEvent"), createdAt: time });
const dismissed = z.object({
  __typename: z.literal("ReviewDismissedEvent"),
  createdAt: time,
  actor: who.nullish(),
  previousReviewState: z.string().nullish(),
  review: z.object({ fullDatabaseId: z.union([z.string(), z.number()]) }).nullish(),
});
const requested = z.object({
  __typename: z.literal("ReviewRequestedEvent"),
  createdAt: time,
  requestedReviewer: z.object({ __typename: z.string(), databaseId: user.nullish() }).nullish(),
});
export const timelineItem = z.discriminatedUnion("__typename", [forcePushed, baseChanged, dismissed, requested]);
export type TimelineAnswer = z.infer<typeof timelineItem>;

const rule = z.object({
  type: z.string(),
  parameters: z
    .object({
      __typename: z.string(),
      requiredStatusChecks: z.array(z.object({ context: z.string(), integrationId: z.number().nullish() })).optional(),
    })
    .nullish(),
});
const bypassActor = z.object({
  deployKey: z.boolean().nullish(),
  enterpriseOwner: z.boolean().nullish(),
  organizationAdmin: z.boolean().nullish(),
  repositoryRoleDatabaseId: z.number().nullish(),
  actor: z.object({ __typename: z.string(), databaseId: z.number().nullish() }).nullish(),
});
export type BypassAnswer = z.infer<typeof bypassActor>;
export const ruleset = z.object({
  databaseId: z.int().nullish(),
  name: z.string(),
  target: z.string().nullish(),
  enforcement: z.string(),
  conditions: z
    .object({ refName: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }).nullish() })
    .nullish(),
  bypassActors: z
    .object({ totalCount: z.int(), pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(bypassActor) })
    .nullish(),
  rules: z.object({ pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(rule) }).nullish(),
});
export type RulesetAnswer = z.infer<typeof ruleset>;
export const rulesets = z.object({ pageInfo: page, nodes: z.array(ruleset) }).nullish();
export type RulesetsAnswer = z.infer<typeof rulesets>;

const context = z.discriminatedUnion("__typename", [
  z.object({
    __typename: z.literal("CheckRun"),
    name: z.string(),
    conclusion: z.string().nullish(),
    databaseId: z.number().nullish(),
    checkSuite: z.object({ app: z.object({ databaseId: z.number().nullish() }).nullish() }).nullish(),
  }),
  z.object({ __typename: z.literal("StatusContext"), context: z.string(), state: z.string() }),
]);
export type ContextAnswer = z.infer<typeof context>;
const associated = z.object({
  number,
  state: z.string(),
  headRefOid: sha,
  baseRefName: branch,
  repository: z.object({ databaseId: z.number().nullish() }),
});
/** null: no check and no status at all. */
const rollup = z.object({ contexts: connection(context) }).nullish();
const headCommit = z.object({
  oid: sha,
  associatedPullRequests: z
    .object({ pageInfo: z.object({ hasNextPage: z.boolean() }), nodes: z.array(associated) })
    .nullish(),
  statusCheckRollup: rollup,
});

const tip = z.object({ oid: sha.optional(), gate: text }).nullish();
export const pullRequest = z.object({
  id: z.string(),
  number,
  state: z.enum(["OPEN", "CLOSED", "MERGED"]),
  merged: z.boolean(),
  isDraft: z.boolean(),
  createdAt: time,
  updatedAt: time,
  isCrossRepository: z.boolean(),
  headRefName: z.string(),
  headRefOid: sha,
  baseRefName: branch,
  changedFiles: z.int(),
  author: who.nullish(),
  headRepository: z.object({ databaseId: branded(z.number(), repositoryId).nullish() }).nullish(),
  autoMergeRequest: z.object({ enabledAt: z.string().nullish() }).nullish(),
  mergeCommit: oid.nullish(),
  mergedBy: who.nullish(),
  mergedAt: time.nullish(),
  baseRef: z
    .object({
      target: z.object({ gate: text, ownersInGithub: text, ownersInRoot: text, ownersInDocs: text }).nullish(),
    })
    .nullish(),
  head: z.object({ nodes: z.array(z.object({ commit: headCommit })) }).nullish(),
  commits: connection(commit).nullish(),
  files: connection(file).nullish(),
  reviews: connection(review).nullish(),
  timelineItems: connection(timelineItem).nullish(),
});
export type PullRequestAnswer = z.infer<typeof pullRequest>;

const organisationRepository = z.object({ defaultBranchRef: z.object({ target: tip }).nullish() });
export type OrganisationAnswer = z.infer<typeof organisationRepository>;
export const organisation = z.object({ repository: organisationRepository.extend({ nameWithOwner: z.string() }) });

export const facts = z.object({
  organization: organisationRepository.nullish(),
  repository: z
    .object({
      databaseId: branded(z.number(), repositoryId).nullish(),
      nameWithOwner: z.string(),
      owner: z.object({ __typename: z.string(), login: z.string() }),
      defaultBranchRef: z.object({ name: branch, target: tip }).nullish(),
      rulesets,
      pullRequest: pullRequest.nullish(),
    })
    .nullish(),
});
export type FactsAnswer = z.infer<typeof facts>;

export const pages = z.object({
  repository: z.object({
    pullRequest: z.object({
      headRefOid: sha,
      commits: connection(commit).nullish(),
      files: connection(file).nullish(),
      reviews: connection(review).nullish(),
      timelineItems: connection(timelineItem).nullish(),
      head: z.object({ nodes: z.array(z.object({ commit: z.object({ statusCheckRollup: rollup }) })) }).nullish(),
    }),
  }),
});
export type PagesAnswer = z.infer<typeof pages>;
