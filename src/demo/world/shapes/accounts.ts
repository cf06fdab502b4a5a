import type { Account } from "../model/accounts.ts";
import { nodeId } from "../model/ids.ts";
import type { Team } from "../model/organisations.ts";
import type { World } from "../world.ts";
import type { Shape } from "./shape.ts";

const PREFIX = { User: "U", Bot: "BOT", Organization: "O", Mannequin: "M" } as const;

export const accountNode = (account: Account): string => nodeId(PREFIX[account.type], account.id);

export function userShape(w: World, account: Account): Shape {
  const url = `${w.urls.api}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    avatar_url: `${w.urls.html}/avatars/u/${account.id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `${w.urls.html}/${account.type === "Bot" ? `apps/${account.login.replace("[bot]", "")}` : account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: "public",
    site_admin: false,
  };
}

export const userOrNull = (w: World, account: Account | null): Shape | null =>
  account === null ? null : userShape(w, account);

export function organisationShape(w: World, account: Account): Shape {
  const url = `${w.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${w.urls.html}/avatars/u/${account.id}?v=4`,
    description: null,
  };
}

export function teamShape(w: World, organisationId: number, team: Team): Shape {
  const url = `${w.urls.api}/organizations/${organisationId}/team/${team.id}`;
  const login = w.accounts.get(organisationId)?.login ?? "ghost";
  return {
    id: team.id,
    node_id: nodeId("T", team.id),
    name: team.name,
    slug: team.slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "pull",
    parent: null,
    type: "organization",
    organization_id: organisationId,
    url,
    html_url: `${w.urls.html}/orgs/${login}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
  };
}
