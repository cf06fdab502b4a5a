import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, ONE, SMALL, prose, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const ticketUpdateArguments = z.strictObject({
  ticket: ticketArgument,
  state: z
    .enum(["working", "solved"])
    .describe(
      "working: somebody is at it. solved: there is nothing left to do. To wait for the customer, use ticket.ask.",
    ),
  note: prose(4_000).describe("What was found or done. It is kept on the ticket, and sent to nobody."),
});
export type TicketUpdateArguments = z.infer<typeof ticketUpdateArguments>;

export const ticketUpdate = declare("ticket.update", {
  title: "Update a ticket",
  description:
    "Says how a ticket stands, with a note that is kept on it. What you call solved, a person looks at. No customer is written to: ticket.ask asks its customer, email.notify tells them that something shipped.",
  schema: ticketUpdateArguments,
  batch: () => ONE,
  subject: ({ ticket, note }) => ({ ...NOTHING, ticket, texts: [note] }),
  wouldDo: ({ ticket, state }) => `Set ticket ${ticket} to ${state}.`,
  preview: ({ note }) => note,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
