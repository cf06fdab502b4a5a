import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import sql from "sql-template-tag";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Fault, instantOfMillis } from "#kernel";
import { enqueue, startWorkers, type JobHandler, type Problem, type Workers } from "#platform/jobs";
import { testDatabase, type TestTenant } from "../../support/database.ts";

const t = await testDatabase();
let acme: TestTenant;
beforeAll(async () => {
  acme = await t.tenant("acme", 1);
});

const started: Workers[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((workers) => workers.drain()));
  await t.adminSql("delete from graphile_worker._private_jobs");
});

async function workers(
  handlers: Readonly<Record<string, JobHandler>>,
  onProblem?: (problem: Problem) => void,
): Promise<Workers> {
  const made = await startWorkers({
    url: t.urls.app,
    handlers,
    pollIntervalMs: 50,
    drainMs: 5_000,
    ...(onProblem === undefined ? {} : { onProblem }),
  });
  started.push(made);
  return made;
}

const waiting = () =>
  t.adminSql(
    "select key, payload, run_at, attempts, locked_by, extract(epoch from run_at - now())::float as due_in from graphile_worker._private_jobs order by id",
  );
const add = (job: Omit<Parameters<typeof enqueue>[1], "payload"> & { n?: number }) =>
  t.db.withTenant(acme.claim, (tx) => enqueue(tx, { ...job, payload: { tenant: acme.id, n: job.n ?? 0 } }));

describe("enqueue", () => {
  it("is part of the caller's transaction: no commit, no job", async () => {
    await expect(
      t.db.withTenant(acme.claim, async (tx) => {
        await enqueue(tx, { task: "evaluate", payload: { tenant: acme.id } });
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    expect(await waiting()).toHaveLength(0);
  });

  it("coalesces jobs of one key, keeps the newest payload and the oldest time: a stream of events cannot starve the job", async () => {
    const soon = Date.now() + 60_000;
    for (const n of [1, 2, 3])
      await add({ task: "evaluate", key: "pr-1", n, runAt: instantOfMillis(soon + n * 60_000) });
    const rows = await waiting();
    expect(rows).toMatchObject([{ key: "pr-1", payload: { n: 3 }, run_at: new Date(soon + 60_000) }]);
  });
});

describe("workers", () => {
  it("hand the payload to the handler of its task", async () => {
    const seen = vi.fn();
    await workers({ evaluate: async (payload) => seen(payload) });
    await add({ task: "evaluate", n: 7 });
    await vi.waitFor(() => expect(seen).toHaveBeenCalledWith({ tenant: acme.id, n: 7 }), { timeout: 10_000 });
  });

  it("live on when the outcome of a job cannot be written, and run it again", async () => {
    const problems: Problem[] = [];
    const seen = vi.fn();
    const outcome = "delete on graphile_worker._private_jobs";
    await workers(
      {
        evaluate: async () => {
          seen();
          await (seen.mock.calls.length === 1
            ? t.adminSql(`revoke ${outcome} from countersign_app`)
            : Promise.resolve());
        },
      },
      (problem) => problems.push(problem),
    );
    await add({ task: "evaluate" });
    await vi.waitFor(() => expect(problems.some(({ kind }) => kind === "queue_unreachable")).toBe(true), {
      timeout: 30_000,
    });
    await t.adminSql(`grant ${outcome} to countersign_app`);
    await vi.waitFor(() => expect(seen).toHaveBeenCalledTimes(2), { timeout: 60_000 });
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(0), { timeout: 30_000 });
  });

  it("T2 keep a code of what failed, and nothing that its message quotes: jobs' rows are nobody's in particular", async () => {
    const problems: Problem[] = [];
    await workers(
      {
        evaluate: async (payload) => {
          if (JSON.stringify(payload).includes('"n":1')) throw new Error("acme's secret plan");
          throw new Fault("github_refused", "acme/secret-repository said no", { cause: new Error("acme's plan") });
        },
      },
      (problem) => problems.push(problem),
    );
    for (const n of [1, 2]) await add({ task: "evaluate", n, maxAttempts: 1 });
    await vi.waitFor(() => expect(problems.filter(({ kind }) => kind === "job_given_up")).toHaveLength(2), {
      timeout: 10_000,
    });
    await vi.waitFor(
      async () =>
        expect(await t.adminSql("select last_error from graphile_worker._private_jobs order by last_error")).toEqual([
          { last_error: "github_refused" },
          { last_error: "internal" },
        ]),
      { timeout: 10_000 },
    );
    expect(problems.map(({ error }) => (error instanceof Error ? error.message : ""))).toEqual(
      expect.arrayContaining(["acme's secret plan", "acme/secret-repository said no"]),
    );
  });

  it("run the jobs of one queue one after the other", async () => {
    let inside = 0;
    let most = 0;
    let done = 0;
    await workers({
      evaluate: async () => {
        most = Math.max(most, ++inside);
        await t.db.withPlatform((tx) => tx.run(sql`select pg_sleep(0.05)`));
        inside--;
        done++;
      },
    });
    for (const n of [1, 2, 3, 4]) await add({ task: "evaluate", queue: "pr-1", n });
    await vi.waitFor(() => expect(done).toBe(4), { timeout: 10_000 });
    expect(most).toBe(1);
  });

  it("an event that comes while its job runs makes another job, since the running one may have read too early", async () => {
    let runs = 0;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await workers({
      evaluate: async () => {
        runs++;
        if (runs === 1) await gate;
      },
    });
    await add({ task: "evaluate", key: "pr-1", queue: "pr-1" });
    await vi.waitFor(() => expect(runs).toBe(1), { timeout: 10_000 });
    await add({ task: "evaluate", key: "pr-1", queue: "pr-1" });
    go();
    await vi.waitFor(() => expect(runs).toBe(2), { timeout: 10_000 });
  });

  it("never try again before the dependency said so", async () => {
    const problems: Problem[] = [];
    await workers(
      { publish: () => Promise.reject(new Fault("github_rate_limited", "wait", { retryAfterMs: 600_000 })) },
      (problem) => problems.push(problem),
    );
    await add({ task: "publish" });
    await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ attempts: 1, locked_by: null }]), {
      timeout: 10_000,
    });
    const [row] = await waiting();
    expect(Number(row?.["due_in"])).toBeGreaterThan(590);
    expect(Number(row?.["due_in"])).toBeLessThan(610);
    expect(problems).toMatchObject([{ kind: "job_failed", task: "publish", attempt: 1 }]);
  });

  it("nor does an event that comes meanwhile make them: it joins the waiting job, and the handler's payload has nothing added", async () => {
    const seen: unknown[] = [];
    await workers({
      publish: (payload) => {
        seen.push(payload);
        return Promise.reject(new Fault("github_rate_limited", "wait", { retryAfterMs: 600_000 }));
      },
    });
    await add({ task: "publish", key: "pr-1" });
    await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ attempts: 1, locked_by: null }]), {
      timeout: 10_000,
    });
    await add({ task: "publish", key: "pr-1", n: 2 });
    const rows = await waiting();
    expect(rows).toMatchObject([{ key: "pr-1", payload: { tenant: acme.id, n: 2 } }]);
    expect(Number(rows[0]?.["due_in"])).toBeGreaterThan(590);
    expect(seen).toEqual([{ tenant: acme.id, n: 0 }]);
  });

  it("say when a job is given up after its last attempt", async () => {
    const problems: Problem[] = [];
    await workers({ publish: () => Promise.reject(new Error("no")) }, (problem) => problems.push(problem));
    await add({ task: "publish", maxAttempts: 1 });
    await vi.waitFor(() => expect(problems.map((problem) => problem.kind)).toEqual(["job_failed", "job_given_up"]), {
      timeout: 10_000,
    });
  });

  it("drain: what runs is finished, what waits is left to others", async () => {
    let finished = 0;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let begun = 0;
    const draining = await startWorkers({
      url: t.urls.app,
      concurrency: 1,
      pollIntervalMs: 50,
      handlers: {
        slow: async () => {
          begun++;
          await gate;
          finished++;
        },
      },
    });
    await add({ task: "slow", n: 1 });
    await add({ task: "slow", n: 2 });
    await vi.waitFor(() => expect(begun).toBe(1), { timeout: 10_000 });
    const drained = draining.drain();
    go();
    await drained;
    expect(finished).toBe(1);
    expect(await waiting()).toMatchObject([{ payload: { n: 2 }, locked_by: null }]);
  });

  it("a worker killed with kill -9 in mid-job: another one runs its job within seconds, its queue included", async () => {
    await add({ task: "hang", queue: "pr-9" });
    const child = spawn(process.execPath, [fileURLToPath(new URL("./worker-process.ts", import.meta.url))], {
      env: { ...process.env, WORKER_URL: t.urls.app },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await waiting()).toMatchObject([{ locked_by: expect.any(String) }]);
    const taken = vi.fn();
    await workers({ hang: async () => taken() });
    await vi.waitFor(() => expect(taken).toHaveBeenCalledTimes(1), { timeout: 20_000 });
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(0));
  });

  it("a worker that lives keeps its job, however long it takes", async () => {
    let runs = 0;
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const handlers = {
      slow: async () => {
        runs++;
        await gate;
      },
    };
    await workers(handlers);
    await add({ task: "slow" });
    await vi.waitFor(() => expect(runs).toBe(1), { timeout: 10_000 });
    // As if it had been taken an hour ago; a second pool sweeps now.
    await t.adminSql("update graphile_worker._private_jobs set locked_at = now() - interval '1 hour'");
    const ran = vi.fn();
    await workers({ slow: handlers.slow, marker: async () => ran() });
    await add({ task: "marker" });
    await vi.waitFor(() => expect(ran).toHaveBeenCalled(), { timeout: 10_000 });
    expect(runs).toBe(1);
    go();
  });
});
