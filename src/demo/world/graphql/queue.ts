import { stamp } from "../model/clock.ts";
import { nodeId } from "../model/ids.ts";
import type { QueueEntry, Repository } from "../model/repositories.ts";
import { repoHtml } from "../shapes/repositories.ts";
import { actor } from "./actors.ts";
import { connection, type PageArgs } from "./connection.ts";
import type { Context } from "./context.ts";

export function queueEntryNode(context: Context, repo: Repository, entry: QueueEntry) {
  const group = repo.groups.find((one) => one.base === entry.base && one.numbers.at(-1) === entry.number);
  const pull = repo.pulls.get(entry.number);
  const commitOf = (sha: string | undefined) => {
    const found = sha === undefined ? undefined : repo.network.commits.get(sha);
    return found === undefined ? null : context.nodes.commit(context, repo, found);
  };
  return {
    id: nodeId("MQE", `${repo.id}/${entry.id}`),
    position: repo.queue.filter((one) => one.base === entry.base).indexOf(entry) + 1,
    state: "AWAITING_CHECKS",
    headCommit: () => commitOf(group?.headSha),
    baseCommit: () => commitOf(group?.baseSha),
    pullRequest: () => (pull === undefined ? null : context.nodes.pull(context, repo, pull)),
    enqueuedAt: stamp(entry.at),
    enqueuer: () => actor(context.w, entry.byId),
    jump: false,
    solo: false,
  };
}

export const queueNode = (context: Context, repo: Repository, branch: string) => ({
  id: nodeId("MQ", `${repo.id}/${branch}`),
  url: `${repoHtml(context.w, repo)}/queue/${branch}`,
  nextEntryEstimatedTimeToMerge: null,
  entries: (args: PageArgs) =>
    connection(
      "entries",
      repo.queue.filter((entry) => entry.base === branch),
      args,
      (entry) => queueEntryNode(context, repo, entry),
    ),
});
