// One GraphQL call for nearly everything, and one more per hundred items of the longest list.

import { Fault, complete, incomplete } from "#kernel";
import type { List, PrNumber, RepoName } from "#kernel";
import type { GitHubClient, GraphqlAnswer } from "#platform/github";
import * as answers from "./answers.ts";
import type {
  CommitAnswer,
  ContextAnswer,
  FactsAnswer,
  FileAnswer,
  PullRequestAnswer,
  ReviewAnswer,
  TimelineAnswer,
} from "./answers.ts";
import { limits } from "./limits.ts";
import { FACTS_QUERY, PAGES_QUERY } from "./queries.ts";

export interface PullRead {
  readonly repository: NonNullable<FactsAnswer["repository"]>;
  readonly pull: PullRequestAnswer;
  readonly organization: FactsAnswer["organization"];
  /** An answer with errors is not whole, whatever it holds besides (G09). */
  readonly broken: string | null;
  readonly commits: List<CommitAnswer>;
  readonly files: List<FileAnswer>;
  readonly reviews: List<ReviewAnswer>;
  readonly timeline: List<TimelineAnswer>;
  readonly checks: List<ContextAnswer>;
}

export const split = (repo: RepoName): { readonly owner: string; readonly name: string } => {
  const [owner = "", name = ""] = repo.split("/");
  return { owner, name };
};

/** null: there is no such pull request (any more), or we may not see it. */
export async function readPull(github: GitHubClient, repo: RepoName, number: PrNumber): Promise<PullRead | null> {
  const place = { ...split(repo), number };
  const answer = await github.graphql(FACTS_QUERY, place);
  const parsed = answers.facts.safeParse(answer.data);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new Fault(
      "github_unavailable",
      `GitHub's answer about pull request #${number} cannot be read${where === "" ? "" : ` (at ${where})`}.`,
    );
  }
  const { repository, organization } = parsed.data;
  const pull = repository?.pullRequest;
  if (repository === null || repository === undefined || pull === null || pull === undefined) {
    if (answer.errors.every((error) => error.type === "NOT_FOUND")) return null;
    throw new Fault("github_unavailable", `GitHub could not show pull request #${number}.`);
  }
  const broken = brokenBy(answer);
  const lists = await readOn(github, place, pull);
  return { repository, pull, organization, broken, ...lists };
}

/** The organisation's `.github` repository need not exist; nothing else may be missing. */
function brokenBy({ errors }: GraphqlAnswer): string | null {
  const other = errors.filter((error) => !(error.type === "NOT_FOUND" && error.path[0] === "organization"));
  return other.length === 0
    ? null
    : `GitHub answered with errors (${[...new Set(other.map((e) => e.type ?? "unknown"))].join(", ")})`;
}

interface Lists {
  readonly commits: List<CommitAnswer>;
  readonly files: List<FileAnswer>;
  readonly reviews: List<ReviewAnswer>;
  readonly timeline: List<TimelineAnswer>;
  readonly checks: List<ContextAnswer>;
}

interface Connection<T> {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null | undefined };
  readonly nodes: readonly T[];
}

/** One list being read. */
interface Reading<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** null: at its end. */
  readonly after: string | null;
  readonly why: string | null;
}

async function readOn(
  github: GitHubClient,
  place: { owner: string; name: string; number: PrNumber },
  first: PullRequestAnswer,
): Promise<Lists> {
  let commits = start(first.commits, limits.commits, "commits");
  let files = start(first.files, limits.files, "files");
  let reviews = start(first.reviews, limits.reviews, "reviews");
  let timeline = start(first.timelineItems, limits.timelineItems, "timeline");
  let checks = start(checksOf(first), limits.checks, "checks of the head");
  const open = (): boolean => [commits, files, reviews, timeline, checks].some((list) => list.after !== null);
  while (open()) {
    const page = await nextPage(github, {
      ...place,
      commits: commits.after !== null,
      commitsAfter: commits.after,
      files: files.after !== null,
      filesAfter: files.after,
      reviews: reviews.after !== null,
      reviewsAfter: reviews.after,
      timeline: timeline.after !== null,
      timelineAfter: timeline.after,
      checks: checks.after !== null,
      checksAfter: checks.after,
    });
    const moved = typeof page !== "string" && page.headRefOid !== first.headRefOid;
    const why = typeof page === "string" ? page : moved ? "the head moved while it was read" : null;
    const got = typeof page === "string" ? null : page;
    commits = go(commits, got?.commits, limits.commits, why);
    files = go(files, got?.files, limits.files, why);
    reviews = go(reviews, got?.reviews, limits.reviews, why);
    timeline = go(timeline, got?.timelineItems, limits.timelineItems, why);
    checks = go(checks, got === null ? null : checksOf(got), limits.checks, why);
  }
  return {
    commits: ended(commits),
    files: ended(files),
    reviews: ended(reviews),
    timeline: ended(timeline),
    checks: ended(checks),
  };
}

const NO_CHECKS: Connection<ContextAnswer> = { totalCount: 0, pageInfo: { hasNextPage: false }, nodes: [] };

/** null: the head itself was not shown. A commit without any check has no rollup. */
function checksOf({ head }: Pick<PullRequestAnswer | Page, "head">): Connection<ContextAnswer> | null {
  const [tip] = head?.nodes ?? [];
  return tip === undefined ? null : (tip.commit.statusCheckRollup?.contexts ?? NO_CHECKS);
}

type Page = answers.PagesAnswer["repository"]["pullRequest"];

/** A page that cannot be had is a fact of its own, not an exception: the verdict is then "error" and says so (B12, G07). */
async function nextPage(github: GitHubClient, variables: Readonly<Record<string, unknown>>): Promise<Page | string> {
  try {
    const answer = await github.graphql(PAGES_QUERY, variables);
    const parsed = answers.pages.safeParse(answer.data);
    return answer.errors.length === 0 && parsed.success
      ? parsed.data.repository.pullRequest
      : "GitHub answered a further page with errors";
  } catch (error) {
    if (error instanceof Fault) return `a further page could not be read (${error.code})`;
    throw error;
  }
}

function start<T>(list: Connection<T> | null | undefined, cap: number, name: string): Reading<T> {
  if (list === null || list === undefined)
    return { items: [], total: 0, after: null, why: `GitHub did not show the ${name}` };
  return advance({ items: [], total: list.totalCount, after: null, why: null }, list, cap);
}

function go<T>(
  reading: Reading<T>,
  list: Connection<T> | null | undefined,
  cap: number,
  why: string | null,
): Reading<T> {
  if (reading.after === null) return reading;
  if (why !== null || list === null || list === undefined)
    return { ...reading, after: null, why: why ?? "a further page is missing" };
  return advance(reading, list, cap);
}

function advance<T>(reading: Reading<T>, { totalCount, pageInfo, nodes }: Connection<T>, cap: number): Reading<T> {
  const items = [...reading.items, ...nodes];
  const more = pageInfo.hasNextPage && items.length < cap;
  const after = more ? (pageInfo.endCursor ?? null) : null;
  const why = more && (after === null || nodes.length === 0) ? "the pages do not go on" : null;
  return { items: items.slice(0, cap), total: totalCount, after: why === null ? after : null, why };
}

/** INVARIANT: a list is complete only when as many items were read as GitHub says there are. */
function ended<T>({ items, total, why }: Reading<T>): List<T> {
  if (why !== null) return incomplete(why, items);
  return items.length === total ? complete(items) : incomplete(`${items.length} of ${total} were read`, items);
}
