import { z } from "zod";
import { declare } from "../declaration.ts";
import { ASK, ONE, pullArgument, repositoryArgument, SMALL, text } from "../shapes.ts";
import { NOTHING } from "../subject.ts";

export const prCommentArguments = z.strictObject({
  repository: repositoryArgument,
  pull_request: pullArgument,
  body: text(16 * 1024).describe("Markdown. Mentions are written out, and notify nobody."),
});
export type PrCommentArguments = z.infer<typeof prCommentArguments>;

export const prComment = declare("pr.comment", {
  title: "Comment on a pull request",
  description:
    "Writes one comment on a pull request, under the App's name, with the agent's. It approves nothing and starts no command. Answers the comment's address.",
  schema: prCommentArguments,
  batch: () => ONE,
  subject: ({ repository, pull_request, body }) => ({ ...NOTHING, repository, pull: pull_request, texts: [body] }),
  wouldDo: ({ repository, pull_request }) => `Comment on ${repository}#${pull_request}.`,
  preview: ({ body }) => body,
  lease: "github:write",
  budget: SMALL,
  asking: ASK,
});
