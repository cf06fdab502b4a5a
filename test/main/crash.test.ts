// The real thing dies, again and again, in the middle of calls: the server, its doer, its lease broker. INVARIANT 27: each call is finished
// once, or refused; never twice, never half approved. INVARIANT 19: the log verifies after each of them.
// More of it: COUNTERSIGN_CRASHES=33 COUNTERSIGN_SEED=23 npm test -- test/main/crash.test.ts

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { repository, scene, serveWorld } from "#demo/world";
import { program, temporaryDirectory, type Program } from "../support/program.ts";

const CRASHES = Number(process.env["COUNTERSIGN_CRASHES"] ?? 3);
let state = Number(process.env["COUNTERSIGN_SEED"] ?? 7);
/** 0 to 1, the same ones for the same seed. */
const chance = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;

const told = scene({ webhookSecret: "9f2c81d07be64a35b1d0e88f53a7c264" });
const { world } = told;
const github = await serveWorld(world);
afterAll(() => github.close());
const dir = temporaryDirectory();
const env = {
  APP_ID: String(told.appId), PRIVATE_KEY: told.privateKey, WEBHOOK_SECRET: told.webhookSecret, GITHUB_API_URL: github.url,
  DATA_DIR: dir, CLIENTS_DIR: temporaryDirectory(), PORT: "0", LOG_LEVEL: "error",
}; // prettier-ignore
const json = async (...args: readonly string[]): Promise<unknown> => {
  const { status, out, err } = await program([...args, "--json"], env).ended;
  expect({ status, err }).toMatchObject({ status: 0 });
  return JSON.parse(out);
};

interface Serving {
  readonly server: Program;
  readonly url: string;
}
async function serve(): Promise<Serving> {
  const server = program(["serve"], env);
  const [, url = ""] = await server.says(/ready: (\S+)/);
  return { server, url };
}

/** What that server has started, by what it was started for. */
function children(parent: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      const ppid = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter((each) => each !== ""); // prettier-ignore
      if (ppid === parent) found.set(args.slice(args.findIndex((each) => each.endsWith("main.ts")) + 1).join(" "), Number(pid)); // prettier-ignore
    } catch {
      // It has just ended.
    }
  return found;
}
const answerShape = z.looseObject({ call: z.uuid(), status: z.union([z.string(), z.number()]) });
const asked = new Map<string, { readonly call: string; readonly status: string | number; readonly body: string }>();
const VICTIMS = ["serve", "doer", "lease broker"] as const;
const asks = [
  (mark: string) => ({ tool: "pr.comment", arguments: { repository: told.repo, pull_request: told.number, body: mark } }), // prettier-ignore
  () => ({ tool: "repo.read", arguments: { repository: told.repo, ref: null, paths: ["src/index.ts"] } }),
  () => ({ tool: "traces.read", arguments: {} }),
  (mark: string) => ({ tool: "repo.propose", arguments: { repository: told.repo, branch: `fix/${mark}`, title: "A change", body: "Why.", changes: [{ kind: "write", path: "src/auth/key.ts", content: mark }] } }), // prettier-ignore
] as const;

test("the server, the doer and the lease broker are killed at random moments: every call ends once, nothing stays open", async () => {
  let now = await serve();
  await json("tenant", "onboard", "acme", "--installation", String(told.installation));
  const { id: requester } = [...world.accounts.values()].find(({ login }) => login === "req") ?? expect.unreachable();
  await json("agent", "add", "crasher", "--tenant", "acme", "--for", String(requester), "--tools", "all");
  const { key } = z.looseObject({ key: z.string() }).parse(await json("agent", "key", "crasher", "--tenant", "acme"));

  const { vkey } = z.looseObject({ vkey: z.string() }).parse(await json("audit", "key", "show"));
  const held = temporaryDirectory();
  /** As an auditor who comes by at the worst moment, again and again, and keeps what was seen. */
  async function verified(after: string): Promise<void> {
    const { status, out, err } = await program(["audit", "verify", "--key", vkey, "--state", held], env).ended;
    expect(status, `audit verify after ${after}:\n${out}\n${err}`).toBe(0);
  }

  const stop = new AbortController();
  /** As a good client does: the same key until there is an answer. */
  async function ask(mark: string): Promise<void> {
    const body = JSON.stringify(asks[Math.floor(chance() * asks.length)]?.(mark));
    while (!stop.signal.aborted)
      try {
        const answered = await fetch(`${now.url}/v1/calls`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": mark },
          body,
          signal: AbortSignal.timeout(20_000),
        });
        const { call, status } = answerShape.parse(await answered.json());
        return void asked.set(mark, { call, status, body });
      } catch {
        await pause(250);
      }
  }
  const agents = [0, 1, 2].map(async (each) => {
    for (let n = 0; !stop.signal.aborted; n += 1) await ask(`crash-${each}-${n}`);
  });

  for (let n = 0; n < CRASHES; n += 1) {
    await pause(300 + chance() * 2_500);
    const victim = VICTIMS[n % VICTIMS.length] ?? "serve";
    const pid = victim === "serve" ? now.server.child.pid : children(now.server.child.pid ?? 0).get(victim);
    expect(pid, `there is no ${victim} to kill`).toBeDefined();
    process.kill(pid ?? expect.unreachable(), "SIGKILL");
    if (victim === "serve") now = await serve();
    await verified(`kill ${n + 1}, of ${victim}`);
  }
  await pause(2_000);
  stop.abort();
  await Promise.all(agents);

  const cluster = z.object({ port: z.number(), adminPassword: z.string() }).parse(JSON.parse(readFileSync(join(dir, "live/postgres/cluster.json"), "utf8"))); // prettier-ignore
  const database = new Client({ host: "127.0.0.1", port: cluster.port, user: "postgres", password: cluster.adminPassword, database: "countersign" }); // prettier-ignore
  await database.connect();
  const rows = async (text: string): Promise<readonly unknown[]> => (await database.query(text)).rows;
  const open = () =>
    rows(`select call_id::text, state::text, tool from gateway.call where state in ('received', 'executing')
      union all select lease_id::text, state::text, 'lease' from leases.lease where ended_at is null
      union all select packet_id::text, 'waiting', 'packet' from doer.packet
      union all select call_id::text, 'running', 'execution' from doer.execution where kind is null`);
  try {
    // As if three minutes had gone by: who worked on those has died.
    await rows("update gateway.call set moved_at = moved_at - interval '3 minutes' where state = 'received'");
    // The minute of a packet, and what the doer's work may take.
    await expect.poll(open, { timeout: 240_000, interval: 1_000 }).toEqual([]);
    await verified("all of them");
    expect(asked.size).toBeGreaterThan(CRASHES);
    expect(new Set([...asked.values()].map(({ call }) => call)).size, "one key, one call").toBe(asked.size);
    expect(await rows("select count(*)::int - count(distinct idempotency)::int as more from gateway.call")).toEqual([{ more: 0 }]); // prettier-ignore
    expect(await rows("select call_id, approval_id from gateway.call c where state = 'pending' and not exists (select from approvals.approval a where a.call_id = c.call_id and a.approval_id = c.approval_id and a.state = 'pending')"), "half asked").toEqual([]); // prettier-ignore
    expect(await rows("select approval_id from approvals.approval a where state = 'pending' and not exists (select from gateway.call c where c.call_id = a.call_id and c.state = 'pending')"), "half answered").toEqual([]); // prettier-ignore
    expect(await rows("select call_id, ending from gateway.trace where closed_at is null"), "traces").toEqual([]);
    expect(await rows("select call_id from gateway.call c where outcome = 'done' and not exists (select from doer.execution e where e.call_id = c.call_id and e.kind = 'done')"), "done, and not by a doer").toEqual([]); // prettier-ignore
    const leaves = z
      .array(
        z.object({
          leaf: z.looseObject({ id: z.string(), kind: z.string(), outcome: z.string(), intent: z.string().optional() }),
        }),
      ) // prettier-ignore
      .parse(await rows("select convert_from(leaf, 'utf8')::json as leaf from audit.entry"))
      .map(({ leaf }) => leaf)
      .filter(({ kind }) => kind === "call.execute");
    const ends = Map.groupBy(leaves.filter(({ intent }) => intent !== undefined), ({ intent }) => intent ?? ""); // prettier-ignore
    const intents = leaves.filter(({ outcome }) => outcome === "intent");
    expect(intents.flatMap(({ id }) => ((ends.get(id)?.length ?? 0) === 1 ? [] : [[id, ends.get(id)]])), "each intent has one end").toEqual([]); // prettier-ignore
    // What GitHub has got.
    const comments = repository(world, told.repo).comments.map(({ body }) => body.split("\n")[0]);
    const written = [...asked].filter(([, { body }]) => body.includes("pr.comment"));
    for (const [mark, { status }] of written) {
      const times = comments.filter((line) => line === mark).length;
      expect({ mark, status, times }).toMatchObject({ times: status === "done" ? 1 : expect.toBeOneOf([0, 1]) });
    }
  } finally {
    await database.end();
  }
}, 1_800_000);
