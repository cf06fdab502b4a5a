// How many calls to GitHub one evaluation and one merge take, for pull requests of 10, 100 and 250 reviews, commits and files.
// Counted by the local GitHub's journal; a count, so the machine does not matter. Budget: 4 and 8 up to 100 items a list.

import { acts, findRepository, scene, serveWorld } from "#demo/world";
import type { Scene } from "#demo/world";
import { createIntake, gateHandlers, recordRequester } from "#gate/io";
import type { GateDeps } from "#gate/io";
import { appId, installationId, prNumber, repoName, repositoryId } from "#kernel";
import { createGitHub } from "#platform/github";
import type { Job } from "#platform/jobs";
import { createDatabase, migrate } from "#platform/postgres";
import { bindInstallation, onboard, type RegistryAccess } from "#tenants/io";
import { bench } from "./support/bench.ts";
import { openBenchLog } from "./support/log.ts";

const BUDGET = { evaluation: 4, merge: 8, upTo: 100 };
const SIZES = [10, 100, 250];
const TOKENS = "POST /app/installations/{installation_id}/access_tokens";

interface Counted {
  readonly items: number;
  readonly evaluation: number;
  readonly merge: number;
}

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("the benchmark's own constants are wrong");
  return value;
}

/** `items` commits, files and reviews; the last review approves the head. */
function grow(s: Scene, items: number): void {
  for (let i = 3; i <= items; i += 1) {
    s.clock.advance(1_000);
    acts.push(s.world, {
      repo: s.repo,
      branch: "feature",
      by: "agent[bot]",
      files: { [`src/file-${i}.ts`]: `export const n = ${i};\n` },
    });
  }
  for (let i = 1; i < items; i += 1) acts.remark(s.world, { repo: s.repo, number: s.number, by: "bob" });
  s.clock.advance(60_000);
  acts.approve(s.world, { repo: s.repo, number: s.number, by: "ann" });
}

await bench("calls", async ({ dir, postgres, overBudget, publish }) => {
  await migrate(postgres);
  const { append } = (await openBenchLog(dir, postgres)).audit;
  const results: Counted[] = [];
  for (const [i, items] of SIZES.entries())
    results.push(await count(items, `acme${i}`, 9_000 + i, { ...postgres, append }));
  for (const r of results)
    console.log(
      `${r.items} reviews, commits and files: ${r.evaluation} calls for an evaluation, ${r.merge} for a merge`,
    );
  for (const r of results)
    if (r.items <= BUDGET.upTo && (r.evaluation > BUDGET.evaluation || r.merge > BUDGET.merge))
      overBudget(`calls at ${r.items} items`);
  publish({ unit: "calls to GitHub's API, tokens aside", budget: BUDGET, results });
});

async function count(
  items: number,
  prefix: string,
  base: number,
  access: RegistryAccess & { readonly appUrl: string },
): Promise<Counted> {
  const s = scene();
  grow(s, items);
  s.world.hook.queue.length = 0;
  const running = await serveWorld(s.world);
  const db = createDatabase({ url: access.appUrl, claimKey: access.claimKey });
  try {
    const by = { operator: { type: "operator", id: "bench" }, requestId: `bench-${base}` } as const;
    const tenant = await onboard(access, { prefix, by });
    if (tenant.kind !== "onboarded") throw new Error(tenant.why);
    // Each scene starts its numbers anew, so each has its own installation by moving the one it has.
    const own = must(s.world.installations.get(s.installation));
    const moved = { ...own, id: base };
    s.world.installations.clear();
    s.world.installations.set(base, moved);
    const installation = must(installationId(base));
    await bindInstallation(access, { tenant: tenant.tenantId, installation, by });
    const claim = must(await db.claimForInstallation(installation));
    const repository = {
      installation,
      id: must(repositoryId(must(findRepository(s.world, s.repo)).id)),
      name: must(repoName(s.repo)),
    };
    const pr = { repository, number: must(prNumber(s.number)) };
    const github = createGitHub({ appId: must(appId(s.appId)), privateKey: s.privateKey, baseUrl: running.url });
    const waiting: Job[] = [];
    const lost = (): Promise<never> => Promise.reject(new Error("the log is up"));
    const deps: GateDeps = {
      database: db,
      github,
      append: access.append,
      spool: lost,
      sequenced: async () => true,
      enqueue: async (_, job) => void waiting.push(job),
    };
    const intake = createIntake(deps);
    const handlers = gateHandlers(deps);
    const run = async (tasks: readonly string[]): Promise<number> => {
      const before = s.world.journal.exchanges.length;
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
        if (tasks.includes(job.task)) await handlers[job.task]?.(job.payload, new AbortController().signal);
      }
      return s.world.journal.exchanges.slice(before).filter((e) => e.route !== TOKENS).length;
    };
    await db.withTenant(claim, async (tx) => {
      await intake.request(tx, { kind: "evaluate", pr });
      await recordRequester(tx, {
        repositoryId: repository.id,
        number: pr.number,
        userId: null,
        login: "req",
        source: "operator",
      });
    });
    const evaluation = await run(["gate.evaluate", "gate.publish"]);
    await db.withTenant(claim, (tx) =>
      intake.requestMerge(tx, {
        repositoryId: repository.id,
        number: pr.number,
        requestedBy: { type: "operator", id: "bench" },
      }),
    );
    const merge = await run(["gate.merge"]);
    if (!must(findRepository(s.world, s.repo)?.pulls.get(s.number)).merged)
      throw new Error(`the pull request of ${items} items was not merged: what was counted is not a merge`);
    return { items, evaluation, merge };
  } finally {
    await running.close();
    await db.close();
  }
}
