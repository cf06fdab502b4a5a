// A process of its own with the timers and the delivery of tickets, as a server has them, which is killed in the middle of it as by the
// kernel: no handler, no rollback, no goodbye. It says when it is ready, and reads its orders from standard input.

import { text } from "node:stream/consumers";
import { z } from "zod";
import { createAudit } from "#audit/io";
import { appId, installationId, repoName } from "#kernel";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createDelivery, githubCarrier, mailCarrier, slackCarrier } from "#notify/io";
import { createGitHub } from "#platform/github";
import { createDatabase } from "#platform/postgres";
import { createPass, createTickets } from "#tickets/io";
import { benchTickets } from "./tickets.ts";

const there = <T>(value: T | null): T => value ?? fail("an order is missing");
function fail(why: string): never {
  throw new Error(why);
}
const orders = z
  .object({
    url: z.string(),
    claimKey: z.string(),
    keysDir: z.string(),
    github: z.object({ api: z.string(), appId: z.int(), privateKey: z.string(), repository: z.string(), installation: z.int() }), // prettier-ignore
    slackUrl: z.string(),
    smtpUrl: z.string(),
    resendUrl: z.string(),
    /** Whose mail is sent by Resend. */
    resendTenant: z.string(),
    step: z.string(),
    /** At the so-manieth time of that step. */
    nth: z.int(),
  })
  .parse(JSON.parse(await text(process.stdin)));

const database = createDatabase({ url: orders.url, claimKey: orders.claimKey, maxConnections: 8 });
const kms = createFileKms(orders.keysDir);
await openRoot(database, kms);
const keys = createKeys({ kms, clock: Date.now });
const { append } = createAudit({ keys });
const { api, privateKey, repository, installation } = orders.github;
const name = there(repoName(repository));
const deps = benchTickets(append, keys, async (_, id) => ({
  id,
  name,
  installation: there(installationId(installation)),
}));
const tickets = createTickets(deps);
const values: Readonly<Record<string, string>> = {
  SLACK_BOT_TOKEN: "xoxb-bench",
  MAIL_FROM: "Support <support@bench.example>",
};
const secret = async (tenant: string, asked: string) => {
  const mail = tenant === orders.resendTenant ? { RESEND_API_KEY: "re_bench" } : { SMTP_URL: orders.smtpUrl };
  const found = new Map(Object.entries({ ...values, ...mail })).get(asked);
  return found === undefined ? ({ kind: "absent" } as const) : ({ kind: "value", text: found } as const);
};
let times = 0;
const crash = (step: string): void => {
  if (step === orders.step && (times += 1) === orders.nth) process.kill(process.pid, "SIGKILL");
};
const problems: unknown[] = [];
const pass = createPass({
  ...deps,
  database,
  monotonicMs: () => performance.now(),
  onTrouble: (error) => problems.push(error),
  crash: (step) => crash(`tickets ${step}`),
});
const { drain: deliver } = createDelivery({
  database,
  append,
  keys,
  carriers: {
    github: githubCarrier(createGitHub({ appId: there(appId(orders.github.appId)), privateKey, baseUrl: api })),
    slack: slackCarrier({ secret, apiUrl: orders.slackUrl }),
    mail: mailCarrier({
      secret,
      resendUrl: orders.resendUrl,
      onConflict: () => problems.push("a key was used for another mail"),
    }),
    webhook: () => fail("nothing goes there"),
  },
  stands: async (tx, about) => about.kind === "ticket" && tickets.wanted(tx, about),
  onDelivered: async (tx, about, at) => {
    if (about.kind === "ticket") await tickets.delivered(tx, about, at);
  },
  onLost: async (_, __, why) => void problems.push(why),
  onProblem: (_, error) => problems.push(error),
  crash: (step) => crash(`notify ${step}`),
});
await (
  await pass()
).closing;
await deliver();
await database.close();
if (problems.length > 0) console.error(problems);
process.exit(problems.length === 0 ? 3 : 4);
