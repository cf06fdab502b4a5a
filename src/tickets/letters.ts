// What clients and owners are written, in plain English. A client is told whose move it is, what happens otherwise, and when.

import type { Instant } from "#kernel";
import type { Message } from "./outgoing.ts";
import { lasting, spell } from "./words.ts";

export interface Subject {
  /** ACME-7 */
  readonly name: string;
  readonly title: string;
}

const titleOf = ({ name, title }: Subject): string => `[${name}] ${title}`;
const letter = (subject: Subject, ...paragraphs: readonly string[]): Message => ({
  title: titleOf(subject),
  text: paragraphs.join("\n\n"),
  buttons: [],
});

/** What somebody of ours, or an agent, says or asks. */
export const saying = (subject: Subject, text: string): Message => letter(subject, text);

export const firstNudge = (subject: Subject, question: string | null): Message =>
  letter(
    subject,
    "We asked you something a day ago, and wait for your answer.",
    ...(question === null ? [] : [`The question was:\n\n${question}`]),
    "Just reply here.",
  );

/** INVARIANT: the instant that it names is the one that is stored, and nothing closes before. */
export const lastNudge = (subject: Subject, question: string | null, deadline: Instant, zone: string): Message =>
  letter(
    subject,
    "We still wait for your answer.",
    ...(question === null ? [] : [`The question was:\n\n${question}`]),
    `Without one this ticket is closed on ${spell(deadline, zone, true)}. Reply before then, here, and it stays open. A reply within 30 days after that opens it again.`,
  );

export const agedOut = (subject: Subject): Message =>
  letter(
    subject,
    "This ticket is closed, because we have had no answer to our question for seven days.",
    "Reply within 30 days, and it is open again.",
  );

export interface Overdue extends Subject {
  /** null: nobody has looked at it yet. */
  readonly workedMs: number | null;
}

export const page = ({ workedMs, ...subject }: Overdue, owner: string): Message =>
  letter(
    subject,
    workedMs === null
      ? `Nobody has looked at ${subject.name} yet. It is ${owner}'s.`
      : `Our time for ${subject.name} is over: it has been our move for ${lasting(workedMs)} of working hours. It is ${owner}'s.`,
    `countersign ticket show ${subject.name}`,
  );

/** X16: to the owner. INVARIANT: none of the words themselves: this may be read by a machine, too. */
export const suspicious = (subject: Pick<Subject, "name">): Message => ({
  title: `[${subject.name}] Read this before an agent does`,
  text: [
    `Something that was written on ${subject.name} looks like instructions to an agent.`,
    "Until then an agent may read the ticket, and what it wants to do about it waits for a person.",
    `countersign ticket show ${subject.name}`,
  ].join("\n\n"),
  buttons: [],
});

/** To the owner. INVARIANT: not what the agent says of it. */
export const solvedByAgent = ({ name }: Pick<Subject, "name">): Message => ({
  title: `[${name}] An agent says that it is solved`,
  text: [
    `An agent says that there is nothing left to do on ${name}. Nobody of ours has looked yet, and until somebody has, the customer is not told that it shipped.`,
    `countersign ticket show ${name}`,
    `If it is solved: countersign ticket resolve ${name}. If not: countersign ticket reopen ${name}`,
  ].join("\n\n"),
  buttons: [],
});

/** T24: to the owner. */
export const sourceGone = (subject: Subject, where: string, how: string, left: number): Message =>
  letter(
    subject,
    `${where} is gone: it was ${how}. The client cannot answer there any more.`,
    left === 0
      ? "The ticket has no other place where the client is reached. It stays open until somebody closes it."
      : "The ticket goes on in its other places.",
  );

/** To the owner: a notice that no provider took. */
export const notDelivered = (subject: Subject, why: string): Message =>
  letter(
    subject,
    `The client could not be told: ${why}`,
    "Nothing is closed for the client's silence meanwhile. Reach the client in another way, or close the ticket yourself.",
  );

/** To the owner: what somebody of ours, or a timer, said on the ticket, and nobody has read. */
export const notHeard = (subject: Subject, channel: string, why: string): Message =>
  letter(
    subject,
    `Something that was said on ${subject.name} has reached nobody (${channel}): ${why}`,
    "It is not sent again. Look at what was said last, and say it in another way.",
    `countersign ticket show ${subject.name}`,
  );

/** N4: a client's own system that hears of its tickets no more. */
export const receiverLost = (receiver: string, why: string): Message => ({
  title: "A receiver of webhooks does not answer",
  text: [`Events of tickets do not reach the receiver ${receiver}: ${why}`, "countersign webhook list"].join("\n\n"),
  buttons: [],
});

/** To the owner, once a day: a wait that goes on for ever, unless somebody does something. */
export const unwarned = (subject: Subject, owner: string): Message =>
  letter(
    subject,
    `We wait for the client's answer on ${subject.name}, and could not remind the client. Nothing closes it by itself. It is ${owner}'s.`,
    "Reach the client in another way, or close the ticket yourself.",
    `countersign ticket why ${subject.name}`,
  );

/** To the owner, once a day: closing it is due, and whether the client has answered is not known. */
export const unread = (subject: Subject, why: string): Message =>
  letter(
    subject,
    `${subject.name} was to be closed for the client's silence. Whether the client has answered cannot be read: ${why}`,
    "It stays open, and is looked at again every few minutes. Mend the channel, or look there yourself and close the ticket.",
    `countersign ticket why ${subject.name}`,
  );

/** N12: many for one reader as one. `deadline`: of the last nudge. */
export const digest = (
  prefix: string,
  items: readonly (Subject & { readonly deadline: Instant | null })[],
  zone: string,
): Message => ({
  title: `${items.length} questions to you are open at ${prefix.toUpperCase()}`,
  text: [
    `We wait for your answer on ${items.length} tickets:`,
    ...items.map(
      (each) =>
        `${titleOf(each)}${each.deadline === null ? "" : `: without an answer it is closed on ${spell(each.deadline, zone, true)}`}`,
    ),
    "Reply to each with its name in the subject, as [ACME-7] is. A reply within 30 days opens a closed one again.",
  ].join("\n\n"),
  buttons: [],
});
