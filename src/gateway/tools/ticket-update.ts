import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, ONE, SMALL, text, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

const ticketUpdateArguments = z.strictObject({
  ticket: ticketArgument,
  state: z.enum(["working", "waiting", "solved"]),
  note: text(4_000),
});

export const ticketUpdate = declare("ticket.update", {
  title: "Update a ticket",
  description: "Says how a ticket stands. Comes with tickets: it is not offered yet.",
  schema: ticketUpdateArguments,
  offered: false,
  batch: () => ONE,
  subject: ({ note }) => ({ ...NOTHING, texts: [note] }),
  wouldDo: ({ ticket, state }) => `Set ticket ${ticket} to ${state}.`,
  preview: ({ note }) => note,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
