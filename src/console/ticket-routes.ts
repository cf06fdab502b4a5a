// Tickets over HTTP: /v1 for a client's programs, in their key's name; /api for its people who are signed in, in their own.

import { Hono } from "hono";
import type { ShownTo } from "#audit/io";
import type { Role } from "#identity";
import { problem, type HttpEnv } from "#platform/http";
import type { Database, TenantTx } from "#platform/postgres";
import type { Actor } from "#tickets/io";
import { createBearer } from "./bearer.ts";
import { bodyOf } from "./exchange.ts";
import { LIMITS } from "./limits.ts";
import { createCookies } from "./people/cookies.ts";
import { createSignedIn, hasOne, type PageContext, type Visit } from "./people/signed-in.ts";
import { ticketWork, type TicketWorkParts } from "./ticket-work.ts";

export interface TicketRouteParts extends TicketWorkParts {
  readonly db: Database;
  /** Where browsers reach the pages for people: their session is bound to it. */
  readonly publicUrl: () => string;
}

const CAN = { capability: "ticket.work", tenant: null } as const;

export function ticketRoutes(parts: TicketRouteParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.route("/", forPrograms(parts));
  app.route("/", forPeople(parts));
  return app;
}

function forPrograms({ db, ...parts }: TicketRouteParts): Hono<HttpEnv> {
  const { append, clock } = parts;
  const work = ticketWork(parts);
  const asKey = createBearer({ db, append, clock });
  const app = new Hono<HttpEnv>();

  app.get("/v1/tickets", (c) => asKey(c, { ...CAN, route: "tickets" }, (tx, to) => work.list(c, tx, byKey(to))));
  app.get("/v1/tickets/:ticket", (c) =>
    asKey(c, { ...CAN, route: "ticket" }, (tx, to) => work.show(c, tx, byKey(to), c.req.param("ticket"))),
  );
  app.post("/v1/tickets", async (c) => {
    const body = await bodyOf(c, LIMITS.ticketBytes);
    return asKey(c, { ...CAN, route: "ticket opened" }, (tx, to) => work.open(c, tx, byKey(to), body));
  });
  app.post("/v1/tickets/:ticket/acts", async (c) => {
    const body = await bodyOf(c, LIMITS.ticketBytes);
    return asKey(c, { ...CAN, route: "ticket act" }, (tx, to) =>
      work.act(c, tx, byKey(to), c.req.param("ticket"), body),
    );
  });
  return app;
}

const byKey = ({ initiator, requestId }: ShownTo): Actor => ({
  party: initiator,
  name: "An API key",
  requestId,
  channel: "api",
});

/** Who approves calls need not know what customers write. */
const DESK: readonly Role[] = ["operator", "admin"];

/** INVARIANT: a POST takes the session's token in x-csrf-token and our own origin, as everything that a browser does here. */
function forPeople({ db, publicUrl, ...parts }: TicketRouteParts): Hono<HttpEnv> {
  const work = ticketWork(parts);
  const signedIn = createSignedIn({ db, publicUrl }, createCookies(publicUrl));
  const app = new Hono<HttpEnv>();

  const reading = (c: PageContext, read: (tx: TenantTx, by: Actor) => Promise<Response>): Promise<Response> =>
    signedIn.api(c, async (visit) =>
      hasOne(visit.session, DESK)
        ? read(visit.tx, byPerson(c, visit))
        : problem(c, { status: 403, code: "forbidden", title: "Tickets take the role operator or admin." }),
    );

  app.get("/api/tickets", (c) => reading(c, (tx, by) => work.list(c, tx, by)));
  app.get("/api/tickets/:ticket", (c) => reading(c, (tx, by) => work.show(c, tx, by, c.req.param("ticket"))));
  app.post("/api/tickets", (c) =>
    signedIn.apiPost(c, DESK, (visit, body) => work.open(c, visit.tx, byPerson(c, visit), body)),
  );
  app.post("/api/tickets/:ticket/acts", (c) =>
    signedIn.apiPost(c, DESK, (visit, body) => work.act(c, visit.tx, byPerson(c, visit), c.req.param("ticket"), body)),
  );
  return app;
}

const byPerson = (c: PageContext, { session: { person } }: Visit): Actor => ({
  party: { type: "human", id: person.person },
  name: person.login,
  requestId: c.get("requestId"),
  channel: "api",
});
