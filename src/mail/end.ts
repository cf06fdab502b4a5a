// The end of a client's mailbox here: Microsoft tells us of nothing any more. https://learn.microsoft.com/graph/api/subscription-delete

import { z } from "zod";
import { Fault, type TenantId } from "#kernel";
import { askGraph, lost, statusOf, Withdrawn, type GraphPlace } from "./graph-client.ts";
import { LIMITS } from "./limits.ts";
import type { MailSecret } from "./ports.ts";

const page = z.object({
  value: z.array(z.object({ id: z.string().regex(/^[A-Za-z0-9-]{1,100}$/), notificationUrl: z.string().catch("") })),
  "@odata.nextLink": z.string().optional(),
});

/**
 * `none`: Microsoft says that no subscription to us is left. `withdrawn`: it does not take the application's secret any more, and what is
 * subscribed lapses by itself. `unset`: there is no such mailbox. Throws when Microsoft does not answer.
 */
export async function endSubscriptions(
  sealed: ReadonlyMap<MailSecret, string>,
  asked: {
    readonly tenant: TenantId;
    /** Around each act: its intent before it. */
    readonly told: (act: () => Promise<void>) => Promise<void>;
    readonly clock: () => number;
    readonly place: GraphPlace;
  },
): Promise<"none" | "withdrawn" | "unset"> {
  const graph = askGraph(sealed, asked.place, asked.clock);
  if (graph === null) return "unset";
  const { ask, accessToken, within } = graph;

  /** By where they are sent, whatever our rows say: one that a crash kept from being noted goes, too. */
  async function ours(): Promise<readonly string[]> {
    const found: string[] = [];
    let path: string | null = "/subscriptions";
    for (let pages = 0; path !== null && pages < LIMITS.pages; pages += 1) {
      const read = page.safeParse(await ask(path).get());
      if (!read.success) throw lost("answer what can be read", null);
      for (const { id, notificationUrl } of read.data.value)
        if (notificationUrl.endsWith(`/api/mail/${asked.tenant}/graph`)) found.push(id);
      const next = read.data["@odata.nextLink"];
      path = next === undefined ? null : within(next);
    }
    if (path !== null) throw lost("list its subscriptions to an end", null);
    return found;
  }

  try {
    // First, and apart: the official client hides why there is none.
    await accessToken();
    for (const id of await ours())
      await asked.told(async () => {
        await ask(`/subscriptions/${id}`)
          .delete()
          .catch((error: unknown) => {
            if (statusOf(error) !== 404) throw error;
          });
      });
    if ((await ours()).length > 0) throw lost("end its subscription, although it took the request", null);
    return "none";
  } catch (error) {
    if (error instanceof Withdrawn) return "withdrawn";
    throw error instanceof Fault ? error : lost("end its subscription", error);
  }
}
