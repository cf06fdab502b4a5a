import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK_SURELY, MIDDLE, ONE, pullArgument, repositoryArgument, shaArgument } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const prMergeArguments = z.strictObject({
  repository: repositoryArgument,
  pull_request: pullArgument,
  head_sha: shaArgument.describe(
    "The head commit that is to be merged, in full. When the head has moved, nothing is merged.",
  ),
});
export type PrMergeArguments = z.infer<typeof prMergeArguments>;

export const prMerge = declare("pr.merge", {
  title: "Merge a pull request",
  description:
    "Merges a pull request through the merge gate: its check must have passed on exactly this commit, and a person says yes to the merge. The gate decides again at the moment of merging. Answers the commit on the base branch.",
  schema: prMergeArguments,
  batch: () => ONE,
  subject: ({ repository, pull_request, head_sha }) => ({ ...NOTHING, repository, pull: pull_request, head: head_sha }),
  wouldDo: ({ repository, pull_request, head_sha }) =>
    `Merge ${repository}#${pull_request} at ${head_sha.slice(0, 12)} through the merge gate.`,
  preview: () => null,
  // The merge gate's own executor has its own credential: no lease merges.
  lease: null,
  budget: MIDDLE,
  asking: ASK_SURELY,
});
