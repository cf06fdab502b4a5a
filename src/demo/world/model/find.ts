import type { World } from "../world.ts";
import type { Account } from "./accounts.ts";
import type { App, Installation } from "./apps.ts";
import type { Commit } from "./git.ts";
import { ghost } from "./known-accounts.ts";
import type { Organisation, Team } from "./organisations.ts";
import type { PullRequest } from "./pulls.ts";
import type { Repository } from "./repositories.ts";
import type { Ruleset } from "./rulesets.ts";

/** A scene that names something which is not there is a mistake of the scene, not of the program under test. */
export class NotInWorld extends Error {}

const required = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new NotInWorld(`The world has no ${what}.`);
  return value;
};

export function findAccount(w: World, login: string): Account | undefined {
  const wanted = login.toLowerCase();
  return [...w.accounts.values()].find((account) => !account.removed && account.login.toLowerCase() === wanted);
}

export const account = (w: World, login: string): Account => required(findAccount(w, login), `account ${login}`);

/** null: the account was deleted. */
export function living(w: World, id: number | null): Account | null {
  const found = id === null ? undefined : w.accounts.get(id);
  return found === undefined || found.removed ? null : found;
}

export const orGhost = (w: World, id: number): Account => living(w, id) ?? ghost;

export const ownerOf = (w: World, repository: Repository): Account =>
  required(w.accounts.get(repository.ownerId), `owner ${repository.ownerId}`);

export const fullName = (w: World, repository: Repository): string =>
  `${ownerOf(w, repository).login}/${repository.name}`;

export function findRepository(w: World, name: string): Repository | undefined {
  const wanted = name.toLowerCase();
  return [...w.repositories.values()].find(
    (candidate) => !candidate.deleted && fullName(w, candidate).toLowerCase() === wanted,
  );
}

export const repository = (w: World, name: string): Repository =>
  required(findRepository(w, name), `repository ${name}`);

export const pull = (repo: Repository, number: number): PullRequest =>
  required(repo.pulls.get(number), `pull request #${number}`);

export const commit = (repo: Repository, sha: string): Commit =>
  required(repo.network.commits.get(sha), `commit ${sha}`);

export const tip = (repo: Repository, branch: string): string =>
  required(repo.branches.get(branch), `branch ${branch}`);

export const organisation = (w: World, login: string): Organisation =>
  required(w.organisations.get(account(w, login).id), `organisation ${login}`);

export function team(w: World, name: string): Team {
  const [login = "", slug = ""] = name.split("/");
  return required(organisation(w, login).teams.get(slug), `team ${name}`);
}

export function teamById(w: World, id: number): Team | undefined {
  return [...w.organisations.values()]
    .flatMap((org) => [...org.teams.values()])
    .find((candidate) => candidate.id === id);
}

export const app = (w: World, id: number): App => required(w.apps.get(id), `app ${id}`);

/** The rulesets that bind a repository: the organisation's and its own. */
export const rulesetsOf = (w: World, repo: Repository): readonly Ruleset[] => [
  ...(w.organisations.get(repo.ownerId)?.rulesets ?? []),
  ...repo.rulesets,
];

export const covers = (installation: Installation, repo: Repository): boolean =>
  !installation.deleted &&
  installation.accountId === repo.ownerId &&
  (installation.repositoryIds?.has(repo.id) ?? true);

/** Installations of the App under test that may see a repository. */
export const installationsOf = (w: World, repo: Repository): readonly Installation[] =>
  [...w.installations.values()].filter((candidate) => candidate.appId === w.app.id && covers(candidate, repo));
