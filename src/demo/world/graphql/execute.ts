import { readFileSync } from "node:fs";
import { buildSchema, graphql, type GraphQLError } from "graphql";
import { z } from "zod";
import { findAccount, findRepository } from "../model/find.ts";
import { readNodeId } from "../model/ids.ts";
import { stamp } from "../model/clock.ts";
import { actor, organisationNode } from "./actors.ts";
import { commitNode } from "./commits.ts";
import { type Context, failed, type Nodes, visible } from "./context.ts";
import { mutations } from "./mutations.ts";
import { pullNode } from "./pulls.ts";
import { repositoryNode } from "./repositories.ts";

const schema = buildSchema(readFileSync(new URL("../schema.graphql", import.meta.url), "utf8"));

const nodes: Nodes = { commit: commitNode, pull: pullNode, repository: repositoryNode };

function node({ id }: { readonly id: string }, context: Context) {
  const read = readNodeId(id);
  const [repoId, number] = (read?.id ?? "").split("/");
  const repo = context.w.repositories.get(Number(repoId));
  const pull = read?.prefix === "PR" ? repo?.pulls.get(Number(number)) : undefined;
  if (repo !== undefined && visible(context, repo)) {
    if (pull !== undefined) return pullNode(context, repo, pull);
    if (read?.prefix === "R") return repositoryNode(context, repo);
  }
  throw failed("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

const queries = {
  id: "Q_query",
  node,
  nodes: ({ ids }: { readonly ids: readonly string[] }, context: Context) => ids.map((id) => node({ id }, context)),
  rateLimit: (_: unknown, { w }: Context) => ({
    cost: 1,
    limit: 5000,
    nodeCount: 100,
    remaining: 4999,
    used: 1,
    resetAt: stamp(w.wallClock() + 3_600_000),
  }),
  repository: ({ owner, name }: { readonly owner: string; readonly name: string }, context: Context) => {
    const repo = findRepository(context.w, `${owner}/${name}`);
    if (repo === undefined || !visible(context, repo)) {
      throw failed("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    }
    return repositoryNode(context, repo);
  },
  user: ({ login }: { readonly login: string }, { w }: Context) => {
    const found = findAccount(w, login);
    if (found?.type !== "User") throw failed("NOT_FOUND", `Could not resolve to a User with the login of '${login}'.`);
    return actor(w, found.id);
  },
  organization: ({ login }: { readonly login: string }, context: Context) => {
    const found = findAccount(context.w, login);
    const org = found === undefined ? undefined : context.w.organisations.get(found.id);
    if (org === undefined)
      throw failed("NOT_FOUND", `Could not resolve to an Organization with the login of '${login}'.`);
    return organisationNode(context, org);
  },
};

const Asked = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** GitHub puts `type` first and leaves `extensions` out, but for errors of the query itself. */
function written(error: GraphQLError): unknown {
  const { type, ...rest } = error.extensions;
  const extensions = Object.keys(rest).length === 0 ? {} : { extensions: rest };
  return {
    ...(typeof type === "string" ? { type } : {}),
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...extensions,
    message: error.message,
  };
}

/** One GraphQL request: 200 with data, errors, or both, as GitHub answers. */
export async function execute(
  { w, caller }: Pick<Context, "w" | "caller">,
  body: unknown,
): Promise<{ readonly data?: unknown; readonly errors?: readonly unknown[] }> {
  const asked = Asked.safeParse(body);
  if (!asked.success) return { errors: [{ message: "A query attribute must be specified and must be a string." }] };
  const { query, variables, operationName } = asked.data;
  const answer = await graphql({
    schema,
    source: query,
    rootValue: { ...queries, ...mutations },
    contextValue: { w, caller, nodes },
    variableValues: variables ?? {},
    operationName: operationName ?? null,
  });
  return {
    ...(answer.data === undefined ? {} : { data: answer.data }),
    ...(answer.errors === undefined ? {} : { errors: answer.errors.map(written) }),
  };
}
