// Tickets and mail: no lease and no sandbox. One transaction of the doer's own, in which the ticket is read again; what leaves is handed to
// whoever delivers notices, and leaves exactly when that transaction commits.

import {
  emailNotifyArguments,
  ticketAskArguments,
  ticketReadArguments,
  ticketUpdateArguments,
  type Packet,
} from "#gateway";
import type { Json } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { customerAddress, shippedFor, ticketNamed, type TicketWhole } from "#tickets";
import type { Acted, Actor, StaffAct, Tell, Tickets } from "#tickets/io";
import { done, unable, type ToolAnswer, type ToolWork } from "../../work.ts";
import type { InTenant } from "./pr-merge.ts";
import type { Scrub } from "./repo-propose.ts";
import { shownTicket } from "./ticket-shown.ts";

export interface TicketParts {
  readonly tickets: Pick<Tickets, "read" | "act" | "note">;
  readonly tell: Tell;
  /** The client's, in lower case. */
  readonly prefix: (tx: TenantTx) => Promise<string>;
}

const NEXT = "Look at the ticket with ticket.read.";

export function ticketTools(
  inTenant: InTenant,
  scrub: Scrub,
  { tickets, tell, prefix }: TicketParts,
): Readonly<Record<"ticket.read" | "ticket.ask" | "ticket.update" | "email.notify", ToolWork>> {
  const onTicket = async (
    { tenant }: Packet,
    named: string,
    work: (tx: TenantTx, ticket: TicketWhole) => Promise<ToolAnswer>,
  ): Promise<ToolAnswer> => {
    const answer = await inTenant(tenant, async (tx) => {
      const ref = ticketNamed(named, await prefix(tx));
      const ticket = ref === null ? null : await tickets.read(tx, ref);
      return ticket === null ? unable(`This tenant has no ticket ${named}.`) : work(tx, ticket);
    });
    return answer ?? { kind: "failed", why: "The client is not active any more." };
  };

  return {
    "ticket.read": async ({ packet }) => {
      const { ticket: named } = ticketReadArguments.parse(packet.args);
      return onTicket(packet, named, async (_, ticket) => {
        // INVARIANT: before anything is cut: half of a credential is one that nobody recognises.
        const [title = "", ...texts] = await scrub([ticket.title, ...ticket.said.map(({ text }) => text)]);
        const said = ticket.said.map((each, at) => ({ ...each, text: texts[at] ?? "" }));
        return done(`Read ticket ${ticket.name}.`, shownTicket({ ...ticket, title, said }));
      });
    },
    "ticket.ask": async ({ packet }) => {
      const { ticket: named, question } = ticketAskArguments.parse(packet.args);
      const [text = ""] = await scrub([question]);
      return onTicket(packet, named, async (tx, { ticket, name }) =>
        answerOf(
          name,
          await tickets.act(tx, ticket, { kind: "ask" }, actorOf(packet), text),
          "Asked. It waits for the client now.",
        ),
      );
    },
    "ticket.update": async ({ packet }) => {
      const { ticket: named, state, note } = ticketUpdateArguments.parse(packet.args);
      const act: StaffAct = state === "working" ? { kind: "start" } : { kind: "resolve" };
      const [text = ""] = await scrub([note]);
      return onTicket(packet, named, async (tx, { ticket, name }) => {
        // INVARIANT: a note reaches nobody: what is said with an act goes out to the client.
        const acted = await tickets.act(tx, ticket, act, actorOf(packet), null);
        if (acted.kind === "done" || acted.kind === "unchanged") await tickets.note(tx, ticket, actorOf(packet), text);
        return answerOf(name, acted, "The ticket is up to date.");
      });
    },
    "email.notify": async ({ packet }) => {
      const { ticket: named, subject, body } = emailNotifyArguments.parse(packet.args);
      // INVARIANT: a customer reads what a person has read, to the letter, or nothing.
      const [cleanSubject, cleanBody] = await scrub([subject, body]);
      if (cleanSubject !== subject || cleanBody !== body)
        return unable("It holds what looks like a credential: no customer is sent that.", "Write it without, and ask again."); // prettier-ignore
      return onTicket(packet, named, async (tx, ticket) => {
        const { name, epoch } = ticket;
        // INVARIANT: nobody but the ticket's own customer, and only when something shipped: asked again here, where it is done.
        const to = customerAddress(ticket);
        if (to === null) return unable(`Nobody of ${name}'s customer ever wrote by mail.`, "Use ticket.ask.");
        if (shippedFor(ticket) === null)
          return unable(`Nothing has shipped for ${name}: it is ${ticket.state}.`, "Use ticket.ask for a question.");
        await tell(tx, {
          key: `ticket/${ticket.ticket}/${epoch}/shipped/${packet.call}`,
          // The ticket's token: an answer lands on it.
          to: { kind: "mail", to, subject: `[${name}] ${subject}`, answers: mailsOf(ticket) },
          message: { title: subject, text: body, buttons: [] },
          about: { kind: "ticket", ticket: ticket.ticket, epoch, notice: null },
          notBefore: null,
        });
        return done(`The mail to the customer of ${name} is on its way.`, { ticket: name, sent: "queued" });
      });
    },
  };
}

/** INVARIANT: who did it is the agent, whatever text it wrote; its call is in every entry. */
const actorOf = ({ agent, requester, call }: Packet): Actor => ({
  party: { type: "agent", id: agent },
  name: `an agent, for ${requester}`,
  requestId: call,
});

const MAIL = "mail:";
const mailsOf = ({ conversations }: TicketWhole): readonly string[] =>
  conversations.flatMap(({ channel, conversation }) =>
    channel === "mail" && conversation.startsWith(MAIL) ? [conversation.slice(MAIL.length)] : [],
  );

function answerOf(name: string, acted: Acted, said: string): ToolAnswer {
  const result = (changed: boolean, more: Readonly<Record<string, Json>>): Json => ({ ticket: name, changed, ...more });
  switch (acted.kind) {
    case "done":
      return done(said, result(true, { state: acted.state }));
    case "unchanged":
      return done(`${name} stays as it is: ${acted.why}`, result(false, { why: acted.why }));
    case "refused":
      return unable(acted.why, acted.next);
    case "unknown":
      return unable(`${name} is not there any more.`, NEXT);
  }
}
