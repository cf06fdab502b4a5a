import type { World } from "../world.ts";
import { orGhost } from "./find.ts";
import { type Permission, PERMISSIONS } from "./organisations.ts";
import type { Repository } from "./repositories.ts";

const highest = (permissions: readonly Permission[]): Permission =>
  permissions.reduce((best, next) => (PERMISSIONS.indexOf(next) > PERMISSIONS.indexOf(best) ? next : best), "none");

/** What an account may do in a repository, all its ways taken together. */
export function permissionOf(w: World, repo: Repository, accountId: number): Permission {
  if (repo.ownerId === accountId) return "admin";
  const organisation = w.organisations.get(repo.ownerId);
  const membership = organisation?.members.get(accountId);
  const ways: Permission[] = [repo.collaborators.get(accountId) ?? "none"];
  if (membership?.state === "active") ways.push(membership.role === "admin" ? "admin" : "read");
  for (const team of organisation?.teams.values() ?? []) {
    if (team.members.get(accountId) === "active") ways.push(team.repositories.get(repo.id) ?? "none");
  }
  if (!repo.private) ways.push("read");
  return highest(ways);
}

/** Has a permission of its own here without being a member of the organisation. */
export function isOutside(w: World, repo: Repository, accountId: number): boolean {
  const organisation = w.organisations.get(repo.ownerId);
  return (
    organisation !== undefined &&
    organisation.members.get(accountId)?.state !== "active" &&
    repo.collaborators.has(accountId)
  );
}

/** People whom GitHub lists as collaborators of a repository. Bots are not listed. */
export function collaboratorsOf(
  w: World,
  repo: Repository,
): readonly { readonly id: number; readonly permission: Permission; readonly outside: boolean }[] {
  const organisation = w.organisations.get(repo.ownerId);
  const ids = new Set([
    ...repo.collaborators.keys(),
    ...(organisation?.members.keys() ?? []),
    ...(organisation === undefined ? [repo.ownerId] : []),
  ]);
  return [...ids]
    .filter((id) => orGhost(w, id).type === "User" && w.accounts.get(id)?.removed === false)
    .map((id) => ({ id, permission: permissionOf(w, { ...repo, private: true }, id), outside: isOutside(w, repo, id) }))
    .filter((person) => person.permission !== "none");
}

export type AuthorAssociation = "COLLABORATOR" | "CONTRIBUTOR" | "MEMBER" | "NONE" | "OWNER";

export function associationOf(w: World, repo: Repository, accountId: number): AuthorAssociation {
  if (repo.ownerId === accountId) return "OWNER";
  if (w.organisations.get(repo.ownerId)?.members.get(accountId)?.state === "active") return "MEMBER";
  return repo.collaborators.has(accountId) ? "COLLABORATOR" : "CONTRIBUTOR";
}
