import { z } from "zod";
import { APPROVE_ACTION, CHECK_NAME } from "#gate";
import { account, app, repository, sha, time } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const checkRunEvent = z.object({
  action: z.string(),
  repository,
  sender: account,
  requested_action: z.object({ identifier: z.string() }).nullish(),
  check_run: z.object({
    name: z.string(),
    head_sha: sha,
    app,
    conclusion: z.string().nullish(),
    started_at: time.nullish(),
    completed_at: time.nullish(),
  }),
});

export const onCheckRun = translation(checkRunEvent, (event, origin) => {
  const run = event.check_run;
  const where = refTo(event.repository, origin);
  const work = [{ kind: "evaluate_sha", repository: where, sha: run.head_sha } as const];
  if (run.name !== CHECK_NAME) return IGNORED;
  if (run.app !== origin.appId) {
    // Any workflow job can carry our name. Ours is chosen by app id (F02).
    const at = run.completed_at ?? run.started_at ?? origin.receivedAt;
    return meaning({
      evidence: [
        {
          kind: "foreign_check",
          repository: where,
          sha: run.head_sha,
          source: "check_run",
          appId: run.app,
          conclusion: run.conclusion ?? "none",
          at,
        },
      ],
      work,
    });
  }
  if (event.action === "rerequested") return meaning({ work });
  if (run.conclusion === "success" && event.action !== "requested_action")
    return meaning({
      evidence: [
        { kind: "own_success", repository: where, sha: run.head_sha, at: run.completed_at ?? origin.receivedAt },
      ],
    });
  if (event.action !== "requested_action" || event.requested_action?.identifier !== APPROVE_ACTION) return IGNORED;
  // The button belongs to this run and so to its SHA: it cannot be re-pointed. Whether the presser counts is decided later.
  return meaning({
    evidence: [{ kind: "step_up", repository: where, sha: run.head_sha, account: event.sender, at: origin.receivedAt }],
    work,
  });
});

const suiteEvent = z.object({ action: z.string(), repository, check_suite: z.object({ head_sha: sha, app }) });

export const onCheckSuite = translation(suiteEvent, (event, origin) => {
  if (event.action !== "rerequested" || event.check_suite.app !== origin.appId) return IGNORED;
  return meaning({
    work: [{ kind: "evaluate_sha", repository: refTo(event.repository, origin), sha: event.check_suite.head_sha }],
  });
});

const statusEvent = z.object({ repository, sha, context: z.string(), state: z.string(), updated_at: time });

/** We never write statuses: one with our name is somebody else's. */
export const onStatus = translation(statusEvent, (event, origin) => {
  if (event.context !== CHECK_NAME) return IGNORED;
  const where = refTo(event.repository, origin);
  return meaning({
    evidence: [
      {
        kind: "foreign_check",
        repository: where,
        sha: event.sha,
        source: "status",
        appId: null,
        conclusion: event.state,
        at: event.updated_at,
      },
    ],
    work: [{ kind: "evaluate_sha", repository: where, sha: event.sha }],
  });
});
