// A process of its own that runs one job and is killed in the middle of it, as by the kernel: no handler, no rollback, no
// goodbye. Reads its orders from standard input.

import { text } from "node:stream/consumers";
import { z } from "zod";
import { createAudit } from "#audit/io";
import { gateHandlers } from "#gate/io";
import { appId } from "#kernel";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createGitHub } from "#platform/github";
import { enqueue } from "#platform/jobs";
import { createDatabase } from "#platform/postgres";

const orders = z
  .object({
    url: z.string(),
    claimKey: z.string(),
    keysDir: z.string(),
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
const database = createDatabase({ url: orders.url, claimKey: orders.claimKey });
const kms = createFileKms(orders.keysDir);
await openRoot(database, kms);
const handlers = gateHandlers({
  database,
  github: createGitHub({ appId: app, privateKey: orders.privateKey, baseUrl: orders.api }),
  enqueue,
  append: createAudit({ keys: createKeys({ kms, clock: Date.now }) }).append,
  spool: () => Promise.reject(new Error("the log is up")),
  sequenced: async () => true,
  crash: (step) => {
    if (step === orders.step) process.kill(process.pid, "SIGKILL");
  },
});
await handlers[orders.task]?.(orders.payload, new AbortController().signal);
// Reached only when the step never came.
process.exit(3);
