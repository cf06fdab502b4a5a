// A mailbox at Microsoft, app-only: https://learn.microsoft.com/graph/delta-query-messages, .../api/subscription-post-subscriptions,
// .../graph/change-notifications-lifecycle-events.

import { GraphError, ResponseType } from "@microsoft/microsoft-graph-client";
import { z } from "zod";
import { Fault, instant, instantOfMillis, iso, type Instant } from "#kernel";
import { branded } from "#platform/postgres";
import { askGraph, lost, statusOf, type GraphPlace } from "./graph-client.ts";
import { LIMITS } from "./limits.ts";
import type { Arrived, Looked, MailSecret, OpenMailbox } from "./ports.ts";

const page = z.object({
  value: z.array(
    z.looseObject({
      id: z.string(),
      "@removed": z.unknown().optional(),
      receivedDateTime: branded(z.string(), instant).optional(),
    }),
  ),
  "@odata.nextLink": z.string().optional(),
  "@odata.deltaLink": z.string().optional(),
});
const subscription = z.object({
  id: z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  expirationDateTime: branded(z.string(), instant),
});

/** Microsoft's ways to say that a delta token is worth nothing any more: 410, or 400 with one of these. */
const isLost = (error: unknown): boolean =>
  statusOf(error) === 410 ||
  (error instanceof GraphError &&
    statusOf(error) === 400 &&
    /syncstate|resync|delta|badrequest/i.test(error.code ?? ""));

/** What Microsoft's refusals mean for whoever set the mailbox up: https://learn.microsoft.com/graph/errors */
function noMailbox(error: unknown): Fault {
  switch (statusOf(error)) {
    case 401:
    case 403:
      return new Fault(
        "mail_unavailable",
        "Microsoft does not let the application read this mailbox. Give it the application permission Mail.Read with an administrator's consent, and let its access policy name GRAPH_MAILBOX.",
      );
    case 404:
      return new Fault(
        "mail_unavailable",
        "Microsoft knows no mailbox under GRAPH_MAILBOX in this directory. Look for a slip in the address, and that it has an Exchange licence.",
      );
    default:
      return lost("say what is new in the mailbox", error);
  }
}

/** INVARIANT: whatever the size of a mail, no more of it is held than is read. */
async function beginningOf(stream: ReadableStream<unknown>): Promise<Pick<Arrived, "mime" | "cut">> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) throw lost("give a mail that can be read", null);
    chunks.push(chunk);
    bytes += chunk.byteLength;
    // Leaving the loop ends the transfer.
    if (bytes > LIMITS.mailBytes) break;
  }
  return { mime: Buffer.concat(chunks).subarray(0, LIMITS.mailBytes), cut: bytes > LIMITS.mailBytes };
}

export function openGraph(
  sealed: ReadonlyMap<MailSecret, string>,
  place: GraphPlace,
  clock: () => number,
): OpenMailbox | null {
  const graph = askGraph(sealed, place, clock);
  if (graph === null) return null;
  const { ask, accessToken, user, within } = graph;

  async function mailOf(message: string, receivedAt: Instant): Promise<Arrived | null> {
    try {
      const answer: unknown = await ask(`${user}/messages/${encodeURIComponent(message)}/$value`)
        .responseType(ResponseType.STREAM)
        .get();
      if (!(answer instanceof ReadableStream)) throw lost("give a mail that can be read", null);
      return { ...(await beginningOf(answer)), receivedAt };
    } catch (error) {
      // Deleted or moved meanwhile.
      if (statusOf(error) === 404) return null;
      throw error instanceof Fault ? error : lost("give a mail", error);
    }
  }

  return {
    async look(cursor, since): Promise<Looked> {
      await accessToken();
      const first = `${user}/mailFolders/inbox/messages/delta?$select=id,receivedDateTime&$filter=${encodeURIComponent(`receivedDateTime ge ${iso(since)}`)}`;
      let read;
      try {
        const answer: unknown = await ask(cursor === null ? first : within(cursor))
          .header("Prefer", "odata.maxpagesize=50")
          .get();
        read = page.safeParse(answer);
      } catch (error) {
        if (cursor !== null && isLost(error)) return { kind: "lost" };
        throw error instanceof Fault ? error : noMailbox(error);
      }
      const next = read.success ? (read.data["@odata.nextLink"] ?? read.data["@odata.deltaLink"]) : undefined;
      if (!read.success || next === undefined) throw lost("answer what can be read", null);
      const mails = read.data.value.flatMap(({ id, receivedDateTime: at, ...each }) =>
        each["@removed"] !== undefined || at === undefined ? [] : [() => mailOf(id, at)],
      );
      return { kind: "read", mails, cursor: next, more: read.data["@odata.nextLink"] !== undefined };
    },

    async subscribe({ before, url, clientState, until }) {
      await accessToken();
      const expirationDateTime = iso(until);
      const given = async (): Promise<unknown> =>
        ask("/subscriptions").post({
          changeType: "created",
          notificationUrl: url,
          lifecycleNotificationUrl: url,
          resource: `${user}/mailFolders('inbox')/messages`,
          expirationDateTime,
          clientState,
        });
      try {
        const answer: unknown =
          before === null
            ? await given()
            : await ask(`/subscriptions/${before}`)
                .patch({ expirationDateTime })
                .catch((error: unknown) => {
                  if (statusOf(error) === 404) return null;
                  throw error;
                });
        const read = subscription.safeParse(answer);
        return read.success ? { id: read.data.id, until: instantOfMillis(read.data.expirationDateTime) } : null;
      } catch (error) {
        throw lost("subscribe us to the mailbox", error);
      }
    },
  };
}
