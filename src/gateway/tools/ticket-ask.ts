import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, ONE, SMALL, prose, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const ticketAskArguments = z.strictObject({
  ticket: ticketArgument,
  question: prose(4_000).describe("One specific question, in the language of whoever wrote the ticket."),
});
export type TicketAskArguments = z.infer<typeof ticketAskArguments>;

export const ticketAsk = declare("ticket.ask", {
  title: "Ask on a ticket",
  description:
    "Asks whoever wrote a ticket one question, on the channels that the ticket came by. From then on it waits for them: they are reminded after a day and after three, and it closes after a week of silence. One question at a time: the next when somebody has answered. Read the ticket first: what was answered there is not asked again.",
  schema: ticketAskArguments,
  batch: () => ONE,
  subject: ({ ticket, question }) => ({ ...NOTHING, ticket, texts: [question] }),
  wouldDo: ({ ticket }) => `Ask a question on ticket ${ticket}.`,
  preview: ({ question }) => question,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
