import { z } from "zod";
import { checksReadArguments } from "#gateway";
import type { Json } from "#kernel";
import { cut } from "../../cut.ts";
import { done, type ToolWork } from "../../work.ts";
import { commitOf, withApi, type Api } from "./api.ts";
import { told } from "./told.ts";

const SUMMARY = 2_000;
const runsShape = z.object({
  total_count: z.int(),
  check_runs: z.array(
    z.object({
      id: z.int(),
      name: z.string(),
      status: z.string(),
      conclusion: z.string().nullable(),
      started_at: z.string().nullish(),
      completed_at: z.string().nullish(),
      app: z.object({ slug: z.string().nullish() }).nullish(),
      output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
    }),
  ),
});
const statusShape = z.object({
  statuses: z.array(z.object({ context: z.string(), state: z.string(), description: z.string().nullable() })),
});

export const checksRead: ToolWork = async (bench) => {
  const { ref } = checksReadArguments.parse(bench.packet.args);
  return withApi(bench, { contents: "read", checks: "read", statuses: "read" }, async (api) => {
    const commit = await commitOf(api, ref);
    const found = await api.get(`commits/${commit}/check-runs?per_page=100`, runsShape);
    const runs = found === "absent" ? [] : found.check_runs;
    const checks: Json = runs.map(({ id, name, status, conclusion, output, ...run }) => ({
      job: id,
      name,
      status,
      conclusion,
      by: run.app?.slug ?? null,
      startedAt: run.started_at ?? null,
      endedAt: run.completed_at ?? null,
      title: told("tool_result", cut(output.title ?? "", SUMMARY)),
      summary: told("tool_result", cut(output.summary ?? "", SUMMARY)),
    }));
    const more = found !== "absent" && found.total_count > runs.length;
    return done(`${runs.length} checks of ${commit.slice(0, 12)}.`, {
      commit,
      checks,
      more,
      statuses: await statusesOf(api, commit),
    });
  });
};

/** null: this GitHub has no such route, or none were read. */
async function statusesOf(api: Api, commit: string): Promise<Json> {
  const found = await api.get(`commits/${commit}/status?per_page=100`, statusShape);
  return found === "absent"
    ? null
    : found.statuses.map(({ context, state, description }) => ({
        name: context,
        state,
        says: told("tool_result", cut(description ?? "", SUMMARY)),
      }));
}
