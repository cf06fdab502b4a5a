import { z } from "zod";
import { parseCommand } from "../commands/parse.ts";
import { account, number, repository, time } from "./payloads.ts";
import { IGNORED, meaning, refTo, translation } from "./translate.ts";

const commentEvent = z.object({
  action: z.string(),
  repository,
  issue: z.object({ number, pull_request: z.looseObject({}).nullish() }),
  comment: z.object({ body: z.string().nullish(), user: account.nullish(), created_at: time }),
});

/**
 * A command is read once, when it is written: an edit by somebody else must not act in the author's name. Commands of
 * bots and apps are not read at all.
 */
export const onComment = translation(commentEvent, (event, origin) => {
  const { body, user, created_at } = event.comment;
  if (event.action !== "created" || user?.type !== "User") return IGNORED;
  if (event.issue.pull_request === null || event.issue.pull_request === undefined) return IGNORED;
  const command = parseCommand(body ?? "");
  if (command === null) return IGNORED;
  const pr = { repository: refTo(event.repository, origin), number: event.issue.number };
  return meaning({ command: { pr, by: user, at: created_at, command } });
});
