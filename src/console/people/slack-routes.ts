// A person's own accounts in Slack: bound by a code that is shown here and typed there.

import { Hono } from "hono";
import { showSlackCode, slackAccounts, unlinkSlack } from "#identity/io";
import type { HttpEnv } from "#platform/http";
import { slackPage } from "../pages/slack.ts";
import type { PeopleParts } from "./parts.ts";
import type { PageContext, SignedIn, Visit } from "./signed-in.ts";

export function slackRoutes({ append }: Pick<PeopleParts, "append">, signedIn: SignedIn): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const show = async (c: PageContext, { tx, session }: Visit, code: string | null, said: string | null) =>
    c.html(slackPage({ session, accounts: await slackAccounts(tx, session.person.person), code, said }));

  app.get("/slack", (c) => signedIn.page(c, (visit) => show(c, visit, null, null)));

  app.post("/slack/code", (c) =>
    signedIn.form(c, [], async (visit) =>
      show(c, visit, await showSlackCode(visit.tx, visit.session.person.person), null),
    ),
  );

  app.post("/slack/remove", (c) =>
    signedIn.form(c, [], async (visit, { team = "", user = "" }) => {
      const { person } = visit.session;
      const by = { initiator: { type: "human", id: person.person }, requestId: c.get("requestId") } as const;
      const gone = await unlinkSlack(append, visit.tx, { person, account: { team, user }, by });
      return show(c, visit, null, gone ? "The account is yours here no more." : "There was no such account.");
    }),
  );
  return app;
}
