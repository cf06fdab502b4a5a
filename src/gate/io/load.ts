// Facts about one pull request from live GitHub and the ledger: one GraphQL call, one for people, one for activity where
// the ledger lacks evidence of the head. What cannot be read whole stays an incomplete fact.

import { branchName, complete, incomplete } from "#kernel";
import type { CommitSha, Instant, List, PrNumber, TeamName } from "#kernel";
import type { GitHub, GitHubClient } from "#platform/github";
import type { TenantTx } from "#platform/postgres";
import type {
  Account,
  ChangedFile,
  Contribution,
  Dismissal,
  Facts,
  HeadSighting,
  PullRequest,
  Review,
  ReviewSeen,
  Sibling,
} from "../facts.ts";
import { becameHeadAt } from "../head.ts";
import type { PolicyResult } from "../policy-types.ts";
import { effectivePolicy } from "../policy.ts";
import { toAccount } from "./accounts.ts";
import { contributionsOf, union } from "./contributions.ts";
import type { GateDeps } from "./deps.ts";
import { readLedger } from "./ledger.ts";
import type { Ledger, Repository } from "./ledger.ts";
import { limits } from "./limits.ts";
import { readActivity } from "./read-activity.ts";
import { changedFiles } from "./read-files.ts";
import { readMigrations } from "./read-migrations.ts";
import { readOrganisation } from "./read-organisation.ts";
import { readPeople } from "./read-people.ts";
import { readPull } from "./read-pull.ts";
import type { PullRead } from "./read-pull.ts";
import { toRulesets } from "./rulesets.ts";
import {
  foreignChecks,
  organisationText,
  ownCheck,
  policyTexts,
  toCommits,
  toPullRequest,
  toReviews,
  toTimeline,
} from "./translate.ts";
import type { OwnCheck } from "./translate.ts";

export interface Loaded {
  readonly facts: Facts;
  /** What the facts' policy texts say, read once. */
  readonly policy: PolicyResult;
  /** GraphQL's id, for mutations. */
  readonly nodeId: string;
  readonly updatedAt: Instant;
  readonly mergeCommit: CommitSha | null;
  readonly mergedAt: Instant | null;
  readonly mergedBy: Account | null;
  readonly ownCheck: OwnCheck | null;
  /** What this read saw first; goes into the ledger with the verdict. */
  readonly seen: {
    readonly sightings: readonly HeadSighting[];
    readonly reviews: readonly ReviewSeen[];
    readonly contributions: readonly Contribution[];
  };
}

export interface Subject {
  readonly repository: Repository;
  readonly number: PrNumber;
}

/** Runs a read of the ledger in the tenant's transaction. */
export type InTenant = <T>(read: (tx: TenantTx) => Promise<T>) => Promise<T>;

/** null: there is no such pull request. `fresh`: nothing that was read for another decision, however lately. */
export async function loadFacts(
  deps: Pick<GateDeps, "github">,
  inTenant: InTenant,
  subject: Subject,
  { fresh = false }: { readonly fresh?: boolean } = {},
): Promise<Loaded | null> {
  const { github } = deps;
  const client = github.installation(subject.repository.installation, subject.repository.id, "read");
  return load({ github, client, inTenant, fresh, siblings: true }, subject);
}

interface Loader {
  readonly github: GitHub;
  readonly client: GitHubClient;
  readonly inTenant: InTenant;
  readonly fresh: boolean;
  readonly siblings: boolean;
}

async function load(loader: Loader, subject: Subject): Promise<Loaded | null> {
  const { client, inTenant } = loader;
  const { repository, number } = subject;
  const read = await readPull(client, repository.name, number);
  // INVARIANT: the name is only how we asked. Another repository may bear it by now.
  if (read === null || read.repository.databaseId !== repository.id) return null;
  const { pull } = read;
  const request = toPullRequest(read);
  if (request === null) return null;
  const branch = pull.isCrossRepository ? null : branchName(pull.headRefName);
  const ledger = await inTenant((tx) => readLedger(tx, repository.id, number, pull.headRefOid, branch));

  const commits = toCommits(read);
  const reviews = toReviews(read.reviews);
  const timeline = toTimeline(read.timeline);
  const files = await changedFiles(client, repository.name, number, read.files, pull.changedFiles);
  const sightings = await allSightings(
    client,
    subject,
    request,
    pull.headRefName,
    [...ledger.sightings, ...timeline.sightings],
    reviews,
  );
  const { appId } = loader.github;
  const organisation =
    read.organization === null || read.organization === undefined
      ? await readOrganisation(loader.github, repository, ledger.now, loader.fresh)
      : organisationText(read.organization);
  const policy = policyTexts(read, organisation);
  const effective = effectivePolicy(policy, request);
  const migrations =
    effective.kind === "policy"
      ? await readMigrations(loader.github, client, {
          repository,
          head: request.headSha,
          files: files.items,
          changes: read.files.items,
          policy: effective.policy.migrations,
        })
      : [];
  const people = await readPeople(client, repository.name, {
    accounts: decisive(reviews, timeline.dismissals.items, ledger),
    teams: teamsNamed(effective, files),
    serviceAccounts: ledger.serviceAccounts,
  });
  const contributions = union(ledger.contributions, contributionsOf(request, commits, sightings));
  const now = latest(ledger.now, [pull.updatedAt, ...reviews.items.map((r) => r.submittedAt)]);

  const facts: Facts = {
    now,
    appId,
    pullRequest: request,
    commits,
    files,
    reviews,
    firstSeen: complete(ledger.reviewsSeen),
    sightings,
    contributions: complete(contributions),
    dismissals: timeline.dismissals,
    reviewRequests: timeline.requests,
    baseChanges: merged(timeline.baseChanges, ledger.baseChanges),
    requesters: ledger.requesters,
    stepUps: complete(ledger.stepUps),
    people,
    rulesets: toRulesets(read.repository.rulesets),
    policy,
    migrations,
    siblings: loader.siblings ? await siblingsOf(loader, subject, read) : complete([]),
    foreignChecks: foreignChecks(read.checks, appId),
    holds: complete(ledger.holds),
    withdrawals: complete(ledger.withdrawals),
  };
  return {
    facts: read.broken === null ? facts : spoiled(facts, read.broken),
    policy: effective,
    nodeId: pull.id,
    updatedAt: pull.updatedAt,
    mergeCommit: pull.mergeCommit?.oid ?? null,
    mergedAt: pull.mergedAt ?? null,
    mergedBy: toAccount(pull.mergedBy),
    ownCheck: ownCheck(read.checks.items, appId),
    seen: {
      sightings: sightings.items.filter((s) => s.source === "activity" || s.source === "force_push"),
      reviews: firstSeenByReading(reviews.items, request, facts.baseChanges.items),
      contributions,
    },
  };
}

/**
 * The activity API is asked when no webhook told of the head, or when what it told is too late for an approval that is
 * there: a review's own delivery proves the head only for the moment of the review (G05).
 */
async function allSightings(
  client: GitHubClient,
  { repository }: Subject,
  request: PullRequest,
  branch: string,
  known: readonly HeadSighting[],
  reviews: List<Review>,
): Promise<List<HeadSighting>> {
  const since = becameHeadAt(known, request.headSha);
  const late = reviews.items.some(
    (r) =>
      r.state === "APPROVED" &&
      r.commitSha === request.headSha &&
      r.submittedAt !== null &&
      since !== null &&
      r.submittedAt <= since,
  );
  if (request.fork || (since !== null && !late)) return complete(known);
  const activity = await readActivity(client, repository.name, branch, request.headSha);
  return activity.complete
    ? complete([...known, ...activity.items])
    : incomplete(activity.why, [...known, ...activity.items]);
}

/** Humans whose review, dismissal or button could decide. */
function decisive(reviews: List<Review>, dismissals: readonly Dismissal[], ledger: Ledger): readonly Account[] {
  const found = new Map<number, Account>();
  const add = (account: Account | null): void => {
    if (account !== null && account.type === "User") found.set(account.id, account);
  };
  for (const review of reviews.items)
    if (review.state !== "COMMENTED" && review.state !== "PENDING") add(review.author);
  for (const dismissal of dismissals) add(dismissal.actor);
  for (const stepUp of ledger.stepUps) add(stepUp.account);
  return [...found.values()];
}

/** The teams that rules about the changed files name; nobody's membership elsewhere matters. */
function teamsNamed(result: PolicyResult, files: List<ChangedFile>): readonly TeamName[] {
  if (result.kind !== "policy") return [];
  const paths = files.items.flatMap((f) => (f.previousPath === null ? [f.path] : [f.path, f.previousPath]));
  const { codeowners } = result.policy;
  const owners =
    codeowners === null
      ? []
      : paths
          .flatMap((path) => codeowners.ownersOf(path))
          .flatMap((owner) => (owner.kind === "team" ? [owner.team] : []));
  const rules = result.policy.paths.filter((rule) => paths.some(rule.matches)).flatMap((rule) => rule.teams);
  return [...new Set([...result.policy.policyOwners, ...rules, ...owners])];
}

/** INVARIANT: other open pull requests with this very head are judged by their own facts; those beyond the limit have none, and fail. */
async function siblingsOf(loader: Loader, { repository, number }: Subject, { pull }: PullRead): Promise<List<Sibling>> {
  const listed = pull.head?.nodes[0]?.commit.associatedPullRequests;
  if (listed === null || listed === undefined)
    return incomplete("GitHub did not show which pull requests have the same head");
  const others = listed.nodes.filter(
    (p) =>
      p.state === "OPEN" &&
      p.number !== number &&
      p.headRefOid === pull.headRefOid &&
      p.repository.databaseId === repository.id,
  );
  const items: Sibling[] = [];
  for (const [i, other] of others.entries()) {
    const loaded =
      i < limits.siblings ? await load({ ...loader, siblings: false }, { repository, number: other.number }) : null;
    items.push({
      number: other.number,
      open: true,
      headSha: other.headRefOid,
      baseRef: other.baseRefName,
      facts: loaded?.facts ?? null,
    });
  }
  return listed.pageInfo.hasNextPage
    ? incomplete("more pull requests with the same head than could be read", items)
    : complete(items);
}

function merged(list: List<Instant>, more: readonly Instant[]): List<Instant> {
  const items = [...new Set([...list.items, ...more])].sort((a, b) => a - b);
  return list.complete ? complete(items) : incomplete(list.why, items);
}

/** A review from before the last change of base was not given for this one: then we have not seen what it was given for. */
function firstSeenByReading(
  reviews: readonly Review[],
  request: PullRequest,
  baseChanges: readonly Instant[],
): readonly ReviewSeen[] {
  const retargeted = baseChanges.at(-1) ?? null;
  return reviews.flatMap((r): readonly ReviewSeen[] => {
    const usable =
      r.commitSha !== null && r.submittedAt !== null && (retargeted === null || r.submittedAt > retargeted);
    return usable && r.commitSha !== null && r.submittedAt !== null
      ? [{ reviewId: r.id, sha: r.commitSha, baseRef: request.baseRef, at: r.submittedAt }]
      : [];
  });
}

/** What GitHub's servers have stamped lies in the past, whatever our own clock says (G11). */
function latest(ours: Instant, theirs: readonly (Instant | null)[]): Instant {
  return theirs.reduce<Instant>((max, at) => (at !== null && at > max ? at : max), ours);
}

function spoiled(facts: Facts, why: string): Facts {
  return { ...facts, commits: incomplete(why, facts.commits.items), reviews: incomplete(why, facts.reviews.items) };
}
