// GitHub does not deliver again by itself. What failed is asked for again; the inbox knows a delivery by its id, so one that
// did arrive is taken once.

import { z } from "zod";
import { Fault } from "#kernel";
import type { GitHub } from "#platform/github";
import { limits } from "../limits.ts";

const deliveries = z.array(z.object({ id: z.union([z.int(), z.string()]), guid: z.string(), status_code: z.int() }));

/** The ids of the attempts to repeat: the newest of each delivery of which no attempt was taken. */
export function toRedeliver(log: z.infer<typeof deliveries>): readonly (number | string)[] {
  const byGuid = new Map<string, typeof log>();
  for (const attempt of log) byGuid.set(attempt.guid, [...(byGuid.get(attempt.guid) ?? []), attempt]);
  return [...byGuid.values()].flatMap((attempts) => {
    const taken = attempts.some((a) => a.status_code >= 200 && a.status_code < 300);
    const [newest] = attempts;
    return taken || newest === undefined || attempts.length > limits.redeliveries ? [] : [newest.id];
  });
}

/** How many were asked for again. */
export async function redeliver(github: GitHub): Promise<number> {
  const log = deliveries.safeParse((await github.app().rest("GET /app/hook/deliveries", { per_page: 100 })).data);
  if (!log.success) throw new Fault("github_unavailable", "GitHub's log of deliveries cannot be read.");
  const ids = toRedeliver(log.data);
  for (const id of ids)
    await github.app().rest("POST /app/hook/deliveries/{delivery_id}/attempts", { delivery_id: id }, [404, 422]);
  return ids.length;
}
