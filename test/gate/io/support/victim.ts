// A process of its own that runs one job and is killed in the middle of it, as by the kernel: no handler, no rollback, no
// goodbye. Reads its orders from standard input.

import { text } from "node:stream/consumers";
import { z } from "zod";
import { createAudit } from "#audit/io";
import { gateHandlers } from "#gate/io";
import { appId } from "#kernel";
import { createGitHub } from "#platform/github";
import { enqueue } from "#platform/jobs";
import { createDatabase } from "#platform/postgres";

const orders = z
  .object({
    url: z.string(),
    claimKey: z.string(),
    api: z.string(),
    appId: z.int(),
    privateKey: z.string(),
    task: z.string(),
    payload: z.unknown(),
    step: z.string(),
  })
  .parse(JSON.parse(await text(process.stdin)));

const app = appId(orders.appId);
if (app === null) throw new Error("no app id");
const handlers = gateHandlers({
  database: createDatabase({ url: orders.url, claimKey: orders.claimKey }),
  github: createGitHub({ appId: app, privateKey: orders.privateKey, baseUrl: orders.api }),
  enqueue,
  append: createAudit().append,
  crash: (step) => {
    if (step === orders.step) process.kill(process.pid, "SIGKILL");
  },
});
await handlers[orders.task]?.(orders.payload, new AbortController().signal);
// Reached only when the step never came.
process.exit(3);
