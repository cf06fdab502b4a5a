import { z } from "zod";
import { logsReadArguments } from "#gateway";
import { done, unable, type ToolWork } from "../../work.ts";
import { withApi } from "./api.ts";
import type { Scrub } from "./repo-propose.ts";
import { told } from "./told.ts";

const runShape = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
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

/**
 * What a job has told GitHub: its check run's output and annotations. Its raw log is not among GitHub's API: the API answers with an address
 * at another host that is itself a credential, and no lease follows it (docs/doer.md).
 */
export const logsRead =
  (scrub: Scrub): ToolWork =>
  async (bench) => {
    const { job, contains, last } = logsReadArguments.parse(bench.packet.args);
    return withApi(bench, { checks: "read" }, async (api) => {
      const run = await api.get(`check-runs/${job}`, runShape);
      if (run === "absent")
        return unable(`There is no job ${job} in that repository.`, "Read its id with checks.read.");
      const annotations = await api.get(`check-runs/${job}/annotations?per_page=100`, annotationsShape);
      const lines = [
        ...[run.output.title, run.output.summary, run.output.text].flatMap((text) => (text ?? "").split("\n")),
        ...(annotations === "absent" ? [] : annotations).map(
          ({ path, start_line, annotation_level, message }) =>
            `${path}:${start_line}: ${annotation_level ?? "notice"}: ${message ?? ""}`,
        ),
      ].filter((line) => contains === null || line.includes(contains));
      // INVARIANT: a build prints its environment sooner or later.
      const [clean = ""] = await scrub([lines.slice(-last).join("\n")]);
      const { name, status, conclusion } = run;
      return done(`The log of ${name}.`, {
        job,
        name,
        status,
        conclusion,
        log: told("log", clean),
        whole: lines.length <= last,
      });
    });
  };
