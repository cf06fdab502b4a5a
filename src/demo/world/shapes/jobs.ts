import type { CheckRun, Job } from "../model/checks.ts";
import { stamp } from "../model/clock.ts";
import { nodeId } from "../model/ids.ts";
import type { Repository } from "../model/repositories.ts";
import type { World } from "../world.ts";
import { repoApi, repoHtml } from "./repositories.ts";
import type { Shape } from "./shape.ts";

/** A workflow's job. Its check run has the same id, and its suite stands for the run of the workflow. */
export function jobShape(w: World, repo: Repository, run: CheckRun, { steps }: Job): Shape {
  const started = stamp(run.startedAt);
  const ended = run.completedAt === null ? null : stamp(run.completedAt);
  return {
    id: run.id,
    run_id: run.suiteId,
    workflow_name: "ci",
    head_branch: [...repo.branches].find(([, tip]) => tip === run.headSha)?.[0] ?? null,
    run_url: `${repoApi(w, repo)}/actions/runs/${run.suiteId}`,
    run_attempt: 1,
    node_id: nodeId("CR", `${repo.id}/${run.id}`),
    head_sha: run.headSha,
    url: `${repoApi(w, repo)}/actions/jobs/${run.id}`,
    html_url: `${repoHtml(w, repo)}/actions/runs/${run.suiteId}/job/${run.id}`,
    status: run.status,
    conclusion: run.conclusion,
    created_at: started,
    started_at: started,
    completed_at: ended,
    name: run.name,
    steps: steps.map(({ name, conclusion }, i) => ({
      name,
      status: "completed",
      conclusion,
      number: i + 1,
      started_at: started,
      completed_at: ended,
    })),
    check_run_url: `${repoApi(w, repo)}/check-runs/${run.id}`,
    labels: ["ubuntu-latest"],
    runner_id: 1,
    runner_name: "runner 1",
    runner_group_id: 1,
    runner_group_name: "GitHub Actions",
  };
}
