import type { Findings } from "#cli";
import type { Known } from "#kernel";
import { mailboxStandings } from "#mail";
import { noticeCounts } from "#notify/io";
import type { Database } from "#platform/postgres";
import { slackStanding } from "#slack";
import { ownPrefix } from "#tenants/io";
import { claimsOf } from "./claims.ts";

type Sources = Findings["sources"] extends Known<infer T> ? T : never;
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

/** As the server has noted it: no provider is asked. */
export async function sourceFinding(database: Database): Promise<Sources> {
  const found = await Promise.all(
    (await claimsOf(database)).map((claim) =>
      database.withTenant(claim, async (tx): Promise<Sources> => {
        const prefix = await ownPrefix(tx);
        const slack = await slackStanding(tx);
        const mailboxes = await mailboxStandings(tx);
        return [
          ...(slack === null ? [] : [{ kind: "slack", prefix, ...slack } as const]),
          ...mailboxes.map((each) => ({ prefix, ...each })),
        ];
      }),
    ),
  );
  return found.flat();
}
