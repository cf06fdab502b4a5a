// What the pages show, read from the world: the same things that GitHub's own pages would show.

import {
  collaboratorsOf,
  findRepository,
  fullName,
  orGhost,
  pullCommits,
  pullFiles,
  type CheckRun,
  type PullRequest,
  type Repository,
  type TimelineItem,
  type World,
} from "./world/index.ts";

export type Verdict = "passing" | "waiting" | "blocked" | "undecided" | "deciding" | "merged" | "closed" | "free";

export interface Who {
  readonly login: string;
  readonly permission: string;
  readonly bot: boolean;
}

export interface ReviewView {
  readonly id: number;
  readonly by: string;
  readonly state: string;
  readonly sha: string | null;
  readonly onHead: boolean;
  readonly at: number;
  readonly body: string;
}

export interface Happened {
  readonly at: number;
  readonly by: string;
  readonly what: string;
  readonly detail: string;
}

export interface PullSummary {
  readonly repo: string;
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly headSha: string;
  readonly verdict: Verdict;
  readonly checkTitle: string | null;
}

export interface PullView extends PullSummary {
  readonly body: string;
  readonly open: boolean;
  readonly draft: boolean;
  readonly mergedBy: string | null;
  readonly fork: boolean;
  readonly check: CheckRun | null;
  readonly reviews: readonly ReviewView[];
  readonly events: readonly Happened[];
  readonly files: readonly string[];
  readonly people: readonly Who[];
  /** Those that are nobody's head. */
  readonly branches: readonly string[];
}

/** GitHub shows the newest run of an App and name for a commit. */
function ownCheck(w: World, repo: Repository, sha: string): CheckRun | null {
  return (
    repo.checkRuns.findLast((run) => run.appId === w.app.id && run.name === "countersign" && run.headSha === sha) ??
    null
  );
}

function verdictOf(pull: PullRequest, check: CheckRun | null): Verdict {
  if (pull.merged) return "merged";
  if (pull.state === "closed") return "closed";
  if (check === null || check.status !== "completed") return "deciding";
  if (check.conclusion === "success")
    return check.output.title?.startsWith("Nothing to do") === true ? "free" : "passing";
  if (check.conclusion === "action_required") return "waiting";
  return check.output.title?.startsWith("Could not decide") === true ? "undecided" : "blocked";
}

export function summaryOf(w: World, repo: Repository, pull: PullRequest): PullSummary {
  const check = ownCheck(w, repo, pull.headSha);
  return {
    repo: fullName(w, repo),
    number: pull.number,
    title: pull.title,
    author: orGhost(w, pull.authorId).login,
    headRef: pull.headRef,
    baseRef: pull.baseRef,
    headSha: pull.headSha,
    verdict: verdictOf(pull, check),
    checkTitle: check?.output.title ?? null,
  };
}

const short = (sha: string): string => sha.slice(0, 7);

function eventOf(w: World, pull: PullRequest, item: TimelineItem): Happened {
  const login = (id: number | null): string => (id === null ? "a team" : orGhost(w, id).login);
  const common = { at: item.at, by: login(item.actorId) };
  switch (item.kind) {
    case "head_ref_force_pushed":
      return { ...common, what: "force-pushed", detail: `${short(item.before)} → ${short(item.after)}` };
    case "base_ref_changed":
      return { ...common, what: "changed the base", detail: `${item.from} → ${item.to}` };
    case "review_dismissed":
      return {
        ...common,
        what: "dismissed a review of",
        detail: login(pull.reviews.find(({ id }) => id === item.reviewId)?.authorId ?? 0),
      };
    case "review_requested":
      return { ...common, what: "asked for a review by", detail: login(item.reviewerId) };
    case "closed":
      return { ...common, what: "closed this", detail: "" };
    case "merged":
      return { ...common, what: "merged this", detail: short(item.sha) };
  }
}

const SAID: Readonly<Record<string, string>> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "requested changes",
  COMMENTED: "reviewed",
  DISMISSED: "reviewed (dismissed since)",
  PENDING: "began a review",
};

function eventsOf(w: World, repo: Repository, pull: PullRequest): readonly Happened[] {
  const opened = {
    at: pull.createdAt,
    by: orGhost(w, pull.authorId).login,
    what: "opened this",
    detail: `${pull.headRef} → ${pull.baseRef}`,
  };
  const commits = pullCommits(repo, pull).map((commit) => ({
    at: commit.committer.at,
    by: commit.author.name,
    what: "committed",
    detail: `${short(commit.sha)} ${commit.message.split("\n", 1)[0] ?? ""}`,
  }));
  const reviews = pull.reviews.map((review) => ({
    at: review.submittedAt,
    by: orGhost(w, review.authorId).login,
    what: SAID[review.state] ?? review.state,
    detail: review.commitSha === null ? "" : short(review.commitSha),
  }));
  const comments = repo.comments
    .filter(({ number }) => number === pull.number)
    .map((comment) => ({
      at: comment.createdAt,
      by: orGhost(w, comment.authorId).login,
      what: "commented",
      detail: comment.body,
    }));
  return [opened, ...commits, ...reviews, ...comments, ...pull.timeline.map((item) => eventOf(w, pull, item))].toSorted(
    (a, b) => a.at - b.at,
  );
}

function peopleOf(w: World, repo: Repository): readonly Who[] {
  const people = collaboratorsOf(w, repo).map(({ id, permission }) => ({
    login: orGhost(w, id).login,
    permission,
    bot: false,
  }));
  const bots = [...repo.collaborators]
    .filter(([id]) => orGhost(w, id).type === "Bot")
    .map(([id, permission]) => ({ login: orGhost(w, id).login, permission, bot: true }));
  return [...people, ...bots].toSorted((a, b) => (a.login < b.login ? -1 : 1));
}

export const mayWrite = (who: Who): boolean =>
  who.permission === "write" || who.permission === "maintain" || who.permission === "admin";
export const isAdmin = (who: Who): boolean => who.permission === "admin" && !who.bot;

export function repositoriesOf(w: World): readonly Repository[] {
  return [...w.repositories.values()].filter((repo) => !repo.deleted && repo.pulls.size > 0);
}

export function pullView(w: World, repoName: string, number: number): PullView | null {
  const repo = findRepository(w, repoName);
  const pull = repo?.pulls.get(number);
  if (repo === undefined || pull === undefined) return null;
  return {
    ...summaryOf(w, repo, pull),
    body: pull.body,
    open: pull.state === "open",
    draft: pull.draft,
    mergedBy: pull.mergedById === null ? null : orGhost(w, pull.mergedById).login,
    fork: pull.headRepoId !== repo.id,
    check: ownCheck(w, repo, pull.headSha),
    reviews: pull.reviews.map((review) => ({
      id: review.id,
      by: orGhost(w, review.authorId).login,
      state: review.state,
      sha: review.commitSha,
      onHead: review.commitSha === pull.headSha,
      at: review.submittedAt,
      body: review.body,
    })),
    events: eventsOf(w, repo, pull),
    files: pullFiles(repo, pull).map(({ path }) => path),
    people: peopleOf(w, repo),
    branches: [...repo.branches.keys()].filter(
      (branch) => ![...repo.pulls.values()].some(({ headRef }) => headRef === branch),
    ),
  };
}
