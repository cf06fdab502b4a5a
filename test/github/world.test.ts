// The whole way: a comment on the world's GitHub, its signed delivery, inbox, job, the real gate, the check run.

import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { acts, findRepository, scene, serveWorld } from "#demo/world";
import { createIntake, type GateDeps, gateHandlers, recordRequester } from "#gate/io";
import { createInbox, createRouter, githubHandlers } from "#github";
import { appId, prNumber, repositoryId } from "#kernel";
import { createGitHub } from "#platform/github";
import { createHttpApp, listen } from "#platform/http";
import type { Enqueue, Job } from "#platform/jobs";
import { testDatabase } from "../support/database.ts";
import { checkWorld } from "../support/world.ts";
import { SECRET } from "./support/sign.ts";

const t = await testDatabase();
const id = appId(4242);
if (id === null) throw new Error("4242 is an app id");
const log = pino({ level: "silent" });

// Jobs run here one after the other, at once: coalesced by key as the queue does it, without waiting for their time.
const waiting = new Map<string, Job>();
let unkeyed = 0;
const enqueue: Enqueue = async (_tx, job) => void waiting.set(job.key ?? `unkeyed:${(unkeyed += 1)}`, job);

const inbox = createHttpApp({ log, notReady: async () => null });
inbox.route(
  "/",
  createInbox({
    db: t.db,
    enqueue,
    append: t.append,
    spool: t.spool,
    appId: id,
    secrets: [SECRET],
    host: "github.com",
  }),
);
const at = await listen(inbox, { host: "127.0.0.1", port: 0 });
const given = scene({ webhookSecret: SECRET, webhookUrl: `http://127.0.0.1:${at.port}/api/github/webhooks` });
const { world, repo, number, clock } = given;
const running = await serveWorld(world);
const acme = await t.tenant("acme", given.installation);
const github = createGitHub({
  appId: id,
  privateKey: given.privateKey,
  baseUrl: running.url,
  clock: () => world.now(),
});
const deps: GateDeps = {
  database: t.db,
  github,
  enqueue,
  append: t.append,
  spool: t.spool,
  sequenced: async () => true,
};
const intake = createIntake(deps);
const handlers = {
  ...githubHandlers({
    db: t.db,
    enqueue,
    append: t.append,
    spool: t.spool,
    github,
    intake,
    router: await createRouter(log),
    news: null,
  }),
  ...gateHandlers(deps),
};
afterAll(async () => {
  await running.close();
  await at.stop();
});

async function settle(): Promise<void> {
  await running.deliver();
  for (let next = [...waiting].at(0); next !== undefined; next = [...waiting].at(0)) {
    const [key, job] = next;
    waiting.delete(key);
    const handler = handlers[job.task];
    if (handler === undefined) throw new Error(`no handler ${job.task}`);
    await handler(job.payload, new AbortController().signal);
    await running.deliver();
  }
}
const conclusion = (): string | null | undefined =>
  findRepository(world, repo)
    ?.checkRuns.filter((run) => run.appId === 4242 && run.headSha === given.h2)
    .at(-1)?.conclusion;
const replies = (): string[] =>
  (findRepository(world, repo)?.comments ?? [])
    .filter((comment) => comment.appId === 4242)
    .map((comment) => comment.body);
async function say(by: string, body: string): Promise<void> {
  clock.advance(60_000);
  acts.comment(world, { repo, number, by, body });
  await settle();
}

test("G1 a hold stops what was approved, only its holder or an admin releases it, and a withdrawn approval counts no more", async () => {
  await settle();
  expect(conclusion()).toBe("action_required");
  const [repository, pull] = [repositoryId(findRepository(world, repo)?.id ?? 0), prNumber(number)];
  if (repository === null || pull === null) throw new Error("the scene has a pull request");
  // An agent's pull request needs to be somebody's wish; else two approvals would be asked for (C09).
  await t.db.withTenant(acme.claim, (tx) =>
    recordRequester(tx, { repositoryId: repository, number: pull, userId: null, login: "req", source: "operator" }),
  );
  clock.advance(60_000);
  acts.approve(world, { repo, number, by: "ann" });
  await settle();
  expect(conclusion()).toBe("success");

  await say("ro", "/countersign hold");
  expect(conclusion(), "a reader cannot hold").toBe("success");
  await say("bob", "/countersign hold waiting for the audit");
  expect(conclusion()).not.toBe("success");
  await say("ann", "/countersign unhold");
  expect(conclusion(), "not hers to release").not.toBe("success");
  await say("adm", "/countersign unhold");
  expect(conclusion()).toBe("success");

  await say("agent[bot]", "/countersign hold");
  expect(conclusion(), "an agent's command is not read").toBe("success");
  await say("adm", "/countersign approve");
  await say("ann", "/countersign revoke");
  expect(conclusion(), "withdrawn").not.toBe("success");
  await say("ann", "/countersign explain");

  const answers = replies();
  expect(answers).toHaveLength(7);
  expect(answers.at(-1)).toContain("the last verdict:");
  expect(await checkWorld(t)).toBeGreaterThan(0);
});
