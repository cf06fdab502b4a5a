import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import type { Context } from "./context.ts";

export function refNode(context: Context, repo: Repository, branch: string) {
  const sha = repo.branches.get(branch);
  const commit = sha === undefined ? undefined : repo.network.commits.get(sha);
  if (commit === undefined) return null;
  return {
    id: nodeId("REF", `${repo.id}/${branch}`),
    name: branch,
    prefix: "refs/heads/",
    repository: () => context.nodes.repository(context, repo),
    target: () => context.nodes.commit(context, repo, commit),
  };
}
