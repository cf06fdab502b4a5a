// A person's own passkeys, and the one question that an authenticator is asked about an answer.

import { Hono } from "hono";
import { z } from "zod";
import { SESSION } from "#identity";
import { approvalId } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import { passkeysPage } from "../pages/passkeys.ts";
import type { PeopleParts } from "./parts.ts";
import type { PageContext, SignedIn, Visit } from "./signed-in.ts";

const made = z.object({ challenge: z.string(), name: z.string(), response: z.unknown() });
const wanted = z.object({ answer: z.enum(["approve", "reject"]) });

const refused = (c: PageContext, title: string, status: 400 | 403 | 404 | 409 = 403) =>
  problem(c, { status, code: status === 404 ? "not_found" : status === 403 ? "forbidden" : "input_invalid", title });

const OLD = "Sign out and in again first: keys are added within ten minutes of signing in.";

export function passkeyRoutes({ passkeys, approvals, clock }: PeopleParts, signedIn: SignedIn): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const isFresh = ({ session }: Visit): boolean => clock() - session.createdAt <= SESSION.freshMs;

  const show = async (c: PageContext, visit: Visit, said: string | null) =>
    c.html(
      passkeysPage({
        session: visit.session,
        keys: await passkeys.list(visit.tx, visit.session.person.person),
        possible: passkeys.possible(),
        fresh: isFresh(visit),
        said,
      }),
    );
  const by = (c: PageContext, { session }: Visit) =>
    ({ initiator: { type: "human", id: session.person.person }, requestId: c.get("requestId") }) as const;

  app.get("/passkeys", (c) => signedIn.page(c, (visit) => show(c, visit, null)));

  app.post("/passkeys/:id/remove", (c) =>
    signedIn.form(c, [], async (visit) => {
      if (!isFresh(visit)) return show(c, visit, OLD);
      const gone = await passkeys.remove(visit.tx, visit.session.person, c.req.param("id"), by(c, visit));
      return show(c, visit, gone ? "The passkey is removed." : "There was no such passkey.");
    }),
  );

  app.get("/api/passkeys", (c) =>
    signedIn.api(c, async ({ tx, session }) => c.json({ passkeys: await passkeys.list(tx, session.person.person) })),
  );

  app.post("/api/passkeys/begin", (c) =>
    signedIn.apiPost(c, [], async (visit) => {
      if (!isFresh(visit)) return refused(c, OLD);
      const begun = await passkeys.begin(visit.tx, visit.session.person);
      return begun === null
        ? refused(c, "Browsers give no passkeys to a bare address: PUBLIC_URL has to be a name.", 409)
        : c.json(begun);
    }),
  );

  app.post("/api/passkeys", (c) =>
    signedIn.apiPost(c, [], async (visit, body) => {
      if (!isFresh(visit)) return refused(c, OLD);
      const given = made.safeParse(body);
      if (!given.success) return refused(c, "This is not what an authenticator answers.", 400);
      const done = await passkeys.add(visit.tx, visit.session.person, { ...given.data, by: by(c, visit) });
      switch (done.kind) {
        case "added":
          return c.json({ id: done.id }, 201);
        case "not_verified":
          return refused(
            c,
            "The passkey could not be checked: it took too long, or did not check who holds it. Try again.",
          );
        case "no_name":
          return refused(
            c,
            "A name takes 1 to 60 letters, digits, spaces and . _ @ + -, beginning with a letter or a digit.",
            400,
          );
        case "there_already":
          return refused(c, "This passkey is somebody's already.", 409);
        case "too_many":
          return refused(c, "Ten passkeys are enough. Remove one first.", 409);
      }
    }),
  );

  // The digest comes from the request's own row, never from the browser: what is signed is what will run.
  app.post("/api/approvals/:id/step-up", (c) =>
    signedIn.apiPost(c, ["approver"], async ({ tx, session }, body) => {
      const id = approvalId(c.req.param("id"));
      const asked = id === null ? null : await approvals.read(tx, id);
      const given = wanted.safeParse(body);
      if (id === null || asked === null || !given.success) return refused(c, "There is no such request.", 404);
      const confirmation = {
        person: session.person.person,
        approval: id,
        digest: asked.digest,
        answer: given.data.answer,
      };
      const question = await passkeys.ask(tx, confirmation);
      switch (question.kind) {
        case "ask":
          return c.json({ challenge: question.challenge, options: question.options });
        case "no_passkey":
          return refused(c, "You have no passkey yet: add one on the page Passkeys, and come back.", 409);
        case "no_place":
          return refused(c, "Browsers give no passkeys to a bare address: PUBLIC_URL has to be a name.", 409);
      }
    }),
  );
  return app;
}
