import { z } from "zod";
import { logsReadArguments, type LogsReadArguments } from "#gateway";
import { createTail, type Tail } from "../../tail.ts";
import { done, unable, Unable, type Bench, type ToolWork } from "../../work.ts";
import { withApi, type Api } from "./api.ts";
import type { Scrub } from "./repo-propose.ts";
import { told } from "./told.ts";

const ACTIONS = "github-actions";
const runShape = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  app: z.object({ slug: z.string().nullish() }).nullish(),
  output: z.object({ title: z.string().nullable(), summary: z.string().nullable(), text: z.string().nullish() }),
});
const annotationsShape = z.array(
  z.object({
    path: z.string(),
    start_line: z.int(),
    annotation_level: z.string().nullable(),
    message: z.string().nullable(),
  }),
);
/** https://docs.github.com/en/rest/actions/workflow-jobs: a job of Actions has the id of its check run. */
const jobShape = z.object({
  steps: z
    .array(z.object({ number: z.int(), name: z.string(), status: z.string(), conclusion: z.string().nullable() }))
    .default([]),
});

type Tailed = ReturnType<Tail["end"]>;

/**
 * The log of a job, how each of its steps ended, and what it has remarked. The log lies at another host, at an address that is itself a
 * credential: the lease's proxy fetches it from there (src/leases/io/egress/stored.ts), and nothing of that is seen here.
 */
export const logsRead =
  (scrub: Scrub): ToolWork =>
  async (bench) => {
    const asked = logsReadArguments.parse(bench.packet.args);
    const said = await withApi(bench, { checks: "read" }, (api) => saidBy(api, asked));
    if (said === null)
      return unable(`There is no job ${asked.job} in that repository.`, "Read its id with checks.read.");
    const { name, status, conclusion, app } = said.run;
    const ran = app?.slug === ACTIONS ? await ranIn(bench, asked) : NO_JOB;
    const { lines, whole } = ran.log ?? said.output;
    // INVARIANT: a build prints its environment sooner or later. What was taken out is asked for by nobody: a credential would be found letter by
    // letter by whether its line is there.
    const [log = "", remarks = "", ...names] = await scrub([
      lines.join("\n"),
      said.remarks.lines.join("\n"),
      ...ran.steps.map((step) => step.name),
    ]);
    return done(`The log of ${name}.`, {
      job: asked.job,
      name,
      status,
      conclusion,
      steps: ran.steps.map((step, i) => ({
        number: step.number,
        name: told("log", names[i] ?? ""),
        status: step.status,
        conclusion: step.conclusion,
      })),
      log: told("log", stillHolding(asked, log)),
      of: ran.log === null ? "check" : "job",
      missing: ran.missing,
      remarks: told("log", stillHolding(asked, remarks)),
      whole: whole && said.remarks.whole,
    });
  };

const stillHolding = ({ contains }: LogsReadArguments, text: string): string =>
  contains === null
    ? text
    : text
        .split("\n")
        .filter((line) => line.includes(contains))
        .join("\n");

/** Of a check run, whoever's it is. null: there is none. */
async function saidBy(api: Api, asked: LogsReadArguments) {
  const run = await api.get(`check-runs/${asked.job}`, runShape);
  if (run === "absent") return null;
  const found = await api.get(`check-runs/${asked.job}/annotations?per_page=100`, annotationsShape);
  const { title, summary, text } = run.output;
  const remarks = (found === "absent" ? [] : found).map(
    ({ path, start_line, annotation_level, message }) =>
      `${path}:${start_line}: ${annotation_level ?? "notice"}: ${message ?? ""}`,
  );
  return {
    run,
    output: tailed(
      [title, summary, text].flatMap((part) => (part == null ? [] : [part])),
      asked,
    ),
    remarks: tailed(remarks, asked),
  };
}

interface Ran {
  readonly steps: z.infer<typeof jobShape>["steps"];
  readonly log: Tailed | null;
  /** Why there is no log of a job; null: there is. */
  readonly missing: string | null;
}
const NO_JOB: Ran = {
  steps: [],
  log: null,
  missing: "This check is no job of GitHub Actions: shown is what it has told GitHub.",
};

/** INVARIANT: an installation that has not agreed to `actions: read` reads on what its checks say. */
async function ranIn(bench: Bench, asked: LogsReadArguments): Promise<Ran> {
  let steps: Ran["steps"] = [];
  try {
    return await withApi(bench, { actions: "read" }, async (api) => {
      const job = await api.get(`actions/jobs/${asked.job}`, jobShape);
      if (job !== "absent") ({ steps } = job);
      const body = await api.open(`actions/jobs/${asked.job}/logs`);
      if (body === "absent")
        return {
          steps,
          log: null,
          missing: "GitHub has no log of this job: it has not ended, or its log was removed.",
        };
      const tail = createTail(asked);
      const decoder = new TextDecoder();
      for await (const piece of body) tail.take(decoder.decode(piece, { stream: true }));
      return { steps, log: tail.end(), missing: null };
    });
  } catch (error) {
    if (!(error instanceof Unable)) throw error;
    return { steps, log: null, missing: `The job's log could not be read. ${error.message}` };
  }
}

function tailed(texts: readonly string[], asked: LogsReadArguments): Tailed {
  const tail = createTail(asked);
  for (const text of texts) tail.take(`${text}\n`);
  return tail.end();
}
