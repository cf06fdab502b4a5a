import { z } from "zod";
import { LIMITS } from "#policy";
import { declare } from "../declaration.ts";
import { ASK, LARGE, READS, refOrDefault, repositoryArgument, text } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const shellTestArguments = z.strictObject({
  repository: repositoryArgument,
  ref: refOrDefault,
  command: text(LIMITS.command)
    .default("npm test")
    .describe("The repository's test command, written out: no eval, no aliases, no program names out of variables."),
});
export type ShellTestArguments = z.infer<typeof shellTestArguments>;

export const shellTest = declare("shell.test", {
  title: "Run tests",
  description:
    "Runs the repository's test command at one commit, in a sandbox without network. Nothing is installed: a Node project has the dependencies of its package-lock.json where a person has put them there, and the answer says whether. Answers exit status and the end of the output. Nothing that it writes is kept.",
  schema: shellTestArguments,
  batch: () => READS,
  subject: ({ repository, command }) => ({ ...NOTHING, repository, command, texts: [command] }),
  wouldDo: ({ repository, ref, command }) =>
    `Run ${JSON.stringify(command)} on ${repository} at ${ref ?? "its default branch"}, in the sandbox.`,
  preview: ({ command }) => command,
  lease: "github:read",
  budget: LARGE,
  asking: ASK,
});
