import type { Account } from "../model/accounts.ts";
import { living } from "../model/find.ts";
import type { Organisation, Team } from "../model/organisations.ts";
import type { App } from "../model/apps.ts";
import { nodeId } from "../model/ids.ts";
import { accountNode, userShape } from "../shapes/accounts.ts";
import type { World } from "../world.ts";
import { connection, type PageArgs } from "./connection.ts";
import { type Context, need } from "./context.ts";

/** GraphQL writes a bot's login without `[bot]`; REST and webhooks write it with. */
export const actorNode = (w: World, account: Account) => ({
  __typename: account.type,
  id: accountNode(account),
  databaseId: account.id,
  login: account.login.replace(/\[bot\]$/, ""),
  name: account.name,
  email: "",
  url: userShape(w, account)["html_url"],
  avatarUrl: userShape(w, account)["avatar_url"],
});

/** null for a ghost: GraphQL shows no stand-in. */
export function actor(w: World, id: number | null) {
  const found = living(w, id);
  return found === null ? null : actorNode(w, found);
}

export const appNode = (app: App) => ({
  __typename: "App",
  id: nodeId("A", app.id),
  databaseId: app.id,
  name: app.name,
  slug: app.slug,
});

interface MemberArgs extends PageArgs {
  readonly query?: string | null;
}

/** `query` finds logins and names that contain it, so a caller must compare for itself. Pending members are not listed. */
export function teamNode(context: Context, org: Organisation, team: Team) {
  const { w } = context;
  return {
    __typename: "Team",
    id: nodeId("T", team.id),
    databaseId: team.id,
    name: team.name,
    slug: team.slug,
    combinedSlug: `${w.accounts.get(org.id)?.login}/${team.slug}`,
    privacy: "VISIBLE",
    organization: () => organisationNode(context, org),
    members: (args: MemberArgs) => {
      const wanted = (args.query ?? "").toLowerCase();
      const members = [...team.members]
        .filter(([, state]) => state === "active")
        .flatMap(([id]) => living(w, id) ?? [])
        .filter(
          (account) =>
            account.login.toLowerCase().includes(wanted) || (account.name ?? "").toLowerCase().includes(wanted),
        );
      const found = connection("members", members, args, (account) => actorNode(w, account));
      return { ...found, edges: found.edges.map((edge) => ({ ...edge, role: "MEMBER" })) };
    },
  };
}

export function organisationNode(context: Context, org: Organisation) {
  const { w } = context;
  return {
    ...actor(w, org.id),
    team: ({ slug }: { readonly slug: string }) => {
      need(context, "members", "read");
      const found = org.teams.get(slug.toLowerCase());
      return found === undefined ? null : teamNode(context, org, found);
    },
    teams: (args: PageArgs) => {
      need(context, "members", "read");
      return connection("teams", [...org.teams.values()], args, (team) => teamNode(context, org, team));
    },
  };
}
