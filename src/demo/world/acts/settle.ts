import type { Account } from "../model/accounts.ts";
import type { App, Installation, Permissions } from "../model/apps.ts";
import { account, findAccount, organisation, ownerOf, repository, team } from "../model/find.ts";
import { addCommit, signed } from "../model/commits.ts";
import type { MembershipState, Organisation, Permission, Team } from "../model/organisations.ts";
import type { Repository } from "../model/repositories.ts";
import { installationShape } from "../shapes/checks.ts";
import type { World } from "../world.ts";
import { emitTo } from "../deliveries/emit.ts";

// How a scene is furnished. Except for installing an App, none of this is heard by webhooks.

export interface NewAccount {
  readonly login: string;
  readonly type?: Account["type"];
  readonly name?: string;
  readonly emails?: readonly string[];
}

export function addAccount(w: World, { login, type = "User", name, emails = [] }: NewAccount): Account {
  const added: Account = {
    id: w.ids.next("account"),
    login,
    type,
    name: name ?? null,
    emails: [...emails],
    removed: false,
  };
  w.accounts.set(added.id, added);
  return added;
}

export function addOrganisation(w: World, login: string): Organisation {
  const own = addAccount(w, { login, type: "Organization" });
  const added: Organisation = { id: own.id, members: new Map(), teams: new Map(), rulesets: [] };
  w.organisations.set(own.id, added);
  return added;
}

export function addMember(
  w: World,
  org: string,
  login: string,
  role: "admin" | "member" = "member",
  state: MembershipState = "active",
): void {
  organisation(w, org).members.set(account(w, login).id, { role, state });
}

export function addTeam(
  w: World,
  org: string,
  slug: string,
  members: Readonly<Record<string, MembershipState>> = {},
): Team {
  const added: Team = {
    id: w.ids.next("team"),
    slug,
    name: slug,
    members: new Map(Object.entries(members).map(([login, state]) => [account(w, login).id, state])),
    repositories: new Map(),
  };
  organisation(w, org).teams.set(slug, added);
  return added;
}

export function grantTeam(w: World, teamName: string, repo: string, permission: Permission): void {
  team(w, teamName).repositories.set(repository(w, repo).id, permission);
}

export interface NewRepository {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly collaborators?: Readonly<Record<string, Permission>>;
  readonly private?: boolean;
  readonly defaultBranch?: string;
  /** Who made the first commit; the owner unless said. */
  readonly by?: string;
}

function emptyRepository(
  w: World,
  owner: Account,
  name: string,
  rest: Pick<Repository, "private" | "defaultBranch" | "forkOf" | "network">,
): Repository {
  const added: Repository = {
    ...rest,
    id: w.ids.next("repository"),
    ownerId: owner.id,
    name,
    createdAt: w.now(),
    pushedAt: w.now(),
    branches: new Map(),
    collaborators: new Map(),
    pulls: new Map(),
    issues: new Map(),
    comments: [],
    checkRuns: [],
    statuses: [],
    rulesets: [],
    ruleSuites: [],
    activity: [],
    queue: [],
    groups: [],
    nextNumber: 1,
    deleted: false,
  };
  w.repositories.set(added.id, added);
  return added;
}

export function addRepository(w: World, given: NewRepository): Repository {
  const [owner = "", name = ""] = given.name.split("/");
  const by = account(w, given.by ?? owner);
  const defaultBranch = given.defaultBranch ?? "main";
  const repo = emptyRepository(w, account(w, owner), name, {
    private: given.private ?? true,
    defaultBranch,
    forkOf: null,
    network: { commits: new Map(), trees: new Map(), blobs: new Map() },
  });
  for (const [login, permission] of Object.entries(given.collaborators ?? {}))
    repo.collaborators.set(account(w, login).id, permission);
  const who = signed(by, w.now());
  const first = addCommit(repo.network, {
    tree: new Map(Object.entries({ "README.md": `# ${name}\n`, ...given.files })),
    parents: [],
    author: who,
    committer: who,
    message: "Initial commit",
  });
  repo.branches.set(defaultBranch, first.sha);
  return repo;
}

/** A fork starts with the branches of its parent and shares its commits. */
export function fork(w: World, name: string, by: string): Repository {
  const parent = repository(w, name);
  const copy = emptyRepository(w, account(w, by), parent.name, {
    private: parent.private,
    defaultBranch: parent.defaultBranch,
    forkOf: parent.id,
    network: parent.network,
  });
  for (const [branch, sha] of parent.branches) copy.branches.set(branch, sha);
  return copy;
}

/** Another App, which can post checks of its own. */
export function addApp(w: World, slug: string): App {
  const bot = findAccount(w, `${slug}[bot]`) ?? addAccount(w, { login: `${slug}[bot]`, type: "Bot" });
  const id = w.ids.next("app") + 500_000;
  const added: App = {
    id,
    slug,
    name: slug,
    clientId: `Iv1.${String(id).padStart(16, "0")}`,
    ownerId: bot.id,
    botId: bot.id,
    publicKey: null,
    permissions: {},
    events: [],
    createdAt: w.now(),
  };
  w.apps.set(added.id, added);
  return added;
}

export interface NewInstallation {
  readonly account: string;
  /** Omitted: all repositories of the account. */
  readonly repositories?: readonly string[];
  readonly by: string;
  readonly permissions?: Permissions;
}

const basic = (w: World, ids: Iterable<number>) =>
  [...ids].flatMap((id) => {
    const repo = w.repositories.get(id);
    return repo === undefined
      ? []
      : [
          {
            id,
            node_id: `R_${id}`,
            name: repo.name,
            full_name: `${ownerOf(w, repo).login}/${repo.name}`,
            private: repo.private,
          },
        ];
  });

/** The App under test is installed; GitHub says so in an `installation` event. */
export function installApp(w: World, given: NewInstallation): Installation {
  const owner = account(w, given.account);
  const added: Installation = {
    id: w.ids.next("installation"),
    appId: w.app.id,
    accountId: owner.id,
    repositoryIds:
      given.repositories === undefined ? null : new Set(given.repositories.map((name) => repository(w, name).id)),
    permissions: given.permissions ?? w.app.permissions,
    events: w.app.events,
    createdAt: w.now(),
    suspended: null,
    deleted: false,
  };
  w.installations.set(added.id, added);
  const all = [...w.repositories.values()].filter((repo) => repo.ownerId === owner.id).map((repo) => repo.id);
  emitTo(w, [added], {
    event: "installation",
    action: "created",
    sender: account(w, given.by),
    body: {
      installation: installationShape(w, added),
      repositories: basic(w, added.repositoryIds ?? all),
      requester: null,
    },
  });
  return added;
}
