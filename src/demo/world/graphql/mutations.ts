import { dequeue, enqueue } from "../acts/queue.ts";
import { revert } from "../acts/revert.ts";
import type { Account } from "../model/accounts.ts";
import { orGhost } from "../model/find.ts";
import { readNodeId } from "../model/ids.ts";
import { mergeable } from "../model/mergeable.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { type Context, failed, need, visible } from "./context.ts";
import { queueEntryNode } from "./queue.ts";

function pullById(context: Context, id: string): { readonly repo: Repository; readonly pull: PullRequest } {
  const [repoId, number] = (readNodeId(id)?.id ?? "").split("/");
  const repo = context.w.repositories.get(Number(repoId));
  const pull = repo?.pulls.get(Number(number));
  if (repo === undefined || pull === undefined || !visible(context, repo)) {
    throw failed("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
  }
  return { repo, pull };
}

const bot = ({ w, caller }: Context): Account =>
  orGhost(w, caller.kind === "installation" ? (w.apps.get(caller.installation.appId)?.botId ?? 0) : 0);

interface Input<T> {
  readonly input: T & { readonly clientMutationId?: string };
}

export const mutations = {
  revertPullRequest: (
    { input }: Input<{ readonly pullRequestId: string; readonly title?: string; readonly body?: string }>,
    context: Context,
  ) => {
    need(context, "contents", "write");
    need(context, "pull_requests", "write");
    const { repo, pull } = pullById(context, input.pullRequestId);
    const number = revert(context.w, repo, pull, bot(context), { title: input.title, body: input.body });
    const made = number === null ? undefined : repo.pulls.get(number);
    if (made === undefined) throw failed("UNPROCESSABLE", "This pull request cannot be reverted.");
    return {
      pullRequest: context.nodes.pull(context, repo, pull),
      revertPullRequest: context.nodes.pull(context, repo, made),
      clientMutationId: input.clientMutationId ?? null,
    };
  },
  enqueuePullRequest: (
    { input }: Input<{ readonly pullRequestId: string; readonly expectedHeadOid?: string }>,
    context: Context,
  ) => {
    need(context, "contents", "write");
    const { repo, pull } = pullById(context, input.pullRequestId);
    if (input.expectedHeadOid !== undefined && input.expectedHeadOid !== pull.headSha) {
      throw failed("UNPROCESSABLE", "The head commit of the pull request does not match the expected head OID.");
    }
    if (!mergeable(repo, pull) || pull.draft || repo.queue.some((entry) => entry.number === pull.number)) {
      throw failed("UNPROCESSABLE", "The pull request cannot be added to the merge queue.");
    }
    const entry = enqueue(context.w, repo, pull, bot(context));
    return { mergeQueueEntry: queueEntryNode(context, repo, entry), clientMutationId: input.clientMutationId ?? null };
  },
  dequeuePullRequest: ({ input }: Input<{ readonly id: string }>, context: Context) => {
    need(context, "contents", "write");
    const { repo, pull } = pullById(context, input.id);
    const entry = dequeue(context.w, repo, pull, bot(context));
    if (entry === null) throw failed("UNPROCESSABLE", "The pull request is not in the merge queue.");
    return { mergeQueueEntry: queueEntryNode(context, repo, entry), clientMutationId: input.clientMutationId ?? null };
  },
};
