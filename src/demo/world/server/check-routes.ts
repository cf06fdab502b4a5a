import { z } from "zod";
import { createCheckRun, emitCheckRun } from "../acts/checks.ts";
import type { CheckRun } from "../model/checks.ts";
import { orGhost } from "../model/find.ts";
import type { Repository } from "../model/repositories.ts";
import { annotationShape, checkRunShape } from "../shapes/checks.ts";
import { type Answer, appOf, type Call, notFound, ok, paged, parse, Refused, repoOf, type Route } from "./route.ts";
import { resolveRef } from "./refs.ts";

/** GitHub's own limits on a check run's text. */
const LIMIT = 65_535;

const Annotation = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  annotation_level: z.enum(["notice", "warning", "failure"]),
  message: z.string(),
  title: z.string().optional(),
});

const CheckBody = z.object({
  name: z.string().optional(),
  head_sha: z.string().optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  status: z.enum(["queued", "in_progress", "completed"]).optional(),
  conclusion: z
    .enum(["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"])
    .optional(),
  started_at: z.iso.datetime({ offset: true }).optional(),
  completed_at: z.iso.datetime({ offset: true }).optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: z.string().max(LIMIT).optional(),
      text: z.string().max(LIMIT).optional(),
      annotations: z.array(Annotation).max(50).optional(),
    })
    .optional(),
  actions: z
    .array(z.object({ label: z.string().max(20), description: z.string().max(40), identifier: z.string().max(20) }))
    .max(3)
    .optional(),
});
type CheckBody = z.infer<typeof CheckBody>;

const time = (text: string | undefined): number | undefined => (text === undefined ? undefined : Date.parse(text));

function outputOf(given: CheckBody, before: CheckRun["output"]): CheckRun["output"] {
  const { output } = given;
  if (output === undefined) return before;
  return {
    title: output.title ?? before.title,
    summary: output.summary ?? before.summary,
    text: output.text ?? before.text,
    annotations: [...before.annotations, ...(output.annotations ?? [])],
  };
}

const NO_OUTPUT: CheckRun["output"] = { title: null, summary: null, text: null, annotations: [] };

function create(call: Call): Answer {
  const { w } = call;
  const repo = repoOf(call);
  const given = parse(CheckBody, call.body);
  if (given.name === undefined || given.head_sha === undefined)
    throw new Refused(422, 'Invalid request.\n\n"name", "head_sha" weren\'t supplied.');
  if (!repo.network.commits.has(given.head_sha)) throw new Refused(422, `No commit found for SHA: ${given.head_sha}`);
  const completed = given.conclusion !== undefined || given.status === "completed";
  if (completed && given.conclusion === undefined)
    throw new Refused(422, "Invalid request.\n\nMissing conclusion for a completed check run.");
  const run = createCheckRun(w, repo, appOf(call), {
    name: given.name,
    headSha: given.head_sha,
    status: completed ? "completed" : (given.status ?? "queued"),
    conclusion: given.conclusion ?? null,
    externalId: given.external_id ?? "",
    detailsUrl: given.details_url ?? null,
    startedAt: time(given.started_at) ?? w.now(),
    completedAt: completed ? (time(given.completed_at) ?? w.now()) : null,
    output: outputOf(given, NO_OUTPUT),
    actions: given.actions ?? [],
  });
  return ok(checkRunShape(w, repo, run), 201);
}

function runOf(call: Call): { readonly repo: Repository; readonly run: CheckRun } {
  const repo = repoOf(call);
  const run = repo.checkRuns.find((candidate) => candidate.id === Number(call.params["check_run_id"]));
  if (run === undefined) throw notFound();
  return { repo, run };
}

const annotations = (call: Call): Answer => {
  const { repo, run } = runOf(call);
  return paged(call, run.output.annotations, (page) =>
    page.map((each) => annotationShape(call.w, repo, run.headSha, each)),
  );
};

function update(call: Call): Answer {
  const { w } = call;
  const { repo, run } = runOf(call);
  const given = parse(CheckBody, call.body);
  const app = appOf(call);
  if (run.appId !== app.id) {
    throw new Refused(
      403,
      `Invalid app_id \`${app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  const completed = given.conclusion !== undefined || given.status === "completed";
  run.name = given.name ?? run.name;
  run.externalId = given.external_id ?? run.externalId;
  run.detailsUrl = given.details_url ?? run.detailsUrl;
  run.output = outputOf(given, run.output);
  run.actions = given.actions ?? run.actions;
  run.startedAt = time(given.started_at) ?? run.startedAt;
  if (completed)
    Object.assign(run, {
      status: "completed",
      conclusion: given.conclusion ?? run.conclusion,
      completedAt: time(given.completed_at) ?? w.now(),
    });
  else if (given.status !== undefined)
    Object.assign(run, { status: given.status, conclusion: null, completedAt: null });
  if (completed) emitCheckRun(w, repo, run, "completed", orGhost(w, app.botId));
  return ok(checkRunShape(w, repo, run));
}

/** `filter=latest` keeps the newest run of each name within a suite. */
function latest(runs: readonly CheckRun[]): readonly CheckRun[] {
  const byKey = new Map(runs.map((run) => [`${run.suiteId}/${run.name}`, run]));
  return [...byKey.values()];
}

function list(call: Call): Answer {
  const repo = repoOf(call);
  const sha = resolveRef(repo, call.params["ref"] ?? "");
  const { app_id: appId, check_name: name, status, filter = "latest" } = call.query;
  const runs = repo.checkRuns
    .filter((run) => run.headSha === sha)
    .filter((run) => appId === undefined || run.appId === Number(appId))
    .filter((run) => name === undefined || run.name === name)
    .filter((run) => status === undefined || run.status === status);
  const shown = filter === "all" ? runs : latest(runs);
  return paged(call, shown.toReversed(), (page) => ({
    total_count: shown.length,
    check_runs: page.map((run) => checkRunShape(call.w, repo, run)),
  }));
}

export const checkRoutes: readonly Route[] = [
  { name: "POST /repos/{owner}/{repo}/check-runs", needs: ["checks", "write"], handle: create },
  {
    name: "GET /repos/{owner}/{repo}/check-runs/{check_run_id}",
    needs: ["checks", "read"],
    handle: (call) => {
      const { repo, run } = runOf(call);
      return ok(checkRunShape(call.w, repo, run));
    },
  },
  {
    name: "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations",
    needs: ["checks", "read"],
    handle: annotations,
  },
  { name: "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}", needs: ["checks", "write"], handle: update },
  { name: "GET /repos/{owner}/{repo}/commits/{ref}/check-runs", needs: ["checks", "read"], handle: list },
];
