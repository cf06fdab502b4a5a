import { account, ownerOf, repository, team } from "../model/find.ts";
import { emit, emitTo, installationsOfAccount } from "../deliveries/emit.ts";
import type { MembershipState, Permission } from "../model/organisations.ts";
import { teamShape, userShape } from "../shapes/accounts.ts";
import type { World } from "../world.ts";

/** The login changes, the id stays (B16). GitHub tells Apps nothing. */
export function renameUser(w: World, given: { readonly login: string; readonly to: string }): void {
  account(w, given.login).login = given.to;
}

/** The account is deleted: reviews lose their author, memberships end (C18). */
export function removeUser(w: World, login: string): void {
  const gone = account(w, login);
  gone.removed = true;
  for (const org of w.organisations.values()) {
    org.members.delete(gone.id);
    for (const one of org.teams.values()) one.members.delete(gone.id);
  }
  for (const repo of w.repositories.values()) repo.collaborators.delete(gone.id);
}

const WORD = { read: "read", triage: "read", write: "write", maintain: "write", admin: "admin" } as const;

export function setPermission(
  w: World,
  given: { readonly repo: string; readonly login: string; readonly permission: Permission; readonly by: string },
): void {
  const repo = repository(w, given.repo);
  const member = account(w, given.login);
  const before = repo.collaborators.get(member.id);
  const permission = given.permission;
  const sender = account(w, given.by);
  const body = { member: userShape(w, member) };
  if (permission === "none") {
    repo.collaborators.delete(member.id);
    emit(w, repo, { event: "member", action: "removed", sender, body });
    return;
  }
  repo.collaborators.set(member.id, permission);
  const changes =
    before === undefined || before === "none"
      ? { permission: { to: WORD[permission] }, role_name: { to: permission } }
      : { permission: { from: WORD[before], to: WORD[permission] } };
  emit(w, repo, {
    event: "member",
    action: before === undefined ? "added" : "edited",
    sender,
    body: { ...body, changes },
  });
}

export function setMembership(
  w: World,
  given: {
    readonly team: string;
    readonly login: string;
    readonly state: MembershipState | "none";
    readonly by: string;
  },
): void {
  const found = team(w, given.team);
  const org = account(w, given.team.split("/")[0] ?? "");
  const member = account(w, given.login);
  if (given.state === "none") found.members.delete(member.id);
  else found.members.set(member.id, given.state);
  if (given.state === "pending") return;
  emitTo(w, installationsOfAccount(w, org.id), {
    event: "membership",
    action: given.state === "none" ? "removed" : "added",
    sender: account(w, given.by),
    body: { scope: "team", member: userShape(w, member), team: teamShape(w, org.id, found) },
  });
}

/** The repository that a pull request came from is deleted (D06). Nothing about the pull request is sent. */
export function deleteHeadRepository(w: World, given: { readonly repo: string; readonly number: number }): void {
  const pull = repository(w, given.repo).pulls.get(given.number);
  const head =
    pull?.headRepoId === undefined || pull.headRepoId === null ? undefined : w.repositories.get(pull.headRepoId);
  if (head === undefined || ownerOf(w, head).login === given.repo.split("/")[0])
    throw new Error("Only a fork can be deleted.");
  head.deleted = true;
  for (const repo of w.repositories.values()) {
    for (const one of repo.pulls.values()) if (one.headRepoId === head.id) one.headRepoId = null;
  }
}
