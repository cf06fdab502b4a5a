import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, READS, SMALL, ticketArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

const ticketReadArguments = z.strictObject({ ticket: ticketArgument });

export const ticketRead = declare("ticket.read", {
  title: "Read a ticket",
  description: "Shows a ticket with its history. Comes with tickets: it is not offered yet.",
  schema: ticketReadArguments,
  offered: false,
  batch: () => READS,
  subject: () => NOTHING,
  wouldDo: ({ ticket }) => `Read ticket ${ticket}.`,
  preview: () => null,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
