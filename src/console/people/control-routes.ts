// The kill switch and the breakers, for a client's own people. They stop what is their own; starting again takes two operators (#controls/io).

import { Hono } from "hono";
import type { Actor, Scope } from "#controls";
import { killOwn, ownKills } from "#controls/io";
import { isReason, type Role } from "#identity";
import { agentId, repositoryId, type TenantId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import { controlsPage, type ControlsView } from "../pages/controls.ts";
import type { PeopleParts } from "./parts.ts";
import type { Fields, PageContext, SignedIn, Visit } from "./signed-in.ts";

export const STOPPERS: readonly Role[] = ["operator", "admin"];
type OwnScope = Exclude<Scope, { kind: "platform" }>;

const NOT_UNDERSTOOD = "Nothing was done: choose what to stop, and say why in 1 to 500 characters.";

export function controlRoutes(parts: PeopleParts, signedIn: SignedIn): Hono<HttpEnv> {
  const { breaker, agents } = parts;
  const app = new Hono<HttpEnv>();

  const view = async ({ tx, session }: Visit, said: string | null): Promise<ControlsView> => ({
    session,
    stops: await ownKills(tx),
    open: await breaker.open(tx),
    agents: await agents(tx),
    said,
  });

  app.get("/controls", (c) => signedIn.page(c, async (visit) => c.html(controlsPage(await view(visit, null)))));

  app.post("/controls/stop", (c) =>
    signedIn.form(c, STOPPERS, async (visit, fields) => {
      const asked = stopOf(visit.tx.tenantId, fields);
      if (asked === null) return c.html(controlsPage(await view(visit, NOT_UNDERSTOOD)), 400);
      const done = await stop(parts, c, visit, asked);
      const said = done.already ? "It was stopped already; your reason stands beside the other." : "It is stopped.";
      return c.html(controlsPage(await view(visit, said)));
    }),
  );

  app.post("/controls/reset", (c) =>
    signedIn.form(c, STOPPERS, async (visit, fields) => {
      const agent = agentId(fields["agent"] ?? "");
      const reason = (fields["reason"] ?? "").trim();
      if (agent === null || !isReason(reason)) return c.html(controlsPage(await view(visit, NOT_UNDERSTOOD)), 400);
      const done = await breaker.reset(visit.tx, { agent, reason, by: actorOf(c, visit) });
      const said = done === "reset" ? "It may go on." : "It was not held back any more.";
      return c.html(controlsPage(await view(visit, said)));
    }),
  );

  app.get("/api/controls", (c) =>
    signedIn.api(c, async (visit) => {
      const { stops, open } = await view(visit, null);
      return c.json({ stops, open });
    }),
  );

  app.post("/api/controls/stop", (c) =>
    signedIn.apiPost(c, STOPPERS, async (visit, body) => {
      const asked = stopOf(visit.tx.tenantId, fieldsOf(body));
      if (asked === null) return problem(c, { status: 400, code: "input_invalid", title: NOT_UNDERSTOOD });
      return c.json(await stop(parts, c, visit, asked));
    }),
  );

  return app;
}

const actorOf = (c: PageContext, { session }: Visit): Actor => ({
  initiator: { type: "human", id: session.person.person },
  requestId: c.get("requestId"),
});

/** In a transaction of its own: it commits although the log may take no entries. */
const stop = (
  { db, append, spool }: PeopleParts,
  c: PageContext,
  visit: Visit,
  asked: { readonly scope: OwnScope; readonly reason: string },
) => killOwn({ append, spool, database: db, claim: visit.claim }, { ...asked, by: actorOf(c, visit) });

function stopOf(tenant: TenantId, fields: Fields): { readonly scope: OwnScope; readonly reason: string } | null {
  const reason = (fields["reason"] ?? "").trim();
  const scope = scopeOf(tenant, fields["scope"] ?? "", fields["repository"] ?? "");
  return scope === null || !isReason(reason) ? null : { scope, reason };
}

function scopeOf(tenant: TenantId, text: string, number: string): OwnScope | null {
  if (number !== "") {
    const repository = /^[1-9]\d{0,14}$/.test(number) ? repositoryId(Number(number)) : null;
    return repository === null ? null : { kind: "repository", tenant, repository };
  }
  if (text === "tenant") return { kind: "tenant", tenant };
  const agent = agentId(text.replace(/^agent:/, ""));
  return agent === null ? null : { kind: "agent", tenant, agent };
}

const fieldsOf = (body: unknown): Fields =>
  typeof body === "object" && body !== null
    ? Object.fromEntries(
        Object.entries(body).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
      )
    : {};
