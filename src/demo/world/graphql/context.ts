import { GraphQLError } from "graphql";
import type { Level } from "../model/apps.ts";
import type { Commit } from "../model/git.ts";
import type { PullRequest } from "../model/pulls.ts";
import type { Repository } from "../model/repositories.ts";
import { allows, type Caller, maySee } from "../server/route.ts";
import type { World } from "../world.ts";

/** The three nodes that lead back to each other, given to all that need them instead of imported in a circle. */
export interface Nodes {
  commit(context: Context, repo: Repository, commit: Commit): unknown;
  pull(context: Context, repo: Repository, pull: PullRequest): unknown;
  repository(context: Context, repo: Repository): unknown;
}

export interface Context {
  readonly w: World;
  readonly caller: Caller;
  readonly nodes: Nodes;
}

/** A field's error as GitHub writes it: `type` beside `message` and `path`. */
export const failed = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } });

export function need(context: Context, permission: string, level: Level): void {
  const { caller } = context;
  if (caller.kind === "installation" && allows(caller.token, permission, level)) return;
  throw failed("FORBIDDEN", "Resource not accessible by integration");
}

export const has = ({ caller }: Context, permission: string, level: Level): boolean =>
  caller.kind === "installation" && allows(caller.token, permission, level);

export const visible = ({ caller }: Context, repo: Repository): boolean =>
  !repo.deleted &&
  (!repo.private || (caller.kind === "installation" && maySee(caller.installation, caller.token, repo)));
