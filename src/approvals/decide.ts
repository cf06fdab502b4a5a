// One person's answer to one request. Pure: everything is read before, under the request's lock, and nothing is left to a clock or a click.

import type { Person } from "#identity";
import type { Digest, PersonId } from "#kernel";
import type { AnswerWord, Channel, Refusal, Risk, VoidCause } from "./types.ts";

export const STATES = ["pending", "approved", "rejected", "expired", "void"] as const;
export type State = (typeof STATES)[number];

export interface Request {
  readonly state: State;
  readonly digest: Digest;
  readonly requester: PersonId | null;
  /** Whose agent asked. */
  readonly owner: PersonId | null;
  readonly risk: Risk;
  readonly quorum: number;
  /** Its time is over, by whichever clock. */
  readonly over: boolean;
  /** The client was not suspended since. */
  readonly sameEpoch: boolean;
}

export interface Answering {
  /** As of now; null: nobody of this tenant's. */
  readonly person: Person | null;
  readonly channel: Channel;
  readonly answer: AnswerWord;
  /** Of what the person saw. */
  readonly digest: Digest;
  readonly reason: string;
  readonly proof: "absent" | "good" | "bad";
  readonly link: "none" | "good" | "used" | "unknown" | "somebody_else";
  /** What they answered before. */
  readonly before: AnswerWord | null;
  /** How many other people have said yes and still may. */
  readonly others: number;
}

export type Step =
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "already" }
  | { readonly kind: "ended" }
  | { readonly kind: "expire" }
  | { readonly kind: "reject" }
  | { readonly kind: "void"; readonly cause: VoidCause }
  /** The yes counts; `enough`: it was the last one needed. */
  | { readonly kind: "count"; readonly enough: boolean };

const refuse = (refusal: Refusal): Step => ({ kind: "refuse", refusal });

export function decide(request: Request, by: Answering): Step {
  // INVARIANT (15): the role is asked at each click. Roles are what they say: who manages people is not thereby one who approves.
  if (by.person === null || !mayAnswer(by.person)) return refuse("not_an_approver");
  if (request.state !== "pending")
    return by.before === by.answer && (request.state === "approved" || request.state === "rejected")
      ? { kind: "already" }
      : { kind: "ended" };
  if (!request.sameEpoch) return { kind: "void", cause: "client_suspended" };
  // INVARIANT (16): expiry first. A yes that arrives with the deadline is none.
  if (request.over) return { kind: "expire" };
  if (by.digest !== request.digest) return refuse("other_arguments");
  const link = linkRefusal(by.link);
  if (link !== null) return refuse(link);
  if (by.answer === "reject") return by.reason.trim() === "" ? refuse("reason_missing") : { kind: "reject" };
  const own = mayNotApprove(by.person.person, request);
  if (own !== null) return refuse(own);
  if (by.channel !== "page") return refuse("only_on_the_page");
  if (by.before === "approve") return { kind: "already" };
  if (request.risk === "high" && by.proof !== "good")
    return refuse(by.proof === "absent" ? "step_up_missing" : "step_up_refused");
  return { kind: "count", enough: by.others + 1 >= request.quorum };
}

export const mayAnswer = ({ roles }: Pick<Person, "roles">): boolean => roles.includes("approver");

/** INVARIANT (15): nobody says yes to what was asked for them, or by their own agent. */
export function mayNotApprove(
  person: PersonId,
  { requester, owner }: Pick<Request, "requester" | "owner">,
): Refusal | null {
  if (person === requester) return "own_request";
  return person === owner ? "own_agent" : null;
}

function linkRefusal(link: Answering["link"]): Refusal | null {
  switch (link) {
    case "none":
    case "good":
      return null;
    case "used":
      return "link_used";
    case "unknown":
      return "link_unknown";
    case "somebody_else":
      return "link_of_somebody_else";
  }
}
