import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, pathArgument, READS, refOrDefault, repositoryArgument, SMALL } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const repoReadArguments = z.strictObject({
  repository: repositoryArgument,
  ref: refOrDefault,
  paths: z
    .array(pathArgument)
    .min(1)
    .max(20)
    .describe('Files or folders, relative to the root. "." is the root. A folder is answered with the names in it.'),
});
export type RepoReadArguments = z.infer<typeof repoReadArguments>;

export const repoRead = declare("repo.read", {
  title: "Read files",
  description:
    "Reads up to 20 files or folders of a repository at one commit. Answers the commit, the text of each file (at most 256 KB a file; binary files are named, not shown) and the names in each folder. Files that hold credentials are refused.",
  schema: repoReadArguments,
  batch: () => READS,
  subject: ({ repository, paths }) => ({ ...NOTHING, repository, paths: paths.filter((path) => path !== ".") }),
  wouldDo: ({ repository, ref, paths }) =>
    `Read ${paths.join(", ")} of ${repository} at ${ref ?? "its default branch"}.`,
  preview: () => null,
  lease: "github:read",
  budget: SMALL,
  asking: ASK,
});
