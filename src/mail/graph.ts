// A mailbox at Microsoft, app-only: https://learn.microsoft.com/graph/delta-query-messages, .../api/subscription-post-subscriptions,
// .../graph/change-notifications-lifecycle-events. The official client, with a token of the client's own application.

import {
  Client,
  GraphError,
  HTTPMessageHandler,
  ResponseType,
  type Middleware,
} from "@microsoft/microsoft-graph-client";
import { z } from "zod";
import { Fault, instant, instantOfMillis, iso } from "#kernel";
import { branded } from "#platform/postgres";
import { LIMITS } from "./limits.ts";
import type { Arrived, Looked, MailSecret, OpenMailbox } from "./ports.ts";

export interface GraphPlace {
  /** `https://graph.microsoft.com/` */
  readonly graph: string;
  /** `https://login.microsoftonline.com/` */
  readonly login: string;
}
export const MICROSOFT: GraphPlace = {
  graph: "https://graph.microsoft.com/",
  login: "https://login.microsoftonline.com/",
};

const TENANT = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
const MAILBOX = /^[^\s@/?#]{1,64}@[A-Za-z0-9.-]{1,253}$/;

const token = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
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

const statusOf = (error: unknown): number => (error instanceof GraphError ? error.statusCode : 0);
/** Microsoft's ways to say that a delta token is worth nothing any more: 410, or 400 with one of these. */
const isLost = (error: unknown): boolean =>
  statusOf(error) === 410 ||
  (error instanceof GraphError &&
    statusOf(error) === 400 &&
    /syncstate|resync|delta|badrequest/i.test(error.code ?? ""));

const lost = (what: string, cause: unknown): Fault =>
  new Fault("mail_unavailable", `Microsoft did not ${what} (${statusOf(cause) || "no answer"}). It is asked again.`);

export function openGraph(
  sealed: ReadonlyMap<MailSecret, string>,
  place: GraphPlace,
  clock: () => number,
): OpenMailbox | null {
  const [tenant = "", id = "", secret = "", mailbox = ""] = (
    ["GRAPH_TENANT", "GRAPH_CLIENT_ID", "GRAPH_CLIENT_SECRET", "GRAPH_MAILBOX"] as const
  ).map((name) => sealed.get(name));
  if (!TENANT.test(tenant) || id === "" || secret === "" || !MAILBOX.test(mailbox)) return null;

  let kept: { readonly token: string; readonly untilMs: number } | null = null;
  async function accessToken(): Promise<string> {
    if (kept !== null && clock() < kept.untilMs) return kept.token;
    const answer = await fetch(`${place.login}${tenant}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        client_id: id,
        client_secret: secret,
        grant_type: "client_credentials",
        scope: "https://graph.microsoft.com/.default",
      }),
      redirect: "error",
      signal: AbortSignal.timeout(LIMITS.askMs),
    });
    const read = answer.ok ? token.safeParse(await answer.json()) : null;
    if (read?.success !== true)
      throw new Fault(
        "mail_unavailable",
        "Microsoft gave no token. Look at GRAPH_TENANT, GRAPH_CLIENT_ID and GRAPH_CLIENT_SECRET.",
      );
    kept = { token: read.data.access_token, untilMs: clock() + (read.data.expires_in - 300) * 1_000 };
    return kept.token;
  }

  // Neither retries nor redirects: who is asked again, and when, is ours to say.
  const http = new HTTPMessageHandler();
  const middleware: Middleware = {
    /** INVARIANT: the token goes to Microsoft alone, whatever link an answer holds. */
    async execute(context) {
      if (typeof context.request !== "string" || !context.request.startsWith(place.graph))
        throw new Fault("invariant_broken", "Microsoft Graph was asked at an address that is not its own.");
      const headers = new Headers(context.options?.headers);
      headers.set("authorization", `Bearer ${await accessToken()}`);
      context.options = {
        ...context.options,
        headers,
        redirect: "error",
        signal: AbortSignal.timeout(LIMITS.askMs),
      };
      await http.execute(context);
    },
  };
  const client = Client.initWithMiddleware({ middleware, baseUrl: place.graph });
  const user = `/users/${encodeURIComponent(mailbox)}`;
  const ask = (path: string) => client.api(path);

  /** INVARIANT: a link that Microsoft gave is followed at Microsoft alone: the token goes with it. */
  const within = (link: string): string => {
    const prefix = `${place.graph}v1.0`;
    if (!link.startsWith(`${prefix}/`)) throw lost("give a link of its own", null);
    return link.slice(prefix.length);
  };

  async function mimeOf(message: string): Promise<Uint8Array | null> {
    try {
      const answer: unknown = await ask(`${user}/messages/${encodeURIComponent(message)}/$value`)
        .responseType(ResponseType.ARRAYBUFFER)
        .get();
      if (!(answer instanceof ArrayBuffer) || answer.byteLength > LIMITS.mailBytes) return null;
      return new Uint8Array(answer);
    } catch (error) {
      // Deleted or moved meanwhile.
      if (statusOf(error) === 404) return null;
      throw lost("give a mail", error);
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
        throw error instanceof Fault ? error : lost("say what is new in the mailbox", error);
      }
      const next = read.success ? (read.data["@odata.nextLink"] ?? read.data["@odata.deltaLink"]) : undefined;
      if (!read.success || next === undefined) throw lost("answer what can be read", null);
      const mails: Arrived[] = [];
      for (const each of read.data.value) {
        if (each["@removed"] !== undefined || each.receivedDateTime === undefined) continue;
        const mime = await mimeOf(each.id);
        if (mime !== null) mails.push({ mime, receivedAt: each.receivedDateTime });
      }
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
