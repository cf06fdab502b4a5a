import type { Account } from "../model/accounts.ts";
import type { App } from "../model/apps.ts";
import type { CheckRun, CommitStatus, Conclusion, Job } from "../model/checks.ts";
import { stamp } from "../model/clock.ts";
import { account, app as findApp, commit, orGhost, repository } from "../model/find.ts";
import type { Repository } from "../model/repositories.ts";
import { userShape } from "../shapes/accounts.ts";
import { webhookCheckRunShape } from "../shapes/checks.ts";
import { commitShape } from "../shapes/commits.ts";
import { repoApi } from "../shapes/repositories.ts";
import type { World } from "../world.ts";
import { emit } from "../deliveries/emit.ts";

/** GitHub's own App for workflows. */
const GITHUB_ACTIONS = 15_368;

/** One suite for each App and commit, as on GitHub. */
function suiteOf(w: World, repo: Repository, appId: number, sha: string): number {
  const known = repo.checkRuns.find((run) => run.appId === appId && run.headSha === sha);
  return known?.suiteId ?? w.ids.next("suite");
}

export type NewCheckRun = Partial<Omit<CheckRun, "id" | "suiteId" | "appId" | "headSha">> & {
  readonly name: string;
  readonly headSha: string;
};

export function emitCheckRun(w: World, repo: Repository, run: CheckRun, action: string, by: Account): void {
  emit(w, repo, { event: "check_run", action, sender: by, body: { check_run: webhookCheckRunShape(w, repo, run) } });
}

export function createCheckRun(w: World, repo: Repository, app: App, given: NewCheckRun): CheckRun {
  const run: CheckRun = {
    id: w.ids.next("check"),
    suiteId: suiteOf(w, repo, app.id, given.headSha),
    appId: app.id,
    name: given.name,
    headSha: given.headSha,
    status: given.status ?? "queued",
    conclusion: given.conclusion ?? null,
    externalId: given.externalId ?? "",
    detailsUrl: given.detailsUrl ?? null,
    startedAt: given.startedAt ?? w.now(),
    completedAt: given.completedAt ?? null,
    output: given.output ?? { title: null, summary: null, text: null, annotations: [] },
    actions: given.actions ?? [],
    job: given.job ?? null,
  };
  repo.checkRuns.push(run);
  const bot = orGhost(w, app.botId);
  emitCheckRun(w, repo, run, "created", bot);
  if (run.status === "completed") emitCheckRun(w, repo, run, "completed", bot);
  return run;
}

/** Another App, or a workflow's job, posts a check under a name of its choice (F02). */
export function postCheckRun(
  w: World,
  given: {
    readonly repo: string;
    readonly sha: string;
    readonly app: number;
    readonly name: string;
    readonly conclusion: Conclusion;
  },
): number {
  const run = createCheckRun(w, repository(w, given.repo), findApp(w, given.app), {
    name: given.name,
    headSha: given.sha,
    status: "completed",
    conclusion: given.conclusion,
    completedAt: w.now(),
  });
  return run.id;
}

/** A workflow's job that has ended. */
export function endJob(
  w: World,
  given: {
    readonly repo: string;
    readonly sha: string;
    readonly name: string;
    readonly conclusion: Conclusion;
    readonly job: Job;
  },
): number {
  const { name, sha: headSha, conclusion, job } = given;
  const ended = { name, headSha, status: "completed", conclusion, completedAt: w.now(), job } as const;
  return createCheckRun(w, repository(w, given.repo), findApp(w, GITHUB_ACTIONS), ended).id;
}

/** Anybody with write access may set a commit status under any name (F02). */
export function postStatus(
  w: World,
  given: {
    readonly repo: string;
    readonly sha: string;
    readonly by: string;
    readonly context: string;
    readonly state: CommitStatus["state"];
  },
): void {
  const repo = repository(w, given.repo);
  const by = account(w, given.by);
  const status: CommitStatus = {
    id: w.ids.next("status"),
    sha: given.sha,
    context: given.context,
    state: given.state,
    description: null,
    creatorId: by.id,
    at: w.now(),
  };
  repo.statuses.push(status);
  emit(w, repo, {
    event: "status",
    action: null,
    sender: by,
    body: {
      id: status.id,
      sha: status.sha,
      name: given.repo,
      target_url: null,
      avatar_url: userShape(w, by)["avatar_url"],
      context: status.context,
      description: null,
      state: status.state,
      commit: commitShape(w, repo, commit(repo, status.sha)),
      branches: [...repo.branches]
        .filter(([, sha]) => sha === status.sha)
        .map(([name, sha]) => ({ name, commit: { sha, url: `${repoApi(w, repo)}/commits/${sha}` }, protected: false })),
      created_at: stamp(status.at),
      updated_at: stamp(status.at),
    },
  });
}

const runById = (repo: Repository, id: number): CheckRun => {
  const found = repo.checkRuns.find((run) => run.id === id);
  if (found === undefined) throw new Error(`The world has no check run ${id}.`);
  return found;
};

/** A button of a check run. The event carries the run's own head: it cannot be pointed at another commit (C21). */
export function pressCheckAction(
  w: World,
  given: { readonly repo: string; readonly checkRun: number; readonly by: string; readonly identifier: string },
): void {
  const repo = repository(w, given.repo);
  emit(w, repo, {
    event: "check_run",
    action: "requested_action",
    sender: account(w, given.by),
    body: {
      check_run: webhookCheckRunShape(w, repo, runById(repo, given.checkRun)),
      requested_action: { identifier: given.identifier },
    },
  });
}

export function rerequestCheckRun(
  w: World,
  given: { readonly repo: string; readonly checkRun: number; readonly by: string },
): void {
  const repo = repository(w, given.repo);
  emitCheckRun(w, repo, runById(repo, given.checkRun), "rerequested", account(w, given.by));
}
