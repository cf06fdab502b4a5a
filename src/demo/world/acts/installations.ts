import type { Installation } from "../model/apps.ts";
import { account, ownerOf, repository } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import { installationShape } from "../shapes/checks.ts";
import type { World } from "../world.ts";
import { emitTo } from "../deliveries/emit.ts";

function find(w: World, id: number): Installation {
  const found = w.installations.get(id);
  if (found === undefined || found.deleted) throw new Error(`The world has no installation ${id}.`);
  return found;
}

function announce(w: World, installation: Installation, action: string, by: string): void {
  emitTo(w, [installation], {
    event: "installation",
    action,
    sender: account(w, by),
    body: { installation: installationShape(w, installation), repositories: [], requester: null },
  });
}

function endTokens(w: World, id: number): void {
  for (const token of w.tokens.values()) if (token.installationId === id) token.revoked = true;
}

export function suspendInstallation(w: World, given: { readonly id: number; readonly by: string }): void {
  const found = find(w, given.id);
  found.suspended = { by: account(w, given.by).id, at: w.now() };
  announce(w, found, "suspend", given.by);
}

export function unsuspendInstallation(w: World, given: { readonly id: number; readonly by: string }): void {
  const found = find(w, given.id);
  found.suspended = null;
  announce(w, found, "unsuspend", given.by);
}

/** The App was uninstalled: its tokens end with it. */
export function deleteInstallation(w: World, given: { readonly id: number; readonly by: string }): void {
  const found = find(w, given.id);
  announce(w, found, "deleted", given.by);
  found.deleted = true;
  endTokens(w, given.id);
}

/** A repository joins or leaves an installation that was given selected ones. */
export function selectRepository(
  w: World,
  given: { readonly id: number; readonly repo: string; readonly selected: boolean; readonly by: string },
): void {
  const found = find(w, given.id);
  const repo = repository(w, given.repo);
  found.repositoryIds ??= new Set(
    [...w.repositories.values()].filter((one) => one.ownerId === found.accountId).map((one) => one.id),
  );
  if (given.selected) found.repositoryIds.add(repo.id);
  else found.repositoryIds.delete(repo.id);
  const entry = {
    id: repo.id,
    node_id: nodeId("R", repo.id),
    name: repo.name,
    full_name: `${ownerOf(w, repo).login}/${repo.name}`,
    private: repo.private,
  };
  emitTo(w, [found], {
    event: "installation_repositories",
    action: given.selected ? "added" : "removed",
    sender: account(w, given.by),
    body: {
      installation: installationShape(w, found),
      repository_selection: "selected",
      repositories_added: given.selected ? [entry] : [],
      repositories_removed: given.selected ? [] : [entry],
      requester: null,
    },
  });
}
