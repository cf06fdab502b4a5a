import type { CheckRun, Job } from "../model/checks.ts";
import type { Repository } from "../model/repositories.ts";
import { jobShape } from "../shapes/jobs.ts";
import { type Call, notFound, ok, repoOf, type Route } from "./route.ts";
import { storedAt } from "./storage.ts";

function jobOf(call: Call): { readonly repo: Repository; readonly run: CheckRun; readonly job: Job } {
  const repo = repoOf(call);
  const run = repo.checkRuns.find(({ id }) => id === Number(call.params["job_id"]));
  const job = run?.job ?? null;
  if (run === undefined || job === null) throw notFound();
  return { repo, run, job };
}

export const jobRoutes: readonly Route[] = [
  {
    name: "GET /repos/{owner}/{repo}/actions/jobs/{job_id}",
    needs: ["actions", "read"],
    handle: (call) => {
      const { repo, run, job } = jobOf(call);
      return ok(jobShape(call.w, repo, run, job));
    },
  },
  {
    name: "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs",
    needs: ["actions", "read"],
    handle: (call) => {
      const { repo, run, job } = jobOf(call);
      if (job.log === null) throw notFound();
      return { status: 302, body: null, headers: { location: storedAt(call.w, repo, run.id) } };
    },
  },
];
