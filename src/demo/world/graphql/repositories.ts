import { fullName, living, ownerOf, rulesetsOf } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import { collaboratorsOf } from "../model/permission.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { repoHtml } from "../shapes/repositories.ts";
import { actor, actorNode } from "./actors.ts";
import { connection, type PageArgs } from "./connection.ts";
import { type Context, failed, need } from "./context.ts";
import { queueNode } from "./queue.ts";
import { refNode } from "./refs.ts";
import { rulesetNode } from "./rulesets.ts";

interface PullArgs extends PageArgs {
  readonly states?: readonly string[] | null;
  readonly baseRefName?: string | null;
  readonly headRefName?: string | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
}

const stateOf = (pull: PullRequest): string => (pull.merged ? "MERGED" : pull.state.toUpperCase());

function pulls(context: Context, repo: Repository, args: PullArgs) {
  const found = [...repo.pulls.values()]
    .filter((pull) => (args.states ?? [stateOf(pull)]).includes(stateOf(pull)))
    .filter(
      (pull) =>
        (args.baseRefName ?? pull.baseRef) === pull.baseRef && (args.headRefName ?? pull.headRef) === pull.headRef,
    );
  const key = (pull: PullRequest): number => (args.orderBy?.field === "UPDATED_AT" ? pull.updatedAt : pull.createdAt);
  const sorted = found.toSorted((a, b) => key(a) - key(b) || a.number - b.number);
  return connection("pullRequests", args.orderBy?.direction === "DESC" ? sorted.toReversed() : sorted, args, (pull) =>
    context.nodes.pull(context, repo, pull),
  );
}

interface CollaboratorArgs extends PageArgs {
  readonly affiliation?: "ALL" | "DIRECT" | "OUTSIDE" | null;
  readonly login?: string | null;
  readonly query?: string | null;
}

/** `login` is exact, `query` finds what contains it. */
function collaborators(context: Context, repo: Repository, args: CollaboratorArgs) {
  need(context, "metadata", "read");
  const { w } = context;
  const people = collaboratorsOf(w, repo)
    .filter((person) => args.affiliation !== "OUTSIDE" || person.outside)
    .filter((person) => args.affiliation !== "DIRECT" || repo.collaborators.has(person.id))
    .flatMap((person) => {
      const account = living(w, person.id);
      return account === null ? [] : [{ account, permission: person.permission }];
    })
    .filter(({ account }) => typeof args.login !== "string" || account.login.toLowerCase() === args.login.toLowerCase())
    .filter(
      ({ account }) => typeof args.query !== "string" || account.login.toLowerCase().includes(args.query.toLowerCase()),
    );
  const found = connection("collaborators", people, args, (person) => person);
  return {
    ...found,
    nodes: found.nodes.map(({ account }) => actorNode(w, account)),
    edges: found.edges.map(({ cursor, node }) => ({
      cursor,
      node: actorNode(w, node.account),
      permission: node.permission.toUpperCase(),
    })),
  };
}

export function repositoryNode(context: Context, repo: Repository) {
  const { w } = context;
  return {
    __typename: "Repository",
    id: nodeId("R", repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: fullName(w, repo),
    owner: actor(w, ownerOf(w, repo).id),
    isPrivate: repo.private,
    isFork: repo.forkOf !== null,
    isArchived: false,
    url: repoHtml(w, repo),
    autoMergeAllowed: true,
    mergeCommitAllowed: true,
    squashMergeAllowed: true,
    rebaseMergeAllowed: true,
    viewerPermission: "WRITE",
    parent: () => {
      const parent = repo.forkOf === null ? undefined : w.repositories.get(repo.forkOf);
      return parent === undefined ? null : repositoryNode(context, parent);
    },
    defaultBranchRef: () => refNode(context, repo, repo.defaultBranch),
    ref: ({ qualifiedName }: { readonly qualifiedName: string }) =>
      refNode(context, repo, qualifiedName.replace(/^refs\/heads\//, "")),
    object: ({ oid, expression }: { readonly oid?: string; readonly expression?: string }) => {
      const sha = oid ?? repo.branches.get(expression ?? "") ?? expression ?? "";
      const commit = repo.network.commits.get(sha);
      return commit === undefined ? null : context.nodes.commit(context, repo, commit);
    },
    pullRequest: ({ number }: { readonly number: number }) => {
      need(context, "pull_requests", "read");
      const pull = repo.pulls.get(number);
      if (pull === undefined)
        throw failed("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      return context.nodes.pull(context, repo, pull);
    },
    pullRequests: (args: PullArgs) => {
      need(context, "pull_requests", "read");
      return pulls(context, repo, args);
    },
    rulesets: (args: PageArgs & { readonly includeParents?: boolean }) =>
      connection("rulesets", args.includeParents === false ? repo.rulesets : rulesetsOf(w, repo), args, (one) =>
        rulesetNode(context, one),
      ),
    ruleset: ({ databaseId }: { readonly databaseId: number }) => {
      const found = rulesetsOf(w, repo).find((one) => one.id === databaseId);
      return found === undefined ? null : rulesetNode(context, found);
    },
    collaborators: (args: CollaboratorArgs) => collaborators(context, repo, args),
    // A branch without a merge queue has none to show; here it is one in which somebody waits.
    mergeQueue: ({ branch }: { readonly branch?: string | null }) => {
      const name = branch ?? repo.defaultBranch;
      const queued =
        repo.queue.some((entry) => entry.base === name) || repo.groups.some((group) => group.base === name);
      return queued ? queueNode(context, repo, name) : null;
    },
  };
}
