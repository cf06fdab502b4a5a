import { z } from "zod";
import { plain } from "#kernel";
import { declare } from "../declaration.ts";
import { ASK_SURELY, ONE, SMALL, text, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

// No recipient: who gets it is the ticket's own customer, read from the ticket (never.unsolicited_mail).
// INVARIANT: what a person reads is what the customer reads: nothing invisible, nothing that turns the order of what is read.
const visible = (line: string): boolean => plain(line, Infinity) === line.trim();
const VISIBLE = "holds characters that nobody sees, or that reorder what is read: leave them out";

export const emailNotifyArguments = z.strictObject({
  ticket: ticketArgument,
  subject: text(200)
    .refine((line) => !/[\r\n]/.test(line), "is one line")
    .refine((line) => plain(line, Infinity) === line, VISIBLE),
  body: text(8_000)
    .refine((body) => body.split(/\r?\n/).every(visible), VISIBLE)
    .describe("Plain English, for a customer: what was wrong, what is different now."),
});
export type EmailNotifyArguments = z.infer<typeof emailNotifyArguments>;

export const emailNotify = declare("email.notify", {
  title: "Tell the customer",
  description:
    "Writes one mail to the ticket's own customer when the fix has shipped: a change that belongs to the ticket was merged, or a person has resolved it. A person reads exactly this mail and says yes first. It goes to nobody else, and asks nothing: for a question there is ticket.ask.",
  schema: emailNotifyArguments,
  batch: () => ONE,
  subject: ({ ticket, subject, body }) => ({ ...NOTHING, ticket, texts: [subject, body] }),
  wouldDo: ({ ticket }) => `Write to the customer of ticket ${ticket}.`,
  preview: ({ subject, body }) => `${subject}\n\n${body}`,
  lease: null,
  budget: SMALL,
  asking: ASK_SURELY,
});
