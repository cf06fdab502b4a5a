// Between the doer, who may not merge, and the merge gate, which does: an agent's merge is a request like any other.

import { setTimeout as pause } from "node:timers/promises";
import { answerMerge, MERGE_CHANNEL, mergesWaiting, noteAttempt, type WaitingMerge } from "#doer/io";
import { findAttempt, type Intake } from "#gate/io";
import type { Log } from "#platform/log";
import { listenOn, type Database, type TenantTx } from "#platform/postgres";
import { claimsOf } from "./claims.ts";
import type { Opened } from "./lifecycle.ts";

/** While one is under way, and for what was not heard. */
const LOOK_MS = { busy: 500, idle: 30_000 } as const;

export function serveMerges({
  database,
  url,
  intake,
  log,
  resources,
}: {
  readonly database: Database;
  readonly url: string;
  readonly intake: Intake;
  readonly log: Log;
  readonly resources: Opened;
}): void {
  const stop = new AbortController();
  const trouble = (error: unknown): void => log.warn({ err: error }, "merges that agents asked for wait");
  const listener = listenOn({
    url,
    channel: MERGE_CHANNEL,
    onError: trouble,
  });

  async function round(): Promise<number> {
    let open = 0;
    for (const claim of await claimsOf(database))
      open += await database.withTenant(claim, async (tx) => {
        const waiting = await mergesWaiting(tx);
        for (const each of waiting) await step(tx, intake, each);
        return waiting.length;
      });
    return open;
  }

  async function loop(): Promise<void> {
    while (!stop.signal.aborted) {
      const heard = listener.next();
      const open = await round().catch((error: unknown) => (trouble(error), 0));
      const nap = pause(open > 0 ? LOOK_MS.busy : LOOK_MS.idle, undefined, { signal: stop.signal }).catch(() => {});
      await Promise.race([heard, nap]);
    }
  }

  const running = loop();
  resources.add("merges that agents ask for", async () => {
    stop.abort();
    await running;
    await listener.close();
  });
}

async function step(tx: TenantTx, intake: Intake, merge: WaitingMerge): Promise<void> {
  const refuse = (why: string): Promise<void> =>
    answerMerge(tx, merge.call, { outcome: "refused", mergeSha: null, why });
  if (merge.attempt === null) {
    if (merge.agent === null) return refuse("The gateway is at no such call.");
    const asked = await intake.requestMerge(tx, {
      repositoryId: merge.repository,
      number: merge.number,
      requestedBy: { type: "agent", id: merge.agent },
      wantedHead: merge.head,
    });
    switch (asked.kind) {
      case "requested":
        return noteAttempt(tx, merge.call, asked.attempt);
      case "under_way":
        return refuse("Another merge of that pull request is under way.");
      case "merged_already":
        return refuse("That pull request is merged already.");
      case "unknown_repository":
        return refuse("The merge gate does not know that repository yet.");
    }
  }
  const attempt = await findAttempt(tx, merge.attempt);
  if (attempt === null) return refuse("The merge gate has lost the request.");
  if (attempt.outcome === null) return;
  const merged = attempt.outcome === "success" || attempt.outcome === "recovered";
  const why = merged ? null : "The merge gate did not merge it: its check countersign says why.";
  await answerMerge(tx, merge.call, { outcome: attempt.outcome, mergeSha: attempt.mergeSha, why });
}
