import { z } from "zod";
import type { Account } from "#gate";
import type { CommentNews } from "#tickets";
import { asksForTicket, parseCommand } from "../commands/parse.ts";
import { account, accountOrNone, app, number, repository, time } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const written = {
  body: z.string().nullish(),
  created_at: time,
  author_association: z.string().max(40).catch("NONE"),
  performed_via_github_app: app.catch(null),
};

/** No command and no word of anybody's. Whose account is gone was a person. */
const isMachine = (user: Account | null | undefined): boolean =>
  user !== null && user !== undefined && user.type !== "User";

const commentEvent = z.object({
  action: z.string(),
  repository,
  issue: z.object({ number, title: z.string().catch(""), pull_request: z.looseObject({}).nullish() }),
  comment: z.object({ ...written, id: z.int().positive(), user: account.nullish() }),
});

/**
 * A command is read once, when it is written: an edit by somebody else must not act in the author's name. Commands of
 * bots and apps are not read at all. What is no command may be a word on a ticket.
 */
export const onComment = translation(commentEvent, (event, origin) => {
  const { comment, issue } = event;
  if (event.action !== "created" || isMachine(comment.user)) return IGNORED;
  const text = comment.body ?? "";
  const asks = asksForTicket(text);
  const onPull = issue.pull_request !== null && issue.pull_request !== undefined;
  const command = asks || !onPull || comment.user?.type !== "User" ? null : parseCommand(text);
  if (command !== null && comment.user !== null && comment.user !== undefined) {
    const pr = { repository: refTo(event.repository, origin), number: issue.number };
    return meaning({ command: { pr, by: comment.user, at: comment.created_at, command } });
  }
  const news: CommentNews = {
    kind: "comment",
    repository: event.repository.id,
    number: issue.number,
    comment: `issue_comment:${comment.id}`,
    author: comment.user ?? null,
    association: comment.author_association,
    viaApp: comment.performed_via_github_app,
    title: issue.title,
    text,
    at: comment.created_at,
    asks,
  };
  return meaning({ evidence: [{ kind: "written_in", repository: refTo(event.repository, origin) }], news });
});

const diffComment = z.object({
  action: z.string(),
  repository,
  pull_request: z.object({ number, title: z.string().catch("") }),
  comment: z.object({ ...written, id: z.int().positive(), user: accountOrNone }),
});

/** On a line of a diff: a word like any other, and no place for commands. */
export const onDiffComment = translation(diffComment, ({ action, repository: where, pull_request: pull, comment }) =>
  action !== "created" || isMachine(comment.user)
    ? IGNORED
    : meaning({
        news: {
          kind: "comment",
          repository: where.id,
          number: pull.number,
          comment: `review_comment:${comment.id}`,
          author: comment.user,
          association: comment.author_association,
          viaApp: comment.performed_via_github_app,
          title: pull.title,
          text: comment.body ?? "",
          at: comment.created_at,
          asks: false,
        },
      }),
);
