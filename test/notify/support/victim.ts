// A process of its own that delivers notices and is killed in the middle of it, as by the kernel: no handler, no rollback, no goodbye.
// Reads its orders from standard input.

import { z } from "zod";
import { createDelivery, createWebhooks, githubCarrier, webhookCarrier } from "#notify/io";
import { openVictim } from "../../support/victim.ts";

const {
  step: fatal,
  /** `nth`: at the so-manieth time of that step. */
  more: { nth },
  database,
  keys,
  append,
  github,
  kill,
} = await openVictim({ nth: z.int() });
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
    github: githubCarrier(github),
    webhook: webhookCarrier({ database, webhooks, loopback: true, clock: Date.now }),
    slack: unused,
    mail: unused,
  },
  stands: async () => true,
  onDelivered: async () => {},
  onLost: async () => {},
  onProblem: () => {},
  crash: (step) => {
    if (step === fatal && (times += 1) === nth) kill();
  },
});
await deliver();
await database.close();
process.exit(3);
