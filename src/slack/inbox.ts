// Where Slack's requests arrive: `/api/slack/<client>/events|commands|actions`, an address for each client, so that whose secret a
// signature is held against never depends on what an unsigned body says. What is signed becomes a sealed row and a job, and then Slack
// hears 200, well within its three seconds.

import { Hono } from "hono";
import { z } from "zod";
import { Fault, tenantId, type Json } from "#kernel";
import { createRate, problem, readCapped, type HttpEnv } from "#platform/http";
import type { TenantClaim, TenantTx } from "#platform/postgres";
import { takeSlackCode } from "#identity/io";
import { arrivalJob, insertArrival, workspaceOf, type Workspace } from "./arrival.ts";
import { LIMITS } from "./limits.ts";
import { click, command, envelope } from "./payloads.ts";
import type { SlackArrival, SlackParts } from "./ports.ts";
import { isSigned, nameOf, signedIn, type Signed } from "./signature.ts";
import { createStandingNotes, type RefusedFor } from "./standing.ts";
import { HELP, linked, NOTED, NOT_LINKED, parseCommand, TOO_OFTEN } from "./words.ts";

/** One of ours for each request; `text` is for whoever asked. */
type Answered =
  | { readonly kind: "ok"; readonly body?: Json }
  | { readonly kind: "repeated" }
  /** `standing`: what an operator has to look at when all are refused for it; absent: it is this request's alone. */
  | {
      readonly kind: "refused";
      readonly why: string;
      readonly status: 400 | 401;
      readonly standing?: RefusedFor;
    };
const OK: Answered = { kind: "ok" };
const REPLAYED: Answered = { kind: "refused", why: "a replay", status: 401 };
const ELSEWHERE: Answered = { kind: "refused", why: "another workspace", status: 401, standing: "workspace" };
const MALFORMED: Answered = { kind: "refused", why: "unreadable", status: 400 };
const NO_TITLE =
  "No valid signature of this moment. Set the Slack app's signing secret: countersign secret set PREFIX SLACK_SIGNING_SECRET";

interface Request {
  readonly tx: TenantTx;
  readonly workspace: Workspace;
  readonly signed: Signed;
  readonly text: string;
}

export function createSlackInbox(parts: SlackParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const note = createStandingNotes(parts.clock);
  /** Codes are tried no faster than this by one account. */
  const tries = createRate({ burst: 5, perMinute: 2 }, parts.clock);

  const route = (what: SlackArrival["what"], act: (request: Request) => Promise<Answered>): void => {
    app.post(`/api/slack/:tenant/${what}`, async (c) => {
      const tenant = tenantId(c.req.param("tenant") ?? "");
      const told = (kind: SlackArrival["kind"], why: string | null = null): void =>
        parts.onArrival?.({ tenant, kind, what, why });
      const refuse = (why: string, status: 400 | 401 = 401) => {
        told("refused", why);
        return problem(c, { status, code: status === 401 ? "unauthorized" : "input_invalid", title: NO_TITLE });
      };
      const signed = signedIn(c.req.raw.headers);
      if (signed === null || tenant === null) return refuse("no signature");
      const body = await readCapped(c.req.raw, LIMITS.bodyBytes);
      if (body === null) return refuse("too large");
      const claim = await parts.database.claimFor(tenant);
      if (claim === null) return refuse("no such client");
      let answered: Answered;
      try {
        answered = await within({ ...parts, note }, claim, signed, body, act);
      } catch (error) {
        if (error instanceof Fault && error.code === "tenant_inactive") return refuse("no such client");
        told("not_stored");
        throw error;
      }
      if (answered.kind === "refused") return refuse(answered.why, answered.status);
      told(answered.kind === "repeated" ? "repeated" : "stored");
      return answered.kind === "ok" && answered.body !== undefined ? c.json(answered.body) : c.body(null, 200);
    });
  };

  const store = async ({ tx }: Request, arrival: string, body: Json): Promise<boolean> => {
    const isNew = await insertArrival(parts.keys, tx, arrival, body);
    if (isNew) await parts.enqueue(tx, arrivalJob(tx, arrival));
    return isNew;
  };

  route("events", async (request) => {
    const read = envelope.safeParse(jsonOf(request.text));
    // An event of a kind that we do not know is not sent again and again.
    if (!read.success) return jsonOf(request.text) === null ? MALFORMED : OK;
    if (read.data.type === "url_verification") return { kind: "ok", body: { challenge: read.data.challenge } };
    const { team_id: team, event_id: id, enterprise_id: enterprise, event } = read.data;
    if (team !== request.workspace.team) return ELSEWHERE;
    return (await store(request, `event-${id}`, jsonOf(JSON.stringify({ ...event, enterprise_id: enterprise }))))
      ? OK
      : { kind: "repeated" };
  });

  route("commands", async (request) => {
    const read = command.safeParse(Object.fromEntries(new URLSearchParams(request.text)));
    if (!read.success) return MALFORMED;
    const { team_id: team, user_id: user } = read.data;
    if (team !== request.workspace.team) return ELSEWHERE;
    const asked = parseCommand(read.data.text);
    const said = (text: string): Answered => ({ kind: "ok", body: { response_type: "ephemeral", text } });
    switch (asked.kind) {
      case "help":
        return said(HELP);
      case "link": {
        if (tries(`${request.tx.tenantId}/${user}`) > 0) return said(TOO_OFTEN);
        const requestId = `slack:${nameOf(request.signed).slice(0, 32)}`;
        const person = await takeSlackCode(parts.append, request.tx, {
          code: asked.code,
          account: { team, user },
          requestId,
        });
        return said(person === null ? NOT_LINKED : linked(person.login));
      }
      case "ticket":
        return (await store(request, `command-${nameOf(request.signed)}`, { ...read.data, text: asked.text }))
          ? said(NOTED)
          : REPLAYED;
    }
  });

  route("actions", async (request) => {
    const read = click.safeParse(jsonOf(new URLSearchParams(request.text).get("payload") ?? ""));
    if (!read.success) return OK;
    const { asked, ...rest } = read.data;
    if (asked === null) return OK;
    return (await store(request, `click-${nameOf(request.signed)}`, { ...rest, ...asked })) ? OK : REPLAYED;
  });

  return app;
}

/** INVARIANT (N5): nothing of the body is read before its signature holds. */
function within(
  parts: SlackParts & { readonly note: ReturnType<typeof createStandingNotes> },
  claim: TenantClaim,
  signed: Signed,
  body: Uint8Array,
  act: (request: Request) => Promise<Answered>,
): Promise<Answered> {
  return parts.database.withTenant(claim, async (tx): Promise<Answered> => {
    const workspace = await workspaceOf(tx);
    // Whoever has no Slack has no standing either: nothing is written for whoever knocks there.
    if (workspace === null) return { kind: "refused", why: "no workspace is connected", status: 401 };
    const key = await parts.secret(tx, "SLACK_SIGNING_SECRET");
    const answered =
      key !== null && isSigned(key, signed, body, parts.clock())
        ? await act({ tx, workspace, signed, text: Buffer.from(body).toString("utf8") })
        : ({ kind: "refused", why: "the signature", status: 401, standing: key === null ? "no_secret" : "signature" } as const); // prettier-ignore
    if (answered.kind !== "refused") await parts.note(tx, null);
    else if (answered.standing !== undefined) await parts.note(tx, answered.standing);
    return answered;
  });
}

function jsonOf(text: string): Json {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return null;
  }
}
