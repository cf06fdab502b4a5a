// The answer to a merge around the gate: a pull request that takes it back. A human still has to approve that one too.

import { randomUUID } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { withReceipt } from "#audit";
import { readReceipt } from "#audit/io";
import type { EntryId, PrNumber } from "#kernel";
import type { GitHubClient } from "#platform/github";
import type { TenantTx } from "#platform/postgres";
import { entryColumn, numberColumn } from "../columns.ts";
import { pullParty } from "../commit.ts";
import type { GateDeps } from "../deps.ts";
import type { Ground } from "../evaluate.ts";
import type { Repository } from "../ledger.ts";
import { loadFacts } from "../load.ts";
import type { Loaded } from "../load.ts";
import { tryLock } from "../lock.ts";
import { REVERT_MUTATION } from "../queries.ts";
import { split } from "../read-pull.ts";
import { demandSequenced } from "../sequenced.ts";
import { eachOf } from "./each.ts";

/** In the transaction that raises the incident: from then on a revert is owed. */
export async function intendRevert(
  deps: GateDeps,
  tx: TenantTx,
  repository: Repository,
  incident: string,
  number: PrNumber,
): Promise<void> {
  const intent = await deps.append(tx, {
    kind: "gate.revert",
    outcome: "intent",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.watch" },
    target: pullParty(repository.id, number),
    requestId: randomUUID(),
    body: { incident, number },
  });
  await tx.run(
    sql`insert into gate.revert (tenant_id, incident_id, intent) values (${tx.tenantId}, ${incident}, ${intent})`,
  );
}

interface Owed {
  readonly incident: string;
  readonly intent: EntryId;
  readonly number: PrNumber;
}

/** Opens every revert that is owed and not answered, here or in an earlier run that was killed. */
export async function openReverts(deps: GateDeps, ground: Ground, repository: Repository): Promise<void> {
  const owed = await ground.inTenant((tx) =>
    tx.many(
      sql`select r.incident_id as incident, r.intent, i.number from gate.revert r join gate.incident i on i.tenant_id = r.tenant_id and i.incident_id = r.incident_id
      where r.tenant_id = ${tx.tenantId} and i.repository_id = ${repository.id} and r.outcome is null and i.number is not null order by r.incident_id`,
      z.object({ incident: z.string(), intent: entryColumn, number: numberColumn }),
    ),
  );
  await eachOf(owed.map((one) => () => open(deps, ground, repository, one)));
}

async function open(deps: GateDeps, ground: Ground, repository: Repository, owed: Owed): Promise<void> {
  await deps.crash?.("revert:intended");
  const loaded = await loadFacts(deps, ground.inTenant, { repository, number: owed.number });
  if (loaded === null)
    return close(deps, ground, repository, owed, {
      outcome: "failure",
      number: null,
      why: "the pull request cannot be read",
    });
  await demandSequenced(deps, ground, owed.intent, "The revert");
  await ground.inTenant(async (lock) => {
    // A watch and a sweep may come at once, and GitHub opens a revert for each who asks.
    if ((await tryLock(lock, `gate.revert:${owed.incident}`)) && (await isOwed(lock, owed)))
      await ask(deps, ground, repository, owed, loaded);
  });
}

const isOwed = async (tx: TenantTx, { incident }: Owed): Promise<boolean> =>
  (
    await tx.one(
      sql`select outcome is null as owed from gate.revert where tenant_id = ${tx.tenantId} and incident_id = ${incident}`,
      z.object({ owed: z.boolean() }),
    )
  ).owed;

async function ask(deps: GateDeps, ground: Ground, repository: Repository, owed: Owed, loaded: Loaded): Promise<void> {
  const client = deps.github.installation(repository.installation, repository.id, "merge");
  const there = await findRevert(client, repository, owed.number);
  if (there !== null)
    return close(deps, ground, repository, owed, { outcome: "success", number: there, why: "it was open already" });
  const { owner, name } = split(repository.name);
  const { data, errors } = await client.graphql(REVERT_MUTATION, {
    id: loaded.nodeId,
    title: `Revert #${owed.number}: merged around the gate`,
    body: withReceipt(
      `#${owed.number} was merged into \`${loaded.facts.pullRequest.baseRef}\` of ${owner}/${name} without a verified approval of its head at that moment. This takes it back. It needs an approval like any other change.`,
      await ground.inTenant((tx) => readReceipt(tx, owed.intent, null)),
    ),
  });
  await deps.crash?.("revert:called");
  const made = answer.safeParse(data);
  const number = made.success ? (made.data.revertPullRequest?.revertPullRequest?.number ?? null) : null;
  await close(
    deps,
    ground,
    repository,
    owed,
    number === null
      ? {
          outcome: "failure",
          number,
          why: errors
            .map((e) => e.message)
            .join("; ")
            .slice(0, 300),
        }
      : { outcome: "success", number, why: "opened" },
  );
}

const answer = z.object({
  revertPullRequest: z.object({ revertPullRequest: z.object({ number: z.int() }).nullable() }).nullable(),
});
const pulls = z.array(z.object({ number: z.int(), head: z.object({ ref: z.string() }) }));

/** GitHub names the branch of a revert after the number it reverts. */
export async function findRevert(
  client: GitHubClient,
  repository: Repository,
  number: PrNumber,
): Promise<number | null> {
  const { owner, name: repo } = split(repository.name);
  const open = pulls.safeParse(
    (
      await client.rest("GET /repos/{owner}/{repo}/pulls", {
        owner,
        repo,
        state: "open",
        sort: "created",
        direction: "desc",
        per_page: 100,
      })
    ).data,
  );
  return open.success ? (open.data.find((p) => p.head.ref.startsWith(`revert-${number}-`))?.number ?? null) : null;
}

async function close(
  deps: GateDeps,
  { inTenant }: Ground,
  repository: Repository,
  owed: Owed,
  result: { readonly outcome: "success" | "failure"; readonly number: number | null; readonly why: string },
): Promise<void> {
  await inTenant(async (tx) => {
    const closed = await tx.run(
      sql`update gate.revert set outcome = ${result.outcome}, revert_number = ${result.number} where tenant_id = ${tx.tenantId} and incident_id = ${owed.incident} and outcome is null`,
    );
    if (closed !== 1) return;
    await deps.append(tx, {
      kind: "gate.revert",
      outcome: result.outcome,
      intent: owed.intent,
      observer: { type: "app", id: String(deps.github.appId) },
      initiator: { type: "job", id: "gate.watch" },
      target: pullParty(repository.id, owed.number),
      requestId: randomUUID(),
      body: { number: result.number, why: result.why },
    });
  });
}
