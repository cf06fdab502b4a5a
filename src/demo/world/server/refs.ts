import type { Commit } from "../model/git.ts";
import type { Repository } from "../model/repositories.ts";
import { notFound, Refused } from "./route.ts";

/** A branch's name, `heads/name`, `refs/heads/name` or a SHA. */
export function resolveRef(repo: Repository, ref: string): string {
  const sha =
    repo.branches.get(ref.replace(/^(?:refs\/)?heads\//, "")) ?? (repo.network.commits.has(ref) ? ref : undefined);
  if (sha === undefined) throw new Refused(422, `No commit found for SHA: ${ref}`);
  return sha;
}

export function commitAt(repo: Repository, ref: string): Commit {
  const found = repo.network.commits.get(resolveRef(repo, ref));
  if (found === undefined) throw notFound();
  return found;
}
