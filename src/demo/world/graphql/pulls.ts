import { stamp } from "../model/clock.ts";
import { MAX_COMMITS, MAX_FILES, pullCommits, pullFiles } from "../model/diff.ts";
import { living } from "../model/find.ts";
import type { FileChange } from "../model/git.ts";
import { nodeId } from "../model/ids.ts";
import { mergeable } from "../model/mergeable.ts";
import type { PullRequest, ReviewState } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { labelShape } from "../shapes/pulls.ts";
import { repoHtml } from "../shapes/repositories.ts";
import { actor } from "./actors.ts";
import { connection, type PageArgs } from "./connection.ts";
import { type Context, need } from "./context.ts";
import { queueEntryNode } from "./queue.ts";
import { refNode } from "./refs.ts";
import { reviewNode } from "./reviews.ts";
import { ITEM_TYPE, timelineNode } from "./timeline.ts";

const CHANGE: Readonly<Record<FileChange["status"], string>> = {
  added: "ADDED",
  modified: "MODIFIED",
  changed: "CHANGED",
  removed: "DELETED",
  renamed: "RENAMED",
};

function commits(context: Context, repo: Repository, pull: PullRequest, args: PageArgs) {
  const all = pullCommits(repo, pull);
  // The list ends at the cap: its first 250, or with `last` the head.
  const shown =
    all.length > MAX_COMMITS && typeof args.last === "number" ? all.slice(-MAX_COMMITS) : all.slice(0, MAX_COMMITS);
  return connection(
    "commits",
    shown,
    args,
    (commit) => ({
      id: nodeId("PRC", `${repo.id}/${pull.number}/${commit.sha}`),
      url: `${repoHtml(context.w, repo)}/pull/${pull.number}/commits/${commit.sha}`,
      commit: context.nodes.commit(context, repo, commit),
    }),
    all.length,
  );
}

function files(repo: Repository, pull: PullRequest, args: PageArgs) {
  const all = pullFiles(repo, pull);
  return connection(
    "files",
    all.slice(0, MAX_FILES),
    args,
    (file) => ({
      path: file.path,
      changeType: CHANGE[file.status],
      additions: file.additions,
      deletions: file.deletions,
    }),
    all.length,
  );
}

interface ReviewArgs extends PageArgs {
  readonly states?: readonly ReviewState[] | null;
  readonly author?: string | null;
}

interface TimelineArgs extends PageArgs {
  readonly itemTypes?: readonly string[] | null;
  readonly since?: string | null;
}

function timeline(context: Context, repo: Repository, pull: PullRequest, args: TimelineArgs) {
  const since = typeof args.since === "string" ? Date.parse(args.since) : 0;
  const wanted = pull.timeline.filter(
    (item) => (args.itemTypes ?? [ITEM_TYPE[item.kind]]).includes(ITEM_TYPE[item.kind]) && item.at >= since,
  );
  const found = connection("timelineItems", wanted, args, (item) => timelineNode(context, repo, pull, item));
  return { ...found, filteredCount: wanted.length, pageCount: found.nodes.length, updatedAt: stamp(pull.updatedAt) };
}

export function pullNode(context: Context, repo: Repository, pull: PullRequest) {
  const { w } = context;
  const headRepo = pull.headRepoId === null ? undefined : w.repositories.get(pull.headRepoId);
  const present = headRepo === undefined || headRepo.deleted ? null : headRepo;
  const canMerge = () => mergeable(repo, pull);
  const at = (ms: number | null): string | null => (ms === null ? null : stamp(ms));
  const commitOf = (sha: string | null) => {
    const found = sha === null ? undefined : repo.network.commits.get(sha);
    return found === undefined ? null : context.nodes.commit(context, repo, found);
  };
  return {
    __typename: "PullRequest",
    id: nodeId("PR", `${repo.id}/${pull.number}`),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body,
    url: `${repoHtml(w, repo)}/pull/${pull.number}`,
    state: pull.merged ? "MERGED" : pull.state.toUpperCase(),
    merged: pull.merged,
    closed: pull.state === "closed",
    isDraft: pull.draft,
    createdAt: stamp(pull.createdAt),
    updatedAt: stamp(pull.updatedAt),
    closedAt: at(pull.closedAt),
    mergedAt: at(pull.mergedAt),
    isCrossRepository: pull.headOwnerId !== repo.ownerId,
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    changedFiles: () => pullFiles(repo, pull).length,
    additions: () => pullFiles(repo, pull).reduce((sum, file) => sum + file.additions, 0),
    deletions: () => pullFiles(repo, pull).reduce((sum, file) => sum + file.deletions, 0),
    author: actor(w, pull.authorId),
    headRepository: () => (present === null ? null : context.nodes.repository(context, present)),
    headRepositoryOwner: () => actor(w, living(w, pull.headOwnerId)?.id ?? null),
    headRef: () => (present === null ? null : refNode(context, present, pull.headRef)),
    baseRef: () => refNode(context, repo, pull.baseRef),
    autoMergeRequest:
      pull.autoMerge === null
        ? null
        : {
            enabledAt: stamp(pull.autoMerge.at),
            enabledBy: actor(w, pull.autoMerge.by),
            mergeMethod: pull.autoMerge.method.toUpperCase(),
            commitHeadline: null,
          },
    mergeCommit: () => commitOf(pull.mergeCommitSha),
    mergedBy: actor(w, pull.mergedById),
    mergeQueueEntry: () => {
      const entry = repo.queue.find((one) => one.number === pull.number);
      return entry === undefined ? null : queueEntryNode(context, repo, entry);
    },
    isInMergeQueue: repo.queue.some((one) => one.number === pull.number),
    mergeable: () => (pull.state === "closed" ? "UNKNOWN" : canMerge() ? "MERGEABLE" : "CONFLICTING"),
    mergeStateStatus: () => (pull.draft ? "DRAFT" : canMerge() ? "CLEAN" : "DIRTY"),
    reviewDecision: null,
    repository: () => context.nodes.repository(context, repo),
    baseRepository: () => context.nodes.repository(context, repo),
    commits: (args: PageArgs) => commits(context, repo, pull, args),
    files: (args: PageArgs) => files(repo, pull, args),
    reviews: (args: ReviewArgs) => {
      need(context, "pull_requests", "read");
      const shown = pull.reviews.filter(
        (review) => review.state !== "PENDING" && (args.states ?? [review.state]).includes(review.state),
      );
      return connection("reviews", shown, args, (review) => reviewNode(context, repo, pull, review));
    },
    latestReviews: (args: PageArgs) => {
      const last = [...new Map(pull.reviews.map((review) => [review.authorId, review])).values()];
      return connection("latestReviews", last, args, (review) => reviewNode(context, repo, pull, review));
    },
    timelineItems: (args: TimelineArgs) => timeline(context, repo, pull, args),
    labels: (args: PageArgs) =>
      connection("labels", pull.labels, args, (name) => ({
        id: labelShape(w, repo, name)["node_id"],
        name,
        color: labelShape(w, repo, name)["color"],
      })),
    reviewRequests: (args: PageArgs) =>
      connection("reviewRequests", [...pull.requestedReviewers], args, (id) => ({
        id: nodeId("RR", `${pull.id}/${id}`),
        requestedReviewer: actor(w, id),
      })),
  };
}
