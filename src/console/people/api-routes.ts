// The same as the pages, as JSON, in the same session. A POST takes the session's token in x-csrf-token, from GET /api/session.

import { Hono } from "hono";
import { z } from "zod";
import { approvalId, iso } from "#kernel";
import { problem, type HttpEnv } from "#platform/http";
import { answerIn, decide, readBefore, type Answer } from "./approval-routes.ts";
import type { PeopleParts } from "./parts.ts";
import type { PageContext, SignedIn } from "./signed-in.ts";

const answer = z.strictObject({
  digest: z.string().max(64),
  answer: z.string().max(20),
  reason: z.string().max(2_000).default(""),
  proof: z.json().nullable().default(null),
  propose: z.boolean().default(false),
});

const nothing = (c: PageContext) => problem(c, { status: 404, code: "not_found", title: "There is no such request." });

function answerFrom(id: string, body: unknown): Answer | null {
  const given = answer.safeParse(body);
  return given.success ? answerIn(id, { ...given.data, link: null }) : null;
}

export function apiRoutes(parts: PeopleParts, signedIn: SignedIn): Hono<HttpEnv> {
  const { approvals } = parts;
  const app = new Hono<HttpEnv>();

  app.get("/api/session", (c) =>
    signedIn.api(c, async ({ session: { person, createdAt, endsAt, csrf } }) =>
      c.json({ person, since: iso(createdAt), until: iso(endsAt), csrf }),
    ),
  );
  app.get("/api/approvals", (c) => signedIn.api(c, async ({ tx }) => c.json({ approvals: await approvals.queue(tx) })));
  app.get("/api/approvals/:id", (c) =>
    signedIn.api(c, async ({ tx }) => {
      const id = approvalId(c.req.param("id"));
      const asked = id === null ? null : await approvals.read(tx, id);
      return asked === null ? nothing(c) : c.json(asked);
    }),
  );
  app.post("/api/approvals/:id", (c) =>
    signedIn.apiPostAfter(
      c,
      [],
      (caller, body) => readBefore(parts, caller, answerFrom(c.req.param("id"), body)),
      async (visit, _, before) => {
        const decided = await decide(parts, visit, before);
        if (decided === null)
          return problem(c, {
            status: 400,
            code: "input_invalid",
            title: "An answer has digest, answer (approve or reject), reason, proof and propose.",
          });
        switch (decided.kind) {
          case "unknown":
            return nothing(c);
          case "refused":
            return c.json(decided, 403);
          case "ended":
            return c.json(decided, 409);
          case "recorded":
          case "already":
            return c.json(decided);
        }
      },
    ),
  );
  return app;
}
