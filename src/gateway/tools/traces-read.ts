import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, READS, SMALL } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const tracesReadArguments = z.strictObject({
  call: z.uuid().toLowerCase().nullable().default(null).describe("One call. Left out: the newest ones."),
  most: z.int().min(1).max(100).default(20),
});
export type TracesReadArguments = z.infer<typeof tracesReadArguments>;

export const tracesRead = declare("traces.read", {
  title: "Read traces",
  description:
    "Shows what became of this agent's own calls: tool, stages with their times, verdict and outcome. Never those of another agent, and never arguments.",
  schema: tracesReadArguments,
  batch: () => READS,
  subject: () => NOTHING,
  wouldDo: ({ call, most }) =>
    call === null ? `Read the traces of the last ${most} calls.` : `Read the trace of call ${call}.`,
  preview: () => null,
  lease: null,
  budget: SMALL,
  asking: ASK,
});
