import type { Findings } from "#cli";
import type { Known } from "#kernel";
import { noticeCounts } from "#notify/io";
import type { Database } from "#platform/postgres";
import { ownPrefix } from "#tenants/io";
import { claimsOf } from "./claims.ts";

type Channels = Findings["channels"] extends Known<infer T> ? T : never;

/** As the outbox has it: no credential is opened to find out. */
export async function channelFinding(database: Database): Promise<Channels> {
  const found = await Promise.all(
    (await claimsOf(database)).map((claim) =>
      database.withTenant(claim, async (tx) => {
        const prefix = await ownPrefix(tx);
        return (await noticeCounts(tx)).waiting
          .filter(({ waits }) => waits === "credential")
          .map(({ channel, notices, oldest }) => ({ prefix, channel, notices, oldest }));
      }),
    ),
  );
  return found.flat();
}
