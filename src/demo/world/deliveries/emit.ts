import type { Account } from "../model/accounts.ts";
import type { Installation } from "../model/apps.ts";
import { installationsOf } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import { organisationShape, userShape } from "../shapes/accounts.ts";
import { pushRepositoryShape, repositoryShape } from "../shapes/repositories.ts";
import type { Shape } from "../shapes/shape.ts";
import type { World } from "../world.ts";
import { enqueue } from "./send.ts";

/** Sent to every App whatever it subscribed to. */
const ALWAYS = new Set(["installation", "installation_repositories", "ping"]);

export interface Happening {
  readonly event: string;
  readonly action: string | null;
  readonly sender: Account;
  readonly body: Shape;
}

function send(w: World, installation: Installation, repo: Repository | null, happening: Happening): void {
  if (installation.suspended !== null && !ALWAYS.has(happening.event)) return;
  if (!ALWAYS.has(happening.event) && !installation.events.includes(happening.event)) return;
  const organisation = w.organisations.has(installation.accountId) ? w.accounts.get(installation.accountId) : undefined;
  const payload: Shape = {
    ...(happening.action === null ? {} : { action: happening.action }),
    ...happening.body,
    ...(repo === null
      ? {}
      : { repository: happening.event === "push" ? pushRepositoryShape(w, repo) : repositoryShape(w, repo) }),
    ...(organisation === undefined ? {} : { organization: organisationShape(w, organisation) }),
    sender: userShape(w, happening.sender),
    ...("installation" in happening.body
      ? {}
      : { installation: { id: installation.id, node_id: nodeId("MDI", installation.id) } }),
  };
  enqueue(w, {
    id: w.ids.next("delivery"),
    guid: w.ids.guid(),
    event: happening.event,
    action: happening.action,
    installationId: installation.id,
    repositoryId: repo?.id ?? null,
    raw: JSON.stringify(payload),
    redelivery: false,
    at: w.now(),
    durationMs: 0,
    statusCode: 0,
    status: "",
  });
}

/** Something happened in a repository: every installation that may see it hears of it. */
export function emit(w: World, repo: Repository, happening: Happening): void {
  for (const installation of installationsOf(w, repo)) send(w, installation, repo, happening);
}

/** Something happened to an organisation or to an installation itself. */
export function emitTo(w: World, installations: readonly Installation[], happening: Happening): void {
  for (const installation of installations) send(w, installation, null, happening);
}

export const installationsOfAccount = (w: World, accountId: number): readonly Installation[] =>
  [...w.installations.values()].filter((one) => one.appId === w.app.id && one.accountId === accountId && !one.deleted);
