import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, ONE, SMALL, text, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

const ticketAskArguments = z.strictObject({
  ticket: ticketArgument,
  question: text(4_000).describe("One specific question, in the language of whoever wrote the ticket."),
});

export const ticketAsk = declare("ticket.ask", {
  title: "Ask on a ticket",
  description: "Asks whoever wrote a ticket one question. Comes with tickets: it is not offered yet.",
  schema: ticketAskArguments,
  offered: false,
  batch: () => ONE,
  subject: ({ question }) => ({ ...NOTHING, texts: [question] }),
  wouldDo: ({ ticket }) => `Ask a question on ticket ${ticket}.`,
  preview: ({ question }) => question,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
