// Permission, affiliation and active team membership of those whose opinion could decide: one query for all of them.
// Aliases carry numbers only and every name goes in as a variable, so no login can change the query.

import { z } from "zod";
import { Fault, known, unknown, userId } from "#kernel";
import type { Known, RepoName, TeamName, UserId } from "#kernel";
import type { GitHubClient, GraphqlAnswer } from "#platform/github";
import { branded } from "#platform/postgres";
import type { Account, Permission, Person } from "../facts.ts";
import { limits } from "./limits.ts";
import { split } from "./read-pull.ts";

export interface Asked {
  readonly accounts: readonly Account[];
  readonly teams: readonly TeamName[];
  readonly serviceAccounts: ReadonlySet<string>;
}

export async function readPeople(
  github: GitHubClient,
  repo: RepoName,
  asked: Asked,
): Promise<ReadonlyMap<UserId, Known<Person>>> {
  const people = new Map<UserId, Known<Person>>();
  for (let i = 0; i < asked.accounts.length; i += limits.peoplePerQuery) {
    const some = asked.accounts.slice(i, i + limits.peoplePerQuery);
    for (const [account, person] of await readSome(github, repo, some, asked)) people.set(account, person);
  }
  return people;
}

async function readSome(
  github: GitHubClient,
  repo: RepoName,
  accounts: readonly Account[],
  asked: Asked,
): Promise<readonly (readonly [UserId, Known<Person>])[]> {
  const nobody = (why: string): readonly (readonly [UserId, Known<Person>])[] =>
    accounts.map((account) => [account.id, unknown(why)] as const);
  try {
    const answer = await github.graphql(
      peopleQuery(accounts.length, asked.teams.length),
      variablesOf(repo, accounts, asked.teams),
    );
    if (!z.object({ repository: z.unknown() }).safeParse(answer.data).success)
      return nobody("the permissions could not be read");
    // INVARIANT (C17): an error leaves those it is about unknown; it never means "no permission" or "not an outside collaborator".
    const general = answer.errors.filter((error) => aliasOf(error.path) === null && !noSuchOrganization(error));
    if (general.length > 0) return nobody("GitHub answered the permissions with errors");
    const bad = new Set(answer.errors.map((error) => aliasOf(error.path)));
    return accounts.map(
      (account, i) =>
        [
          account.id,
          bad.has(i)
            ? unknown(`the permission of ${account.login} could not be read`)
            : toPerson(answer.data, account, i, asked),
        ] as const,
    );
  } catch (error) {
    if (error instanceof Fault) return nobody(`the permissions could not be read (${error.code})`);
    throw error;
  }
}

/** Aliases: p0 collaborator, o0 outside collaborator, u0 user, t0_m1 member of team 0 named like person 1. */
export function peopleQuery(people: number, teams: number): string {
  const each = Array.from({ length: people }, (_, i) => i);
  const groups = Array.from({ length: teams }, (_, t) => t);
  const variables = [
    ...each.map((i) => `$p${i}: String!`),
    ...groups.flatMap((t) => [`$org${t}: String!`, `$t${t}: String!`]),
  ].join(", ");
  const lines = [
    `query GatePeople($owner: String!, $name: String!${variables === "" ? "" : `, ${variables}`}) {`,
    "  repository(owner: $owner, name: $name) {",
    "    databaseId",
    ...each.flatMap((i) => [
      `    p${i}: collaborators(login: $p${i}, first: 1) { edges { permission node { databaseId } } }`,
      `    o${i}: collaborators(login: $p${i}, first: 1, affiliation: OUTSIDE) { edges { node { databaseId } } }`,
    ]),
    "  }",
    ...each.map((i) => `  u${i}: user(login: $p${i}) { databaseId }`),
    ...groups.map((t) =>
      [
        `  org${t}: organization(login: $org${t}) { team(slug: $t${t}) {`,
        ...each.map(
          (i) => `    m${i}: members(query: $p${i}, first: 100) { pageInfo { hasNextPage } nodes { databaseId } }`,
        ),
        "  } }",
      ].join("\n"),
    ),
    "}",
  ];
  return lines.join("\n");
}

function variablesOf(
  repo: RepoName,
  accounts: readonly Account[],
  teams: readonly TeamName[],
): Readonly<Record<string, string>> {
  const named = accounts.map((account, i) => [`p${i}`, account.login] as const);
  const grouped = teams.flatMap((team, t) => {
    const [org = "", slug = ""] = team.split("/");
    return [
      [`org${t}`, org],
      [`t${t}`, slug],
    ] as const;
  });
  return { ...split(repo), ...Object.fromEntries(named), ...Object.fromEntries(grouped) };
}

/** A rule may name a team of an organisation that does not exist (or is a user): nobody is in that team. */
function noSuchOrganization(error: GraphqlAnswer["errors"][number]): boolean {
  return error.type === "NOT_FOUND" && error.path.length === 1 && /^org\d+$/.test(String(error.path[0]));
}

/** The person an error is about, or null when it is about all. */
function aliasOf(path: readonly (string | number)[]): number | null {
  for (const step of path) {
    const found = typeof step === "string" ? /^[poum](\d+)$/.exec(step) : null;
    if (found !== null) return Number(found[1]);
  }
  return null;
}

const id = branded(z.number(), userId);
const collaborators = z.object({
  edges: z.array(z.object({ permission: z.string().optional(), node: z.object({ databaseId: id }) })).nullable(),
});
const members = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean() }),
  nodes: z.array(z.object({ databaseId: id }).nullable()).nullable(),
});
const table = z.record(z.string(), z.unknown());

function toPerson(data: unknown, account: Account, i: number, asked: Asked): Known<Person> {
  const root = table.safeParse(data).data ?? {};
  const repository = table.safeParse(root["repository"]).data ?? {};
  const all = collaborators.safeParse(repository[`p${i}`]);
  const outside = collaborators.safeParse(repository[`o${i}`]);
  const user = z.object({ databaseId: id }).safeParse(root[`u${i}`]);
  if (!all.success || !outside.success || !user.success)
    return unknown(`the permission of ${account.login} could not be read`);
  // The login may have gone to somebody else since the review was read.
  if (user.data.databaseId !== account.id) return unknown(`${account.login} is another account by now`);
  const edge = all.data.edges?.find((e) => e.node.databaseId === account.id);
  const teams = asked.teams.map((team, t) => memberOf(root[`org${t}`], account.id, i, team));
  const cut = teams.find((team) => !team.known);
  if (cut !== undefined && !cut.known) return unknown(cut.why);
  return known({
    account,
    permission: edge === undefined ? "none" : permissionOf(edge.permission),
    outsideCollaborator: outside.data.edges?.some((e) => e.node.databaseId === account.id) ?? false,
    teams: teams.flatMap((team) => (team.known && team.value !== null ? [team.value] : [])),
    serviceAccount: asked.serviceAccounts.has(account.login.toLowerCase()),
  });
}

function memberOf(organization: unknown, user: UserId, i: number, team: TeamName): Known<TeamName | null> {
  const found = z.object({ team: table.nullable() }).nullish().safeParse(organization);
  if (!found.success) return unknown(`the members of ${team} could not be read`);
  // No such team: nobody is in it, so the rule that names it cannot be satisfied.
  if (found.data === null || found.data === undefined || found.data.team === null) return known(null);
  const list = members.safeParse(found.data.team[`m${i}`]);
  if (!list.success) return unknown(`the members of ${team} could not be read`);
  if (list.data.nodes?.some((node) => node?.databaseId === user) === true) return known(team);
  return list.data.pageInfo.hasNextPage ? unknown(`the members of ${team} could not be read whole`) : known(null);
}

const PERMISSIONS: Readonly<Record<string, Permission>> = {
  ADMIN: "admin",
  MAINTAIN: "maintain",
  WRITE: "write",
  TRIAGE: "triage",
  READ: "read",
};

function permissionOf(name: string | undefined): Permission {
  return PERMISSIONS[name ?? ""] ?? "none";
}
