// Acts of our own App on GitHub that the log does not know: its key is in other hands, or something here writes around the log
// (audit.md, case 39). What is asked is always the log's side: is there an intent that explains this?

import sql from "sql-template-tag";
import { z } from "zod";
import type { CommitSha, PrNumber, RepositoryId } from "#kernel";
import type { GitHub } from "#platform/github";
import type { TenantTx } from "#platform/postgres";
import type { Account } from "../../facts.ts";
import { numberColumn } from "../columns.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import { KEY_IS_OUT, raiseIncident } from "../incidents.ts";
import type { Repository } from "../ledger.ts";
import { ownLogin } from "../read-back.ts";
import type { OpenPull } from "./open.ts";

type Deps = Pick<GateDeps, "append" | "github">;
const yes = z.object({ yes: z.boolean() });

/** GraphQL writes a bot's login without `[bot]`. Who is no bot is not us, and GitHub is not asked. */
export async function isOurs(github: GitHub, who: Pick<Account, "login" | "type"> | null): Promise<boolean> {
  if (who === null || who.type !== "Bot") return false;
  const bare = (login: string): string => login.replace(/\[bot\]$/, "");
  return bare(await ownLogin(github)) === bare(who.login);
}

/** A merge in our name that our executor did not make. */
export async function alarmMerge(
  deps: Deps,
  tx: TenantTx,
  repository: RepositoryId,
  commit: CommitSha,
  number: PrNumber,
): Promise<void> {
  await raiseIncident(deps, tx, {
    repositoryId: repository,
    kind: "unlogged",
    subject: `merge:${commit}`,
    number,
    detail: `#${number} was merged as ${commit} in our App's name, and the log has no intent for it. ${KEY_IS_OUT}`,
  });
}

/** Pull requests in our name that are no revert we answered with. */
export async function alarmPulls(
  deps: GateDeps,
  { inTenant }: Ground,
  repository: Repository,
  pulls: readonly OpenPull[],
): Promise<void> {
  const bots = pulls.filter((pull) => pull.author?.type === "Bot");
  if (bots.length === 0) return;
  const { ours, owing } = await inTenant(async (tx) => {
    const from = sql`from gate.revert r join gate.incident i on i.tenant_id = r.tenant_id and i.incident_id = r.incident_id
      where r.tenant_id = ${tx.tenantId} and i.repository_id = ${repository.id}`;
    const known = await tx.many(
      sql`select r.revert_number as number ${from} and r.revert_number is not null`,
      z.object({ number: numberColumn }),
    );
    const open = await tx.one(sql`select exists (select ${from} and r.outcome is null) as yes`, yes);
    return { ours: new Set(known.map((row) => row.number)), owing: open.yes };
  });
  // One that is being opened now has no number yet: the next round knows it.
  if (owing) return;
  for (const pull of bots.filter((each) => !ours.has(each.number)))
    if (await isOurs(deps.github, pull.author))
      await inTenant((tx) =>
        raiseIncident(deps, tx, {
          repositoryId: repository.id,
          kind: "unlogged",
          subject: `pull:${pull.number}`,
          number: pull.number,
          detail: `#${pull.number} was opened in our App's name, and the log has no intent for it. ${KEY_IS_OUT}`,
        }),
      );
}
