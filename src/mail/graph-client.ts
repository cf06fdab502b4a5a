// The official client at a client's own mailbox, with a token of the client's own application: everything that is asked of Microsoft goes
// through here. https://learn.microsoft.com/graph/auth-v2-service

import { Client, GraphError, HTTPMessageHandler, type Middleware } from "@microsoft/microsoft-graph-client";
import { z } from "zod";
import { Fault } from "#kernel";
import { LIMITS } from "./limits.ts";
import type { MailSecret } from "./ports.ts";

export interface GraphPlace {
  /** `https://graph.microsoft.com/`, or a national cloud's. */
  readonly graph: string;
  /** `https://login.microsoftonline.com/` */
  readonly login: string;
}

const TENANT = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
const MAILBOX = /^[^\s@/?#]{1,64}@[A-Za-z0-9.-]{1,253}$/;

/** What can be seen of a slip before Microsoft is asked. */
export const GRAPH_FORMS = [
  {
    name: "GRAPH_TENANT",
    form: TENANT,
    problem:
      "GRAPH_TENANT is no directory's id. Copy the Directory (tenant) ID from the application's overview in Entra.",
  },
  { name: "GRAPH_MAILBOX", form: MAILBOX, problem: "GRAPH_MAILBOX is no address. Write it like help@acme.example." },
] as const;

const token = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });
/** Microsoft's words for an application, a secret or a directory that is not good for a token any more (RFC 6749, section 5.2). */
const WITHDRAWN = new Set(["invalid_client", "unauthorized_client", "invalid_grant"]);
const tokenError = z.object({
  error: z.string(),
  /** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
  error_codes: z.array(z.int()).catch([]),
});
const MEANS: Readonly<Record<number, string>> = {
  90002:
    "There is no directory under GRAPH_TENANT. Copy the Directory (tenant) ID from the application's overview in Entra.",
  900023: "GRAPH_TENANT is no directory's id. Copy the Directory (tenant) ID from the application's overview in Entra.",
  700016:
    "The directory under GRAPH_TENANT has no application GRAPH_CLIENT_ID. Copy both ids from the application's overview in Entra.",
  7000215:
    "GRAPH_CLIENT_SECRET is not a secret of this application. Set the secret's Value, not its Secret ID; make a new one if it is lost.",
  7000222: "GRAPH_CLIENT_SECRET has expired. Make a new client secret in Entra and set it.",
  7000112: "The application is disabled in Entra. Enable it, or register another one.",
};

export const statusOf = (error: unknown): number => (error instanceof GraphError ? error.statusCode : 0);
export const lost = (what: string, cause: unknown): Fault =>
  new Fault("mail_unavailable", `Microsoft did not ${what} (${statusOf(cause) || "no answer"}). It is asked again.`);

/** Microsoft does not know the client's application by this secret any more. */
export class Withdrawn extends Fault {}

export interface AskGraph {
  /** A request to Graph, as `/path`. */
  readonly ask: (path: string) => ReturnType<Client["api"]>;
  readonly accessToken: () => Promise<string>;
  /** A link of an answer as a path. INVARIANT: it is followed at Microsoft alone: the token goes with it. */
  readonly within: (link: string) => string;
  /** `/users/...`, the mailbox. */
  readonly user: string;
}

/** null: what is sealed names no mailbox. */
export function askGraph(
  sealed: ReadonlyMap<MailSecret, string>,
  place: GraphPlace,
  clock: () => number,
): AskGraph | null {
  const [tenant = "", id = "", secret = "", mailbox = ""] = (
    ["GRAPH_TENANT", "GRAPH_CLIENT_ID", "GRAPH_CLIENT_SECRET", "GRAPH_MAILBOX"] as const
  ).map((name) => sealed.get(name));
  if (!TENANT.test(tenant) || id === "" || secret === "" || !MAILBOX.test(mailbox)) return null;

  let kept: { readonly token: string; readonly untilMs: number } | null = null;
  async function accessToken(): Promise<string> {
    if (kept !== null && clock() < kept.untilMs) return kept.token;
    const asked = fetch(`${place.login}${tenant}/oauth2/v2.0/token`, {
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
    const answer = await asked.catch((error: unknown) => {
      throw lost("answer when it was asked for a token", error);
    });
    const body: unknown = await answer.json().catch(() => null);
    const read = token.safeParse(answer.ok ? body : null);
    if (!read.success) {
      const why = tokenError.safeParse(body);
      const NoToken = WITHDRAWN.has(why.data?.error ?? "") ? Withdrawn : Fault;
      const means = why.data?.error_codes.flatMap((code) => MEANS[code] ?? [])[0];
      throw new NoToken(
        "mail_unavailable",
        `Microsoft gave no token. ${means ?? "Look at GRAPH_TENANT, GRAPH_CLIENT_ID and GRAPH_CLIENT_SECRET."}`,
      );
    }
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
  return {
    ask: (path) => client.api(path),
    accessToken,
    user: `/users/${encodeURIComponent(mailbox)}`,
    within(link) {
      const prefix = `${place.graph}v1.0`;
      if (!link.startsWith(`${prefix}/`)) throw lost("give a link of its own", null);
      return link.slice(prefix.length);
    },
  };
}
