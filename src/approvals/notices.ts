// What approvers are told outside the page. INVARIANT: that something waits, whose move it is and until when; neither arguments nor what
// was observed: who decides reads those on the page, signed in, and a yes is given nowhere else.

import { iso, plain, type ApprovalId, type CallId, type Instant } from "#kernel";
import { voidWords } from "./sentences.ts";
import type { Risk, Shown, Standing } from "./types.ts";

type State = Standing["kind"];

export type Place =
  | {
      readonly kind: "slack";
      readonly team: string;
      readonly channel: string;
      readonly thread: null;
      /** The message that this one takes the place of. */
      readonly rewrites: string | null;
    }
  | { readonly kind: "mail"; readonly to: string; readonly subject: string; readonly answers: readonly string[] }
  /** The client's own systems. INVARIANT: ids and words of ours; nothing that an agent or a person wrote. */
  | { readonly kind: "webhooks"; readonly event: ApprovalEvent; readonly data: EventData };

export type ApprovalEvent = "approval.requested" | "approval.decided" | "approval.page";
export interface EventData {
  readonly [name: string]: string;
  readonly approval: ApprovalId;
  readonly call: CallId;
  readonly state: State;
}

export type Button =
  | { readonly label: string; readonly url: string }
  | { readonly label: string; readonly act: "reject"; readonly approval: ApprovalId };

/** What leaves; whoever delivers it renders it in each channel's own way. */
export interface Notice {
  readonly key: string;
  readonly to: Place;
  readonly message: { readonly title: string; readonly text: string; readonly buttons: readonly Button[] };
  readonly about: {
    readonly kind: "approval";
    readonly approval: ApprovalId;
    /** `asked` is only still to be said while it waits; `counted/2` while the second yes is the last one, and more are needed. */
    readonly moment: "asked" | `counted/${number}` | "ended" | "event";
  };
  readonly notBefore: null;
}

export interface Told {
  readonly approval: ApprovalId;
  readonly shown: Pick<Shown, "title" | "tool" | "agent" | "requester" | "repository" | "rules">;
  readonly risk: Risk;
  readonly expiresAt: Instant;
}

const TITLE = 150;
const RULE = 300;

const titleOf = ({ shown }: Told): string => `An agent asks: ${plain(shown.title, TITLE)}`;

/** Several have to say yes, and some have. */
export interface Counted {
  /** Names. */
  readonly by: readonly string[];
  readonly of: number;
}

const namesOf = (by: readonly string[]): string => by.map((name) => plain(name, 80)).join(", ");

const countedWords = ({ by, of }: Counted): string => {
  const left = of - by.length;
  return `${by.length} of ${of} said yes: ${namesOf(by)}. ${left === 1 ? "One more is" : `${left} more are`} needed, of somebody else.`;
};

/** `page`: where it is looked at and decided. null: this server does not know where others reach it. */
export function askedMessage(
  told: Told,
  channel: "slack" | "mail",
  page: string | null,
  counted: Counted | null = null,
): Notice["message"] {
  const { shown, risk, approval, expiresAt } = told;
  const [rule] = shown.rules;
  const lines = [
    ...(counted === null ? [] : [countedWords(counted)]),
    `${plain(shown.agent, 80)}, for ${plain(shown.requester, 80)}, wants to do this with ${shown.tool}${shown.repository === null ? "" : ` in ${shown.repository}`}.`,
    ...(rule === undefined ? [] : [`Why a person is asked: ${plain(rule.text, RULE)}`]),
    risk === "high"
      ? "It is of high risk: a yes needs your passkey, on the page."
      : "A yes is given on the page, where all of it is shown.",
    `It waits until ${iso(expiresAt)}. Without an answer by then it is denied.`,
    ...(page === null ? ["Open your queue of approvals in Countersign."] : []),
    ...(channel === "mail" && page !== null && counted === null
      ? ["The link is yours alone: it opens the page, asks you to sign in, and decides nothing by itself."]
      : []),
  ];
  const open: readonly Button[] = page === null ? [] : [{ label: "Look and decide", url: page }];
  // INVARIANT: what needs a passkey is not answered by a click, not even with a no that was meant for something else.
  const reject: readonly Button[] =
    channel === "slack" && risk === "normal" ? [{ label: "Reject", act: "reject", approval }] : [];
  return { title: titleOf(told), text: lines.join("\n\n"), buttons: [...open, ...reject] };
}

/** To the client's owners: somebody, or a system of theirs, could not be told. */
export const notToldMessage = (
  moment: Notice["about"]["moment"],
  why: string,
  expiresAt: Instant,
): Notice["message"] => ({
  title: "A request for an approval could not be told",
  text: [
    `${moment === "event" ? "A receiver of webhooks" : "Somebody who could answer it"} was not reached: ${why}`,
    `Nothing is lost: it waits in the queue of approvals until ${iso(expiresAt)}, and is denied without an answer by then.`,
    "See what is missing: countersign notify status",
  ].join("\n\n"),
  buttons: [],
});

/** What stands in its place when it has ended. `by`: names of those who answered. */
export const endedMessage = (told: Told, ended: string): Notice["message"] => ({
  title: titleOf(told),
  text: ended,
  buttons: [],
});

export function endedWords(standing: Standing, by: readonly string[]): string {
  const names = by.length === 0 ? "somebody who has left" : namesOf(by);
  switch (standing.kind) {
    case "pending":
      return `It still waits: ${standing.yes} of ${standing.of} yes.`;
    case "approved":
      return `Approved by ${names}.`;
    case "rejected":
      return `Rejected by ${names}.`;
    case "expired":
      return "Denied: nobody decided in time.";
    case "void":
      return `Void: ${voidWords(standing.why)}.`;
  }
}
