import type { Signature } from "../model/accounts.ts";
import type { CheckRun, CommitStatus } from "../model/checks.ts";
import { stamp } from "../model/clock.ts";
import { accountOfEmail, coauthorsOf } from "../model/commits.ts";
import { pullCommits } from "../model/diff.ts";
import { app as findApp } from "../model/find.ts";
import type { Commit } from "../model/git.ts";
import { entryOf } from "../model/entries.ts";
import { changesOf, historyOf } from "../model/history.ts";
import { WEB_FLOW_ID } from "../model/known-accounts.ts";
import { nodeId } from "../model/ids.ts";
import { oidOf } from "../model/objects.ts";
import type { Repository } from "../model/repositories.ts";
import { repoHtml } from "../shapes/repositories.ts";
import { actor, actorNode, appNode } from "./actors.ts";
import { connection, type PageArgs } from "./connection.ts";
import { type Context, need } from "./context.ts";

/** `user` is null for bots and for GitHub's own web commits, though REST names an account for both. */
function gitActor({ w }: Context, who: Signature & { readonly at?: number }) {
  const account = accountOfEmail(w, who.email);
  const user = account !== null && account.type === "User" && account.id !== WEB_FLOW_ID ? actorNode(w, account) : null;
  return { name: who.name, email: who.email, date: who.at === undefined ? null : stamp(who.at), user };
}

const BLOB_LIMIT = 512_000;

/** GitHub cuts long texts and says so in `isTruncated`. */
function entry(commit: Commit, path: string) {
  const kept = commit.tree.get(path);
  if (kept === undefined) return null;
  const oid = oidOf(kept);
  const { mode, bytes } = entryOf(kept);
  const place = { name: path.split("/").at(-1), path, oid, mode: Number.parseInt(mode, 8) };
  // A submodule's commit is in another repository.
  if (mode === "160000") return { ...place, type: "commit", object: null };
  const text = bytes.toString();
  const isBinary = text.includes("\0");
  return {
    ...place,
    type: "blob",
    object: {
      __typename: "Blob",
      id: nodeId("B", oid),
      oid,
      byteSize: bytes.length,
      isBinary,
      isTruncated: text.length > BLOB_LIMIT,
      text: isBinary ? null : text.slice(0, BLOB_LIMIT),
    },
  };
}

const upper = (word: string | null): string | null => word?.toUpperCase() ?? null;

const suiteNode = (context: Context, run: CheckRun) => ({
  id: nodeId("CS", run.suiteId),
  databaseId: run.suiteId,
  app: appNode(findApp(context.w, run.appId)),
  status: upper(run.status),
  conclusion: upper(run.conclusion),
});

function checkNode(context: Context, repo: Repository, run: CheckRun) {
  const url = `${repoHtml(context.w, repo)}/runs/${run.id}`;
  return {
    __typename: "CheckRun",
    id: nodeId("CR", `${repo.id}/${run.id}`),
    databaseId: run.id,
    name: run.name,
    status: upper(run.status),
    conclusion: upper(run.conclusion),
    title: run.output.title,
    summary: run.output.summary,
    text: run.output.text,
    externalId: run.externalId,
    detailsUrl: run.detailsUrl ?? url,
    startedAt: stamp(run.startedAt),
    completedAt: run.completedAt === null ? null : stamp(run.completedAt),
    url,
    checkSuite: suiteNode(context, run),
  };
}

const statusNode = ({ w }: Context, status: CommitStatus) => ({
  __typename: "StatusContext",
  id: nodeId("SC", status.id),
  context: status.context,
  state: upper(status.state),
  description: status.description,
  targetUrl: null,
  creator: actor(w, status.creatorId),
  createdAt: stamp(status.at),
});

const lastOf = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
];

/** The newest of each name: what the merge box shows. null when nobody reported anything. */
function rollup(context: Context, repo: Repository, sha: string) {
  const runs = lastOf(
    repo.checkRuns.filter((run) => run.headSha === sha),
    (run) => `${run.suiteId}/${run.name}`,
  );
  const statuses = lastOf(
    repo.statuses.filter((status) => status.sha === sha),
    (status) => status.context,
  );
  if (runs.length + statuses.length === 0) return null;
  const failed =
    runs.some((run) => run.conclusion === "failure") ||
    statuses.some((status) => status.state === "failure" || status.state === "error");
  const pending =
    runs.some((run) => run.status !== "completed") || statuses.some((status) => status.state === "pending");
  const nodes = [
    ...runs.map((run) => checkNode(context, repo, run)),
    ...statuses.map((status) => statusNode(context, status)),
  ];
  return {
    id: nodeId("SCR", `${repo.id}/${sha}`),
    state: failed ? "FAILURE" : pending ? "PENDING" : "SUCCESS",
    contexts: (args: PageArgs) => ({
      ...connection("contexts", nodes, args, (node) => node),
      checkRunCount: runs.length,
      statusContextCount: statuses.length,
    }),
  };
}

export function commitNode(context: Context, repo: Repository, commit: Commit) {
  const { w } = context;
  const [headline = "", ...body] = commit.message.split("\n");
  return {
    __typename: "Commit",
    id: nodeId("C", `${repo.id}/${commit.sha}`),
    oid: commit.sha,
    abbreviatedOid: commit.sha.slice(0, 7),
    message: commit.message,
    messageHeadline: headline,
    messageBody: body.join("\n").trim(),
    committedDate: stamp(commit.committer.at),
    authoredDate: stamp(commit.author.at),
    pushedDate: null,
    committedViaWeb: commit.web,
    author: gitActor(context, commit.author),
    committer: gitActor(context, commit.committer),
    authors: (args: PageArgs) =>
      connection("authors", [commit.author, ...coauthorsOf(commit.message)], args, (who) => gitActor(context, who)),
    parents: (args: PageArgs) =>
      connection(
        "parents",
        commit.parents.flatMap((sha) => repo.network.commits.get(sha) ?? []),
        args,
        (one) => commitNode(context, repo, one),
      ),
    history: (args: PageArgs) =>
      connection("history", historyOf(repo.network, commit.sha), args, (one) => commitNode(context, repo, one)),
    file: ({ path }: { readonly path: string }) => {
      need(context, "contents", "read");
      return entry(commit, path);
    },
    changedFilesIfAvailable: () => changesOf(repo.network, commit).length,
    url: `${repoHtml(w, repo)}/commit/${commit.sha}`,
    associatedPullRequests: (args: PageArgs) => {
      const pulls = [...repo.pulls.values()].filter(
        (pull) =>
          pull.headSha === commit.sha ||
          pull.mergeCommitSha === commit.sha ||
          pullCommits(repo, pull).some((one) => one.sha === commit.sha),
      );
      return connection("associatedPullRequests", pulls, args, (pull) => context.nodes.pull(context, repo, pull));
    },
    statusCheckRollup: () => {
      need(context, "checks", "read");
      return rollup(context, repo, commit.sha);
    },
    checkSuites: (args: PageArgs) => {
      need(context, "checks", "read");
      const suites = lastOf(
        repo.checkRuns.filter((run) => run.headSha === commit.sha),
        (run) => String(run.suiteId),
      );
      return connection("checkSuites", suites, args, (run) => suiteNode(context, run));
    },
  };
}
