import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, pathArgument, READS, refArgument, repositoryArgument, SMALL } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const repoDiffArguments = z.strictObject({
  repository: repositoryArgument,
  base: refArgument.describe("Where the change began: a branch, a tag or a commit."),
  head: refArgument.describe(
    "Where it ended. For pull request 12 this is refs/pull/12/head. What is compared begins at the last common commit of the two.",
  ),
  paths: z.array(pathArgument).max(20).default([]).describe("Only these files or folders. Left out: all."),
});
export type RepoDiffArguments = z.infer<typeof repoDiffArguments>;

export const repoDiff = declare("repo.diff", {
  title: "Compare two commits",
  description:
    "Shows what changed between two commits as a unified diff, with the number of lines of each file. A diff over 512 KB is cut at a file, and says so. What stands in files that hold credentials is left out.",
  schema: repoDiffArguments,
  batch: () => READS,
  subject: ({ repository, paths }) => ({ ...NOTHING, repository, paths: paths.filter((path) => path !== ".") }),
  wouldDo: ({ repository, base, head }) => `Compare ${base} with ${head} in ${repository}.`,
  preview: () => null,
  lease: "github:read",
  budget: SMALL,
  asking: ASK,
});
