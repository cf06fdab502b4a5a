// A process of its own that delivers notices and is killed in the middle of it, as by the kernel: no handler, no rollback, no goodbye.
// Reads its orders from standard input.

import { text } from "node:stream/consumers";
import { z } from "zod";
import { createAudit } from "#audit/io";
import { appId } from "#kernel";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createDelivery, createWebhooks, githubCarrier, webhookCarrier } from "#notify/io";
import { createGitHub } from "#platform/github";
import { createDatabase } from "#platform/postgres";

const orders = z
  .object({
    url: z.string(),
    claimKey: z.string(),
    keysDir: z.string(),
    api: z.string(),
    appId: z.int(),
    privateKey: z.string(),
    step: z.string(),
    /** At the so-manieth time of that step. */
    nth: z.int(),
  })
  .parse(JSON.parse(await text(process.stdin)));

const app = appId(orders.appId);
if (app === null) throw new Error("no app id");
const database = createDatabase({ url: orders.url, claimKey: orders.claimKey });
const kms = createFileKms(orders.keysDir);
await openRoot(database, kms);
const keys = createKeys({ kms, clock: Date.now });
const { append } = createAudit({ keys });
const webhooks = createWebhooks({ append, keys, loopback: true });
const unused = (): never => {
  throw new Error("nothing goes there");
};
let times = 0;
const { drain: deliver } = createDelivery({
  database,
  append,
  keys,
  carriers: {
    github: githubCarrier(createGitHub({ appId: app, privateKey: orders.privateKey, baseUrl: orders.api })),
    webhook: webhookCarrier({ database, webhooks, loopback: true, clock: Date.now }),
    slack: unused,
    mail: unused,
  },
  stands: async () => true,
  onDelivered: async () => {},
  onLost: async () => {},
  onProblem: () => {},
  crash: (step) => {
    if (step === orders.step && (times += 1) === orders.nth) process.kill(process.pid, "SIGKILL");
  },
});
await deliver();
await database.close();
process.exit(3);
