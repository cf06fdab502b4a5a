// What becomes of a ticket when somebody does something, or a timer is due. Pure and total.

import { instantOfMillis, type Instant } from "#kernel";
import { closeAt } from "./stages.ts";
import { waitingOn, type CloseReason, type State, type Ticket, type Wait } from "./types.ts";

/**
 * Who made what arrived: only a person's word of the client's side ends a wait (T10, T11). `staff`: a person of ours; `ourselves`: what
 * Countersign sent.
 */
export const SENDERS = ["client_person", "bot", "auto_reply", "ourselves", "staff"] as const;
export type Sender = (typeof SENDERS)[number];

export type Act =
  | { readonly kind: "triage" }
  | { readonly kind: "start" }
  | { readonly kind: "ask" }
  | { readonly kind: "message"; readonly from: Sender; readonly sentAt: Instant }
  /** `agent`: its word is not yet ours. */
  | { readonly kind: "resolve"; readonly agent?: true }
  | { readonly kind: "close"; readonly reason: Exclude<CloseReason, "aged_out"> }
  | { readonly kind: "reopen" }
  | { readonly kind: "reassign"; readonly owner: string }
  /** The timer's. `lastSignal`: the newest word of a person of the client's, read from the source just before. */
  | { readonly kind: "age_out"; readonly epoch: number; readonly lastSignal: Instant | null | "unknown" };

export type Decided =
  | { readonly kind: "changed"; readonly ticket: Ticket; readonly entered: State | null }
  | { readonly kind: "unchanged"; readonly why: string }
  /** `next`: what would work. */
  | { readonly kind: "refused"; readonly why: string; readonly next: string };

const REOPEN_DAYS = 30;
const REOPEN_MS = REOPEN_DAYS * 24 * 3_600_000;

export function decide(ticket: Ticket, act: Act, now: Instant): Decided {
  if (ticket.frozen && act.kind !== "message")
    return refused("The client is on its way out: its tickets stand still.", "Reinstate the client first.");
  switch (act.kind) {
    case "triage":
      return ticket.state === "new" ? enter(ticket, "triaged") : unchanged("It was triaged before.");
    case "start":
      if (ticket.state === "in_progress") return unchanged("Somebody works on it already.");
      return waitingOn(ticket.state) === "nobody" ? notOpen(ticket) : enter(ticket, "in_progress");
    case "ask":
      return waitingOn(ticket.state) === "nobody" ? notOpen(ticket) : ask(ticket, now);
    case "message":
      return hear(ticket, act.from, act.sentAt, now);
    case "resolve":
      return resolve(ticket, act.agent === true);
    case "close":
      if (ticket.state === "closed") return unchanged(`It is closed already: ${ticket.closed?.reason ?? "done"}.`);
      return enter(ticket, "closed", { at: now, reason: act.reason });
    case "reopen":
      return waitingOn(ticket.state) === "nobody" ? enter(ticket, "in_progress") : unchanged("It is open.");
    case "reassign":
      return act.owner === ticket.owner
        ? unchanged("That is its owner already.")
        : { kind: "changed", ticket: { ...ticket, owner: act.owner }, entered: null };
    case "age_out":
      return ageOut(ticket, act.epoch, act.lastSignal, now);
  }
}

/** What an agent has called solved, a person resolves all the same: from then on it is our word, and leaves the desk. */
function resolve(ticket: Ticket, solvedByAgent: boolean): Decided {
  if (ticket.state === "closed") return notOpen(ticket);
  if (ticket.state !== "resolved") return enter({ ...ticket, solvedByAgent }, "resolved");
  return ticket.solvedByAgent && !solvedByAgent
    ? { kind: "changed", ticket: { ...ticket, solvedByAgent }, entered: null }
    : unchanged("It is resolved already.");
}

/** Each question is a wait of its own: who was asked again today is not closed tomorrow for last week's silence. */
function ask(ticket: Ticket, now: Instant): Decided {
  const epoch = ticket.epoch + 1;
  const wait: Wait = { epoch, startedAt: now, askedAt: now, nudgedAt: null, warnedAt: null, deadline: null };
  return {
    kind: "changed",
    ticket: { ...ticket, state: "waiting_client", epoch, wait, solvedByAgent: false },
    entered: "waiting_client",
  };
}

function hear(ticket: Ticket, from: Sender, sentAt: Instant, now: Instant): Decided {
  if (from !== "client_person") return unchanged("Only a person of the client's ends a wait.");
  // A frozen ticket keeps the message; its state is settled when the client is back.
  if (ticket.frozen) return unchanged("The client is on its way out: the message is kept.");
  switch (ticket.state) {
    case "waiting_client":
      // Equal instants are the client's.
      return ticket.wait !== null && sentAt < ticket.wait.askedAt
        ? unchanged("It was said before we asked.")
        : enter(ticket, "in_progress");
    case "resolved":
      return enter(ticket, "in_progress");
    case "closed":
      return ticket.closed !== null && now - ticket.closed.at > REOPEN_MS
        ? refused(`It was closed more than ${REOPEN_DAYS} days ago.`, "Open a new ticket that names this one.")
        : enter(ticket, "in_progress");
    case "new":
    case "triaged":
    case "in_progress":
      return unchanged("It is our move already.");
  }
}

/** INVARIANT (S1): a reply wins every race against closing, and nothing closes without a warning that was delivered. */
function ageOut(ticket: Ticket, epoch: number, lastSignal: Instant | null | "unknown", now: Instant): Decided {
  const { wait } = ticket;
  if (ticket.state !== "waiting_client" || wait === null || wait.epoch !== epoch)
    return unchanged("This wait is over: somebody answered, or asked anew.");
  if (lastSignal === "unknown") return unchanged("Whether the client has answered could not be read: it stays open.");
  if (lastSignal !== null && lastSignal >= wait.askedAt) return enter(ticket, "in_progress");
  if (wait.warnedAt === null) return unchanged("The warning has not been delivered: it stays open.");
  if (now < closeAt(wait, wait.warnedAt)) return unchanged("It is not due yet.");
  return enter(ticket, "closed", { at: now, reason: "aged_out" });
}

const enter = (ticket: Ticket, state: State, closed: Ticket["closed"] = null): Decided => ({
  kind: "changed",
  ticket: { ...ticket, state, wait: null, closed, solvedByAgent: state === "resolved" && ticket.solvedByAgent },
  entered: state,
});

const unchanged = (why: string): Decided => ({ kind: "unchanged", why });
const refused = (why: string, next: string): Decided => ({ kind: "refused", why, next });
const notOpen = ({ state }: Ticket): Decided =>
  refused(`The ticket is ${state}.`, "Reopen it first: countersign ticket reopen TICKET.");

/** What was left of a timer when it was stopped is given back when it runs again. */
export const thawed = (dueAt: Instant, frozenAt: Instant, now: Instant): Instant =>
  instantOfMillis(now + Math.max(0, dueAt - frozenAt));
