// Requests that wait for a person: the queue, one of them, and an answer. INVARIANT: a GET decides nothing, whoever follows a link.

import { Hono } from "hono";
import { z } from "zod";
import { ANSWERS, refusalWords, type Asked, type Decided } from "#approvals";
import { approvalId, digest, type Json } from "#kernel";
import type { HttpEnv } from "#platform/http";
import { approvalPage, decidedSentence, type ApprovalView } from "../pages/approval.ts";
import { plainPage } from "../pages/layout.ts";
import { queuePage } from "../pages/queue.ts";
import type { PeopleParts } from "./parts.ts";
import { hasOne, type Fields, type PageContext, type SignedIn, type Visit } from "./signed-in.ts";

const LINK = /^[A-Za-z0-9_.-]{1,300}$/;
const MOST_REASON = 2_000;

const NOTHING =
  "There is no such request among this client's. If you belong to several clients, sign out and choose the other one.";
const OLD_LINK = "This link was used, is over, or is somebody else's. What waits for you is in the list.";

export function approvalRoutes(parts: PeopleParts, signedIn: SignedIn): Hono<HttpEnv> {
  const { approvals, clock } = parts;
  const app = new Hono<HttpEnv>();

  app.get("/approvals", (c) =>
    signedIn.page(c, async ({ tx, session }) => c.html(queuePage(session, await approvals.queue(tx), clock()))),
  );

  // What a message carries. Opening shows; a link previewer that follows it has no session, and sees the sign-in.
  app.get("/approvals/link/:link", (c) =>
    signedIn.page(c, async ({ tx }) => {
      const link = c.req.param("link");
      const approval = LINK.test(link) ? await approvals.links.open(tx, link) : null;
      return approval === null
        ? c.html(plainPage("Not a link of yours", OLD_LINK), 404)
        : c.redirect(`/approvals/${approval}?link=${link}`, 303);
    }),
  );

  app.get("/approvals/:id", (c) =>
    signedIn.page(c, async (visit) => {
      const asked = await readAsked(c, visit);
      if (asked === null) return nothing(c);
      const link = c.req.query("link") ?? "";
      return c.html(approvalPage(await viewOf(visit, asked, LINK.test(link) ? link : null, null)));
    }),
  );

  app.post("/approvals/:id", (c) =>
    signedIn.form(c, [], async (visit, fields) => {
      const decided = await decide(parts, visit, c.req.param("id"), answerOf(fields));
      if (decided === null || decided.kind === "unknown") return nothing(c);
      const asked = await readAsked(c, visit);
      if (asked === null) return nothing(c);
      const view = await viewOf(visit, asked, null, decidedSentence(decided));
      return c.html(approvalPage(view), decided.kind === "refused" ? 403 : decided.kind === "ended" ? 409 : 200);
    }),
  );

  async function readAsked(c: PageContext, { tx }: Visit): Promise<Asked | null> {
    const id = approvalId(c.req.param("id") ?? "");
    return id === null ? null : approvals.read(tx, id);
  }

  async function viewOf(
    { tx, session }: Visit,
    asked: Asked,
    link: string | null,
    said: string | null,
  ): Promise<ApprovalView> {
    const none = asked.risk === "high" && (await parts.passkeys.list(tx, session.person.person)).length === 0;
    const passkey = !parts.passkeys.possible() ? "no_place" : none ? "none" : "ready";
    const became = asked.standing.kind === "approved" ? await parts.became(tx, asked.call) : null;
    return { session, asked, became, link, passkey, nowMs: clock(), said };
  }

  return app;
}

const nothing = (c: PageContext) => c.html(plainPage("There is nothing here", NOTHING), 404);

/** An answer as it was given; everything in it is still only said. */
export interface Given {
  readonly digest: string;
  readonly answer: string;
  readonly reason: string;
  readonly link: string | null;
  readonly proof: Json | null;
  readonly propose: boolean;
}

function answerOf(fields: Fields): Given {
  return {
    digest: fields["digest"] ?? "",
    answer: fields["answer"] ?? "",
    reason: fields["reason"] ?? "",
    link: fields["link"] ?? null,
    proof: proofOf(fields["proof"] ?? ""),
    propose: fields["propose"] === "yes",
  };
}

/** What the script put there; no JSON is no proof. */
function proofOf(text: string): Json | null {
  if (text === "") return null;
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** null: not an answer. Who may answer, and whether it is still to be answered, the room decides in this same transaction. */
export async function decide(
  { approvals, planAgain }: Pick<PeopleParts, "approvals" | "planAgain">,
  { tx, session, claim }: Visit,
  id: string,
  given: Given,
): Promise<Decided | null> {
  const approval = approvalId(id);
  const shown = digest(given.digest);
  const answer = ANSWERS.find((each) => each === given.answer);
  if (approval === null || shown === null || answer === undefined || given.reason.length > MOST_REASON) return null;
  // INVARIANT (14): what a yes is given to is what would be done now. Nobody else's click reads anything outside.
  if (answer === "approve" && hasOne(session, ["approver"])) {
    const again = await planAgain(claim, approval);
    if (again.kind === "unread") return { kind: "refused", refusal: "facts_unread", ...refusalWords("facts_unread") };
  }
  return approvals.decide(tx, {
    approval,
    digest: shown,
    answer,
    by: { person: session.person.person, session: session.session, channel: "page" },
    stepUp: given.proof,
    reason: given.reason.trim(),
    link: given.link === null || !LINK.test(given.link) ? null : given.link,
    propose: given.propose,
  });
}
