import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { acts, findRepository } from "#demo/world";
import type { Step } from "#gate/io";
import { checkAll, stage } from "./support/stage.ts";
import type { Stage } from "./support/stage.ts";

const VICTIM = fileURLToPath(new URL("./support/victim.ts", import.meta.url));
const MERGE = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge";
const job = z.object({ task: z.string(), payload: z.unknown() });

/** Runs the waiting job of a task in a process that is killed at a step. The job stays in the queue, as after a crash. */
async function killDuring(s: Stage, task: string, step: Step): Promise<void> {
  const [found] = z
    .array(job)
    .parse(
      await s.t.adminSql(
        "select t.identifier as task, j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = $1",
        [task],
      ),
    );
  const child = spawn(process.execPath, [VICTIM], { stdio: ["pipe", "inherit", "inherit"] });
  const ended = once(child, "exit");
  child.stdin.end(
    JSON.stringify({
      url: s.t.urls.app,
      claimKey: s.t.claimKey,
      keysDir: s.t.keysDir,
      api: s.world.urls.api,
      appId: s.appId,
      privateKey: s.privateKey,
      ...found,
      step,
    }),
  );
  expect(await ended, `killed at ${step}`).toEqual([null, "SIGKILL"]);
}

async function approved(): Promise<Stage> {
  const s = await stage({ heard: true });
  s.clock.advance(60_000);
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
  await s.settle();
  s.world.journal.clear();
  return s;
}

describe("G2, A1: the process is killed (SIGKILL) in the middle of a merge", () => {
  const steps: readonly Step[] = [
    "merge:intended",
    "merge:decided",
    "merge:calling",
    "merge:called",
    "merge:read_back",
  ];

  it.each(steps)("at %s: at most one merge, exactly one outcome", async (step) => {
    const s = await approved();
    await s.merge();
    await killDuring(s, "gate.merge", step);
    expect(await s.entries("gate.merge"), "the intent was durable before anything else").toEqual(["intent"]);
    await s.jobs();
    expect(findRepository(s.world, s.repo)?.pulls.get(s.number)?.merged).toBe(true);
    expect(s.world.journal.of(MERGE).filter((e) => e.status === 200)).toHaveLength(1);
    const happened = step === "merge:called" || step === "merge:read_back";
    expect(await s.entries("gate.merge")).toEqual(["intent", happened ? "recovered" : "success"]);
    await s.settle();
    await s.sweep();
    expect(await s.incidents()).toEqual([]);
    await checkAll(s);
  });
});

describe("G1, A1: the process is killed (SIGKILL) in the middle of publishing", () => {
  const steps: readonly Step[] = ["publish:intended", "publish:written"];

  it.each(steps)("at %s: one check run with the right conclusion, exactly one outcome", async (step) => {
    const s = await stage();
    acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
    s.world.hook.queue.length = 0;
    const pr = { repository: { installation: s.tenant.installation, id: s.repositoryId, name: s.name }, number: s.pr };
    await s.t.db.withTenant(s.tenant.claim, (tx) => s.intake.request(tx, { kind: "evaluate", pr }));
    await s.only("gate.evaluate");
    await killDuring(s, "gate.publish", step);
    await s.jobs();
    const ours = findRepository(s.world, s.repo)?.checkRuns.filter(
      (run) => run.appId === s.appId && run.headSha === s.h2,
    );
    expect(ours?.map((run) => run.conclusion)).toEqual(["success"]);
    expect(await s.entries("gate.publish")).toEqual(["intent", "success"]);
    await checkAll(s);
  });
});
