import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, READS, refOrDefault, repositoryArgument, SMALL } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const checksReadArguments = z.strictObject({ repository: repositoryArgument, ref: refOrDefault });
export type ChecksReadArguments = z.infer<typeof checksReadArguments>;

export const checksRead = declare("checks.read", {
  title: "Read checks",
  description:
    "Lists the check runs and commit statuses of a commit: name, state, conclusion, summary, and the id of the job whose log logs.read shows.",
  schema: checksReadArguments,
  batch: () => READS,
  subject: ({ repository }) => ({ ...NOTHING, repository }),
  wouldDo: ({ repository, ref }) => `Read the checks of ${repository} at ${ref ?? "its default branch"}.`,
  preview: () => null,
  lease: "github:read",
  budget: SMALL,
  asking: ASK,
});
