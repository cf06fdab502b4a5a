import type { App, Installation } from "../model/apps.ts";
import type { Annotation, CheckRun } from "../model/checks.ts";
import { stamp } from "../model/clock.ts";
import { app as findApp, living, orGhost } from "../model/find.ts";
import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { userOrNull, userShape } from "./accounts.ts";
import { pullMinimalShape } from "./pulls.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

export function appShape(w: World, app: App): Shape {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("A", app.id),
    client_id: app.clientId,
    owner: userShape(w, orGhost(w, app.ownerId)),
    name: app.name,
    description: "",
    external_url: `${w.urls.html}/apps/${app.slug}`,
    html_url: `${w.urls.html}/apps/${app.slug}`,
    created_at: stamp(app.createdAt),
    updated_at: stamp(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

/** Pull requests of the repository itself whose head this is: those from forks are never listed. */
const pullsOf = (repo: Repository, sha: string) =>
  [...repo.pulls.values()].filter(
    (pull) => pull.state === "open" && pull.headSha === sha && pull.headRepoId === repo.id,
  );

export function checkRunShape(w: World, repo: Repository, run: CheckRun): Shape {
  const url = `${repoApi(w, repo)}/check-runs/${run.id}`;
  const html = `${repoHtml(w, repo)}/runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CR", `${repo.id}/${run.id}`),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: stamp(run.startedAt),
    completed_at: run.completedAt === null ? null : stamp(run.completedAt),
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suiteId },
    app: appShape(w, findApp(w, run.appId)),
    pull_requests: pullsOf(repo, run.headSha).map((pull) => pullMinimalShape(w, repo, pull)),
  };
}

export const annotationShape = (w: World, repo: Repository, sha: string, each: Annotation): Shape => ({
  path: each.path,
  start_line: each.start_line,
  end_line: each.end_line,
  start_column: null,
  end_column: null,
  annotation_level: each.annotation_level,
  title: each.title ?? null,
  message: each.message,
  raw_details: null,
  blob_href: `${repoHtml(w, repo)}/blob/${sha}/${each.path}`,
});

const branchOf = (repo: Repository, sha: string): string | null =>
  [...repo.branches].find(([, tip]) => tip === sha)?.[0] ?? null;

/** As webhooks carry it, with its suite. */
export const webhookCheckRunShape = (w: World, repo: Repository, run: CheckRun): Shape => ({
  ...checkRunShape(w, repo, run),
  check_suite: {
    id: run.suiteId,
    node_id: nodeId("CS", run.suiteId),
    head_branch: branchOf(repo, run.headSha),
    head_sha: run.headSha,
    status: run.status,
    conclusion: run.conclusion,
    url: `${repoApi(w, repo)}/check-suites/${run.suiteId}`,
    before: null,
    after: run.headSha,
    pull_requests: pullsOf(repo, run.headSha).map((pull) => pullMinimalShape(w, repo, pull)),
    app: appShape(w, findApp(w, run.appId)),
    created_at: stamp(run.startedAt),
    updated_at: stamp(run.completedAt ?? run.startedAt),
  },
});

export function installationShape(w: World, installation: Installation): Shape {
  const account = orGhost(w, installation.accountId);
  const url = `${w.urls.api}/app/installations/${installation.id}`;
  const app = findApp(w, installation.appId);
  return {
    id: installation.id,
    client_id: app.clientId,
    account: userShape(w, account),
    repository_selection: installation.repositoryIds === null ? "all" : "selected",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${w.urls.api}/installation/repositories`,
    html_url: `${w.urls.html}/organizations/${account.login}/settings/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: installation.events,
    created_at: stamp(installation.createdAt),
    updated_at: stamp(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: userOrNull(w, living(w, installation.suspended?.by ?? null)),
    suspended_at: installation.suspended === null ? null : stamp(installation.suspended.at),
  };
}
