// Baseline B0 of gate.md section 3 as facts (b0.ts is the same as a snapshot document): repository acme/app, base main,
// pull request #1 with head H2 (parent H1), opened and pushed by agent[bot], asked for by req; H2 became the head at
// 10:00:00Z. Each case changes only what it names.

import {
  appId,
  branchName,
  commitSha,
  complete,
  instant,
  known,
  prNumber,
  repoName,
  repositoryId,
  reviewId,
  teamName,
  userId,
} from "#kernel";
import type { BranchName, CommitSha, Instant, Known, List, PrNumber, ReviewId, TeamName, UserId } from "#kernel";
import type {
  Account,
  AccountType,
  ChangedFile,
  Commit,
  Dismissal,
  Facts,
  HeadSighting,
  Permission,
  Person,
  PullRequest,
  Review,
  ReviewSeen,
  ReviewState,
  Ruleset,
  Sibling,
} from "#gate";

function must<T>(value: T | null): T {
  if (value === null) throw new Error("the baseline is wrong");
  return value;
}

export const branch = (name: string): BranchName => must(branchName(name));
export const team = (name: string): TeamName => must(teamName(name));
export const number = (n: number): PrNumber => must(prNumber(n));
export const review = (n: number): ReviewId => must(reviewId(n));
export const sha = (digit: string): CommitSha => must(commitSha(digit.repeat(40)));
/** `10:05` or `10:05:17`, on the day of the baseline, in UTC. */
export const at = (time: string): Instant => must(instant(`2026-01-15T${time.length === 5 ? `${time}:00` : time}Z`));

export const H1 = sha("1");
export const H2 = sha("2");
export const H3 = sha("3");
export const MAIN = branch("main");
export const APP = must(appId(4242));
export const OTHER_APP = must(appId(15368));
export const HEAD_SINCE = at("10:00");

const account = (id: number, login: string, type: AccountType = "User"): Account => ({
  id: must(userId(id)),
  login,
  type,
});
export const agent = account(100, "agent[bot]", "Bot");
export const actions = account(101, "github-actions[bot]", "Bot");
export const req = account(1, "req");
export const ann = account(2, "ann");
export const bob = account(3, "bob");
export const adm = account(4, "adm");
export const ro = account(5, "ro");
export const tri = account(6, "tri");
export const out = account(7, "out");
export const svc = account(8, "svc");

export function person(of: Account, permission: Permission, more: Partial<Person> = {}): Person {
  return { account: of, permission, outsideCollaborator: false, teams: [], serviceAccount: false, ...more };
}

export const PEOPLE: readonly Person[] = [
  person(req, "write"),
  person(ann, "write"),
  person(bob, "write"),
  person(adm, "admin"),
  person(ro, "read"),
  person(tri, "triage"),
  person(out, "write", { outsideCollaborator: true }),
  person(svc, "write", { serviceAccount: true }),
];

/** The baseline's people, with some of them replaced or added. */
export function people(...changed: readonly Person[]): ReadonlyMap<UserId, Known<Person>> {
  return new Map([...PEOPLE, ...changed].map((p) => [p.account.id, known(p)]));
}

export function without(...gone: readonly Account[]): ReadonlyMap<UserId, Known<Person>> {
  return new Map([...people()].filter(([id]) => !gone.some((a) => a.id === id)));
}

interface Said {
  readonly id?: number;
  readonly state?: ReviewState;
  readonly sha?: CommitSha | null;
  readonly at?: Instant | null;
  readonly editedBy?: string;
}

/** `by ✓ H2 @ 10:05`, unless said otherwise. The id follows the reviewer: give one where a person reviews twice. */
export function says(by: Account | null, said: Said = {}): Review {
  return {
    id: review(said.id ?? 1000 + (by?.id ?? 0)),
    author: by,
    state: said.state ?? "APPROVED",
    commitSha: said.sha === undefined ? H2 : said.sha,
    submittedAt: said.at === undefined ? at("10:05") : said.at,
    editedBy: said.editedBy ?? null,
  };
}

export function seen(of: Review, more: Partial<ReviewSeen> = {}): readonly ReviewSeen[] {
  if (of.commitSha === null || of.submittedAt === null) return [];
  return [{ reviewId: of.id, sha: of.commitSha, baseRef: MAIN, at: of.submittedAt, ...more }];
}

export const commit = (of: CommitSha, more: Partial<Commit> = {}): Commit => ({
  sha: of,
  author: agent,
  committer: agent,
  coauthors: [],
  unmappedCoauthors: [],
  ...more,
});
export const file = (path: string, previousPath: string | null = null): ChangedFile => ({ path, previousPath });
export const push = (
  time: string,
  before: CommitSha | null,
  after: CommitSha | null,
  actor: Account = agent,
): HeadSighting => ({ source: "activity", at: at(time), before, after, actor });
/** As on the REST timeline: only the time is known. */
export const forcePush = (time: string, actor: Account = agent): HeadSighting => ({
  source: "force_push",
  at: at(time),
  before: null,
  after: null,
  actor,
});
export const dismissed = (of: Review, actor: Account | null, was?: Dismissal["was"]): Dismissal => ({
  reviewId: of.id,
  actor,
  at: at("10:30"),
  ...(was === undefined ? {} : { was }),
});

export const RULESET: Ruleset = {
  id: 1,
  name: "countersign",
  target: "branch",
  enforcement: "active",
  include: ["~DEFAULT_BRANCH"],
  exclude: [],
  bypassActors: known([]),
  pullRequest: true,
  requiredChecks: [{ context: "countersign", integrationId: APP }],
  blocksForcePush: true,
  blocksDeletion: true,
  restrictsUpdates: false,
};

export const sibling = (n: number, more: Partial<Sibling> = {}): Sibling => ({
  number: number(n),
  open: true,
  headSha: H2,
  baseRef: MAIN,
  facts: null,
  ...more,
});

type Lists = {
  readonly [K in keyof Facts as NonNullable<Facts[K]> extends List<unknown> ? K : never]: NonNullable<
    Facts[K]
  > extends List<infer T>
    ? readonly T[] | List<T>
    : never;
};
type Single = Pick<Facts, "now" | "appId" | "requesters" | "people">;

export interface Change extends Partial<Lists>, Partial<Single> {
  readonly pullRequest?: Partial<PullRequest>;
  /** The text of `.github/merge-gate.yml` on the base branch (and, the base being main, on the default branch). */
  readonly config?: string;
  readonly policy?: Partial<Facts["policy"]>;
}

function list<T>(given: readonly T[] | List<T> | undefined, otherwise: readonly T[]): List<T> {
  if (given === undefined) return complete(otherwise);
  return "complete" in given ? given : complete(given);
}

/** Facts that differ from B0 only in what is named. A review is first seen as it is now, unless `firstSeen` is given. */
export function b0(change: Change = {}): Facts {
  const reviews = list(change.reviews, []);
  const config = known(change.config ?? null);
  return {
    now: change.now ?? at("12:00"),
    appId: change.appId ?? APP,
    pullRequest: {
      repo: must(repoName("acme/app")),
      number: number(1),
      state: "open",
      merged: false,
      draft: false,
      autoMerge: false,
      author: agent,
      headSha: H2,
      headRepositoryId: must(repositoryId(77)),
      fork: false,
      baseRef: MAIN,
      defaultBranch: MAIN,
      ...change.pullRequest,
    },
    commits: list(change.commits, [commit(H1), commit(H2)]),
    files: list(change.files, [file("src/app.ts")]),
    reviews,
    firstSeen: list(
      change.firstSeen,
      reviews.items.flatMap((r) => seen(r, { baseRef: change.pullRequest?.baseRef ?? MAIN })),
    ),
    sightings: list(change.sightings, [push("09:00", null, H1), push("10:00", H1, H2)]),
    contributions: list(change.contributions, [{ user: agent, as: "author" }]),
    dismissals: list(change.dismissals, []),
    reviewRequests: list(change.reviewRequests, []),
    baseChanges: list(change.baseChanges, []),
    requesters: change.requesters ?? { known: true, people: [{ id: req.id, login: req.login }] },
    stepUps: list(change.stepUps, []),
    people: change.people ?? people(),
    rulesets: list(change.rulesets, [RULESET]),
    policy: {
      organization: known(null),
      defaultBranch: config,
      base: config,
      codeowners: known(null),
      ...change.policy,
    },
    siblings: list(change.siblings, []),
    foreignChecks: list(change.foreignChecks, []),
    ...(change.holds === undefined ? {} : { holds: list(change.holds, []) }),
    ...(change.withdrawals === undefined ? {} : { withdrawals: list(change.withdrawals, []) }),
  };
}
