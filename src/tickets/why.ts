// What happens next to a ticket, and which events made it so, a sentence each.

import type { Instant } from "#kernel";
import { lasting, nextWords, spell, stateWords } from "./words.ts";
import { waitingOn, type Action, type Clocks, type Next, type Ticket } from "./types.ts";

export interface NoticeFacts {
  readonly epoch: number;
  readonly kind: Action;
  readonly claimedAt: Instant;
  readonly deliveredAt: Instant | null;
  readonly droppedAt: Instant | null;
}

export interface Circumstances {
  readonly ticket: Ticket;
  readonly next: Next | null;
  readonly clocks: Clocks;
  readonly targetMs: number;
  readonly enteredAt: Instant;
  readonly notices: readonly NoticeFacts[];
  readonly owner: string;
  readonly frozenAt: Instant | null;
  /** Nobody can answer anywhere any more: it may have been answered, and nothing is closed for silence. */
  readonly unreachable: boolean;
  /** false: the clock was set, and nothing is closed until a person has looked. */
  readonly clockBelieved: boolean;
  /** Something on it looks like instructions to an agent. `messages`: that are on it. */
  readonly suspected: { readonly name: string; readonly messages: number } | null;
  readonly trustedAt: Instant | null;
  readonly zone: string;
  readonly now: Instant;
}

export const whyOf = (facts: Circumstances): readonly string[] => [...movesOf(facts), ...readBefore(facts)];

function movesOf(facts: Circumstances): readonly string[] {
  const { ticket, next, now, zone, frozenAt } = facts;
  const heading = next === null ? "Nothing more happens by itself." : `Next, ${nextWords(next, now, zone)}.`;
  if (frozenAt !== null)
    return [
      `Its clocks stand still since ${spell(frozenAt, zone)}: the client is on its way out. What is left of them is given back with the client.`,
    ];
  switch (waitingOn(ticket.state)) {
    case "nobody":
      return [heading, over(facts)];
    case "us":
      return [heading, ...ours(facts)];
    case "client":
      return [facts.unreachable ? UNREACHABLE : heading, ...theirs(facts)];
  }
}

const UNREACHABLE =
  "Next, once a day: tell the owner. Every place where the client could answer is gone, so that silence says nothing: it stays open until somebody closes it.";

/** X16: what agents ask about it waits for a person until one has read it. */
function readBefore({ suspected, trustedAt, zone }: Circumstances): readonly string[] {
  if (suspected !== null)
    return [
      `Something on it looks like instructions to an agent: what agents ask about it waits for a person. ${trustHint(suspected)}`,
    ];
  if (trustedAt === null) return [];
  return [
    `Somebody read it ${spell(trustedAt, zone, true)}, and trusts what looked like instructions to an agent; the log says who.`,
  ];
}

/** INVARIANT: who trusts a ticket says what they have read: what came after that is trusted by nobody. */
export const trustHint = ({ name, messages }: { readonly name: string; readonly messages: number }): string =>
  `If it is none: countersign ticket trust ${name} --read ${messages}`;

function over({ ticket: { closed, state, solvedByAgent }, enteredAt, zone, owner }: Circumstances): string {
  const since = spell(closed?.at ?? enteredAt, zone, true);
  const reason = closed === null ? "" : ` as ${closed.reason}`;
  const whose = solvedByAgent
    ? ` An agent says so, and nobody of ours has looked yet: ${owner} resolves it, or reopens it.`
    : "";
  return `It is ${state}${reason} since ${since}.${whose} A client's word${closed === null ? "" : " within 30 days"} opens it again.`;
}

function ours({ ticket, clocks, targetMs, enteredAt, owner, zone }: Circumstances): readonly string[] {
  const used = clocks.ours;
  const left = targetMs - used;
  return [
    `It is our move since ${spell(enteredAt, zone)}: it is ${stateWords(ticket.state)}, and ${owner}'s.`,
    left > 0
      ? `Of ${lasting(targetMs)} of working hours ${lasting(used)} are used; then its owner is paged, once a day.`
      : `All ${lasting(targetMs)} of working hours are used, ${lasting(used)} by now; its owner is paged once a day.`,
    ...(ticket.state === "new"
      ? ["Nobody has triaged it: its owner hears of that after 15 minutes of working hours."]
      : []),
    "While it is our move it is never closed for silence.",
  ];
}

function theirs(facts: Circumstances): readonly string[] {
  const { ticket, notices, zone, clockBelieved } = facts;
  const { wait } = ticket;
  if (wait === null) return [];
  const here = notices.filter(({ epoch, kind }) => epoch === wait.epoch && kind !== "page");
  return [
    `The client was asked ${spell(wait.askedAt, zone)}; this is wait number ${wait.epoch}, ${lasting(facts.clocks.client)} old.`,
    ...here.map((each) => noticeWords(each, zone)),
    ...(wait.deadline === null
      ? []
      : [`The warning names ${spell(wait.deadline, zone, true)}; nothing closes before.`]),
    ...(clockBelieved
      ? []
      : [
          "The database's clock was set: nothing is closed until somebody has looked (countersign ticket clock believe).",
        ]),
    "A word of the client's, on any channel, makes it our move at once, also in the moment of closing.",
  ];
}

function noticeWords({ kind, claimedAt, deliveredAt, droppedAt }: NoticeFacts, zone: string): string {
  const name = kind === "nudge_24h" ? "The nudge" : "The warning";
  if (deliveredAt !== null) return `${name} was delivered ${spell(deliveredAt, zone)}.`;
  if (droppedAt !== null)
    return `${name} could not be delivered${kind === "nudge_72h" ? ": nothing closes for silence, and the owner is told once a day" : ""}.`;
  return `${name} was due ${spell(claimedAt, zone)}; that somebody took it is not known yet, and nothing closes before it is.`;
}
