// The jobs behind the inbox: what a stored delivery means becomes evidence and work in one transaction.

import { z } from "zod";
import { tenantId } from "#kernel";
import type { GitHub } from "#platform/github";
import type { Enqueue, JobHandler } from "#platform/jobs";
import { branded, type Database, type TenantClaim, type TenantTx } from "#platform/postgres";
import { stopAnyway, type Append, type Spool } from "#audit/io";
import { noteInstallationState, shutUninstalled } from "#tenants/io";
import { isStop } from "./commands/decide.ts";
import { commitCommand, loadCommand } from "./commands/carry-out.ts";
import { publishReply, REPLY_TASK } from "./commands/publish.ts";
import { DELIVERY_TASK, forgetOld, type Handled, markDone, type WaitingDelivery, waitingDelivery } from "./delivery.ts";
import type { Translation } from "./events/translate.ts";
import type { GateIntake, NewsIntake } from "./intake.ts";
import type { Router } from "./router.ts";

export interface RouteParts {
  readonly db: Database;
  readonly enqueue: Enqueue;
  readonly append: Append;
  readonly spool: Spool;
  readonly github: GitHub;
  readonly intake: GateIntake;
  /** null: no tickets are kept here. */
  readonly news: NewsIntake | null;
  readonly router: Router;
}

const jobPayload = z.object({ tenant: branded(z.string(), tenantId), guid: z.string() });

/** `github.delivery` and `github.reply`, for `startWorkers`. Both may run twice or be cut off anywhere. */
export function githubHandlers(parts: RouteParts): Readonly<Record<string, JobHandler>> {
  const forTenant =
    (work: (claim: TenantClaim, guid: string) => Promise<void>): JobHandler =>
    async (payload) => {
      const { tenant, guid } = jobPayload.parse(payload);
      const claim = await parts.db.claimFor(tenant);
      // The tenant was suspended meanwhile: nothing is done in its name.
      if (claim !== null) await work(claim, guid);
    };
  return {
    [DELIVERY_TASK]: forTenant((claim, guid) => handleDelivery(parts, claim, guid)),
    [REPLY_TASK]: forTenant((claim, guid) => publishReply(parts, claim, guid)),
  };
}

async function handleDelivery(parts: RouteParts, claim: TenantClaim, guid: string): Promise<void> {
  const delivery = await parts.db.withTenant(claim, (tx) => waitingDelivery(tx, guid));
  if (delivery === null) return;
  const { appId } = parts.github;
  const payload: unknown = JSON.parse(Buffer.from(delivery.payload).toString("utf8"));
  const said = await parts.router.meaningOf(delivery.event, payload, {
    installation: delivery.installation,
    appId,
    receivedAt: delivery.receivedAt,
  });
  const asked = said.kind === "meaning" ? said.meaning.command : null;
  const command = asked === null ? null : await loadCommand(parts.intake, claim, asked);

  const news = said.kind === "meaning" ? said.meaning.news : undefined;
  const hear = news === undefined || parts.news === null ? null : await parts.news.prepare(news);

  const stops = command !== null && isStop(command.ruling);
  const commit = (append: Append): Promise<void> =>
    parts.db.withTenant(claim, async (tx) => {
      // First of all: of two runs of this job, the other one waits here for the row and then finds it done.
      if (!(await markDone(tx, guid, outcomeOf(said)))) return;
      await forgetOld(tx);
      if (said.kind === "malformed") await recordMalformed({ ...parts, append }, tx, delivery, said.why);
      if (said.kind !== "meaning") return;
      // First: after `unsuspend` the work below finds its repositories again. Not beside a stop, which must not wait for this entry.
      if (!stops) {
        const { installation, receivedAt } = delivery;
        const told = { installation, said: said.meaning.installation ?? "heard", receivedAt } as const;
        await noteInstallationState(append, tx, told, { observer: { type: "app", id: String(appId) }, guid });
      }
      for (const evidence of said.meaning.evidence) await parts.intake.observed(tx, evidence);
      for (const work of said.meaning.work) await parts.intake.request(tx, work);
      if (command !== null)
        await commitCommand({ intake: parts.intake, enqueue: parts.enqueue, append, appId }, tx, guid, command);
      await hear?.(tx);
      // Last: from its commit nothing is done in this client's name any more.
      if (said.meaning.installation === "deleted")
        await shutUninstalled(append, tx, delivery.installation, {
          observer: { type: "app", id: String(appId) },
          guid,
        });
    });
  await stopAnyway(parts, stops, commit);
}

function outcomeOf(said: Translation): Handled {
  switch (said.kind) {
    case "meaning":
      return "handled";
    case "ignored":
      return "ignored";
    case "malformed":
      return "malformed";
  }
}

/** A lost event only delays: the sweep reads live. It is on record, so that somebody can see why. */
async function recordMalformed(parts: RouteParts, tx: TenantTx, delivery: WaitingDelivery, why: string): Promise<void> {
  await parts.append(tx, {
    kind: "github.delivery",
    outcome: "not_performed",
    observer: { type: "app", id: String(parts.github.appId) },
    initiator: { type: "app", id: `installation-${delivery.installation}` },
    target: { type: "delivery", id: delivery.guid },
    requestId: delivery.guid,
    body: { event: delivery.event, why },
  });
}
