// GitHub does not deliver again by itself. What failed is asked for again; the inbox knows a delivery by its id, so one that
// did arrive is taken once. Each asking is an act on GitHub, so it has its intent and its outcome.

import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { NewEntry } from "#audit";
import type { AskWorld, Audit } from "#audit/io";
import { Fault, installationId } from "#kernel";
import type { GitHub } from "#platform/github";
import { branded } from "#platform/postgres";
import { time } from "../answers.ts";
import type { GateDeps } from "../deps.ts";
import { limits } from "../limits.ts";
import { eachOf } from "./each.ts";

const attempt = z.object({
  id: z.union([z.int(), z.string()]),
  guid: z.string(),
  status_code: z.int(),
  delivered_at: time.optional(),
  installation_id: branded(z.int(), installationId).nullish(),
});
type Attempt = z.infer<typeof attempt>;

/** The attempts to repeat: the newest of each delivery of which no attempt was taken. */
export function toRedeliver(log: readonly Attempt[]): readonly Attempt[] {
  const byGuid = new Map<string, Attempt[]>();
  for (const each of log) byGuid.set(each.guid, [...(byGuid.get(each.guid) ?? []), each]);
  return [...byGuid.values()].flatMap((attempts) => {
    const taken = attempts.some((a) => a.status_code >= 200 && a.status_code < 300);
    const [newest] = attempts;
    return taken || newest === undefined || attempts.length > limits.redeliveries ? [] : [newest];
  });
}

async function readLog(github: GitHub): Promise<readonly Attempt[]> {
  const log = z.array(attempt).safeParse((await github.app().rest("GET /app/hook/deliveries", { per_page: 100 })).data);
  if (!log.success) throw new Fault("github_unavailable", "GitHub's log of deliveries cannot be read.");
  return log.data;
}

export async function redeliver(deps: Pick<GateDeps, "append" | "database" | "github">): Promise<void> {
  await eachOf(toRedeliver(await readLog(deps.github)).map((lost) => () => askAgain(deps, lost)));
}

/** What belongs to no tenant of ours would be answered and dropped, so it is not asked for. */
async function askAgain(deps: Pick<GateDeps, "append" | "database" | "github">, lost: Attempt): Promise<void> {
  const installation = lost.installation_id ?? null;
  const claim = installation === null ? null : await deps.database.claimForInstallation(installation);
  if (claim === null) return;
  const entry = {
    kind: "github.redelivery",
    observer: { type: "app", id: String(deps.github.appId) },
    initiator: { type: "job", id: "gate.sweep" },
    target: { type: "delivery", id: lost.guid },
    requestId: randomUUID(),
  } as const satisfies Partial<NewEntry>;
  const intent = await deps.database.withTenant(claim, (tx) =>
    deps.append(tx, { ...entry, outcome: "intent", body: { delivery: lost.guid, attempt: String(lost.id) } }),
  );
  const answer = await deps.github
    .app()
    .rest("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id: lost.id }, [404, 422]);
  await deps.database.withTenant(claim, (tx) =>
    deps.append(tx, {
      ...entry,
      intent,
      outcome: answer.status < 300 ? "success" : "refused",
      body: { status: answer.status },
    }),
  );
}

const intended = z.object({ payload: z.object({ delivery: z.string() }) });

/** Whether GitHub has tried that delivery since. Not performed costs nothing: the next sweep asks again by itself. */
export function redeliveryWorld(deps: Pick<GateDeps, "database" | "github">, entryById: Audit["entryById"]): AskWorld {
  return async (claim, intent, conclude) => {
    const entry = await deps.database.withTenant(claim, (tx) => entryById(tx, intent.id));
    const body = intended.safeParse(entry?.body);
    if (!body.success)
      return conclude({
        standing: { kind: "unknown", why: "the intent's body is erased or cannot be read" },
        target: { type: "job", id: "gate.sweep" },
      });
    const { delivery } = body.data.payload;
    const log = await readLog(deps.github);
    const tried = log.some((a) => a.guid === delivery && (a.delivered_at ?? intent.openedAt) > intent.openedAt);
    await conclude({
      standing: tried
        ? { kind: "performed", body: { delivery } }
        : { kind: "not_performed", body: { delivery, why: "GitHub's log shows no later attempt" } },
      target: { type: "delivery", id: delivery },
    });
  };
}
