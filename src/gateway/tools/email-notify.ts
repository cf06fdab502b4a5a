import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK_SURELY, ONE, SMALL, text, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

const emailNotifyArguments = z.strictObject({
  ticket: ticketArgument,
  subject: text(200),
  body: text(8_000).describe("Plain English, for a customer: what was wrong, what is different now."),
});

export const emailNotify = declare("email.notify", {
  title: "Tell the customer",
  description:
    "Writes to the ticket's own customer that the fix has shipped; a person says yes first. Comes with tickets: it is not offered yet.",
  schema: emailNotifyArguments,
  offered: false,
  batch: () => ONE,
  subject: ({ subject, body }) => ({ ...NOTHING, texts: [subject, body] }),
  wouldDo: ({ ticket }) => `Write to the customer of ticket ${ticket}.`,
  preview: ({ subject, body }) => `${subject}\n\n${body}`,
  lease: null,
  budget: SMALL,
  asking: ASK_SURELY,
});
