// What a process that is killed in the middle of its work has in its hands, as a server has it. Its orders come from standard input.

import { text } from "node:stream/consumers";
import { z } from "zod";
import { createAudit } from "#audit/io";
import { appId } from "#kernel";
import { createFileKms, createKeys, openRoot } from "#keys/io";
import { createGitHub } from "#platform/github";
import { createDatabase } from "#platform/postgres";

const orders = {
  url: z.string(),
  claimKey: z.string(),
  keysDir: z.string(),
  api: z.string(),
  appId: z.int(),
  privateKey: z.string(),
  step: z.string(),
};

/** `more`: what else it is told. `kill`: as by the kernel, no handler, no rollback, no goodbye. */
export async function openVictim<More extends z.ZodRawShape>(more: More) {
  const given: unknown = JSON.parse(await text(process.stdin));
  const told = z.object(orders).parse(given);
  const app = appId(told.appId);
  if (app === null) throw new Error("no app id");
  const database = createDatabase({ url: told.url, claimKey: told.claimKey });
  const kms = createFileKms(told.keysDir);
  await openRoot(database, kms);
  const keys = createKeys({ kms, clock: Date.now });
  return {
    step: told.step,
    more: z.object(more).parse(given),
    database,
    keys,
    append: createAudit({ keys }).append,
    github: createGitHub({ appId: app, privateKey: told.privateKey, baseUrl: told.api }),
    kill: () => process.kill(process.pid, "SIGKILL"),
  };
}
