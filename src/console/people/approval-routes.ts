// Requests that wait for a person: the queue, one of them, and an answer. INVARIANT: a GET decides nothing, whoever follows a link.

import { Hono } from "hono";
import { z } from "zod";
import { ANSWERS, refusalWords, type Asked, type Decided } from "#approvals";
import type { Decision } from "#approvals/io";
import type { Again } from "#gateway/io";
import { approvalId, digest, type Json } from "#kernel";
import type { HttpEnv } from "#platform/http";
import { approvalPage, decidedSentence, type ApprovalView } from "../pages/approval.ts";
import { plainPage } from "../pages/layout.ts";
import { queuePage } from "../pages/queue.ts";
import type { PeopleParts } from "./parts.ts";
import { hasOne, type Caller, type Fields, type PageContext, type SignedIn, type Visit } from "./signed-in.ts";

const LINK = /^[A-Za-z0-9_.-]{1,300}$/;
const MOST_REASON = 2_000;

const NOTHING =
  "There is no such request among this client's. If you belong to several clients, sign out and choose the other one.";
const OLD_LINK =
  "This link is somebody else's, or it is about another client than the one you are signed in for: then sign out, choose that one, and follow it again. What waits for you here is in the list.";

export function approvalRoutes(parts: PeopleParts, signedIn: SignedIn): Hono<HttpEnv> {
  const { approvals, clock } = parts;
  const app = new Hono<HttpEnv>();

  app.get("/approvals", (c) =>
    signedIn.page(c, async ({ tx, session }) => c.html(queuePage(session, await approvals.queue(tx), clock()))),
  );

  // What a message carries. Opening shows; a link previewer that follows it has no session, and sees the sign-in.
  app.get("/approvals/link/:link", (c) =>
    signedIn.page(c, async ({ tx, session }) => {
      const link = c.req.param("link");
      const approval = LINK.test(link) ? await approvals.links.open(tx, link, session.person.person) : null;
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
    signedIn.formAfter(
      c,
      [],
      (caller, fields) => readBefore(parts, caller, answerIn(c.req.param("id"), givenIn(fields))),
      async (visit, _, before) => {
        const decided = await decide(parts, visit, before);
        if (decided === null || decided.kind === "unknown") return nothing(c);
        const asked = await readAsked(c, visit);
        if (asked === null) return nothing(c);
        const view = await viewOf(visit, asked, null, decidedSentence(decided));
        return c.html(approvalPage(view), decided.kind === "refused" ? 403 : decided.kind === "ended" ? 409 : 200);
      },
    ),
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

function givenIn(fields: Fields): Given {
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

/** An answer in form. Who may answer, and whether it is still to be answered, the room decides. */
export type Answer = Pick<Decision, "approval" | "digest" | "answer" | "stepUp" | "reason" | "link" | "propose">;

/** null: not an answer. */
export function answerIn(id: string, given: Given): Answer | null {
  const approval = approvalId(id);
  const shown = digest(given.digest);
  const answer = ANSWERS.find((each) => each === given.answer);
  if (approval === null || shown === null || answer === undefined || given.reason.length > MOST_REASON) return null;
  const link = given.link === null || !LINK.test(given.link) ? null : given.link;
  const { proof: stepUp, propose } = given;
  return { approval, digest: shown, answer, stepUp, reason: given.reason.trim(), link, propose };
}

/** An answer, and what a yes was planned from. */
export interface Before {
  readonly answer: Answer | null;
  /** null: nothing was read for it. */
  readonly again: Again | null;
}

/** INVARIANT (14): what a yes is given to is what would be done now. Nobody else's click reads anything outside. */
export async function readBefore(
  { planAgain }: Pick<PeopleParts, "planAgain">,
  { session, claim }: Caller,
  answer: Answer | null,
): Promise<Before> {
  const reads = answer?.answer === "approve" && hasOne(session, ["approver"]);
  return { answer, again: reads ? await planAgain(claim, answer.approval) : null };
}

/**
 * In a transaction of its own: the request as it is by now, which is void where the facts have changed. INVARIANT: a yes for which nothing
 * was read, because it was no approver's a moment ago or because nothing could be read, is none.
 */
export async function decide(
  { approvals }: Pick<PeopleParts, "approvals">,
  { tx, session }: Visit,
  { answer, again }: Before,
): Promise<Decided | null> {
  if (answer === null) return null;
  const unread = again === null || again.kind === "unread";
  if (answer.answer === "approve" && hasOne(session, ["approver"]) && unread)
    return { kind: "refused", refusal: "facts_unread", ...refusalWords("facts_unread") };
  return approvals.decide(tx, {
    ...answer,
    by: { person: session.person.person, session: session.session, channel: "page" },
  });
}
