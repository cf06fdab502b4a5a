import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, pathArgument, READS, refOrDefault, repositoryArgument, SMALL, text } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const repoSearchArguments = z.strictObject({
  repository: repositoryArgument,
  ref: refOrDefault,
  pattern: text(500).describe(
    "What to look for: plain text, or an extended regular expression (POSIX) when regex is true.",
  ),
  regex: z.boolean().default(false),
  paths: z
    .array(pathArgument)
    .max(20)
    .default([])
    .describe("Only below these files or folders. Left out: the whole repository."),
  most: z.int().min(1).max(500).default(100).describe("How many lines are answered at most."),
});
export type RepoSearchArguments = z.infer<typeof repoSearchArguments>;

export const repoSearch = declare("repo.search", {
  title: "Search in a repository",
  description:
    "Finds lines in the tracked files of a repository at one commit. Answers path, line number and line of each match, and whether there are more. Files that hold credentials are left out.",
  schema: repoSearchArguments,
  batch: () => READS,
  subject: ({ repository, paths }) => ({ ...NOTHING, repository, paths: paths.filter((path) => path !== ".") }),
  wouldDo: ({ repository, ref, pattern }) =>
    `Search ${repository} at ${ref ?? "its default branch"} for ${JSON.stringify(pattern)}.`,
  preview: () => null,
  lease: "github:read",
  budget: SMALL,
  asking: ASK,
});
