// What is read of Slack's payloads; the rest is left alone. Shapes: https://docs.slack.dev/apis/events-api, /interactivity, /slash-commands

import { z } from "zod";
import { approvalId, type ApprovalId } from "#kernel";
import { branded } from "#platform/postgres";

const id = z.string().regex(/^[A-Z0-9]{1,32}$/);
const ts = z.string().regex(/^\d{1,16}\.\d{1,16}$/);

export const envelope = z.discriminatedUnion("type", [
  z.object({ type: z.literal("url_verification"), challenge: z.string().max(200) }),
  z.object({
    type: z.literal("event_callback"),
    team_id: id,
    event_id: z.string().regex(/^[A-Za-z0-9]{1,64}$/),
    enterprise_id: id.nullish().catch(null),
    event: z.looseObject({ type: z.string() }),
  }),
]);

/** Subtypes in which a person says something; every other one is Slack's own, a bot's, or about a message. */
const SAID: ReadonlySet<string> = new Set(["file_share", "thread_broadcast", "me_message"]);

/** null: nothing that anybody said. */
export const said = z
  .object({
    type: z.enum(["message", "app_mention"]),
    subtype: z.string().nullish(),
    bot_id: z.string().nullish(),
    app_id: z.string().nullish(),
    user: id.nullish(),
    /** Whose account the author's is, in a channel that two companies share. */
    user_team: id.nullish().catch(null),
    source_team: id.nullish().catch(null),
    enterprise_id: id.nullish().catch(null),
    channel: id,
    channel_type: z.string().nullish(),
    text: z.string().nullish(),
    ts,
    thread_ts: ts.nullish(),
  })
  .transform((event) => {
    const machine = (event.bot_id ?? null) !== null;
    const about = event.subtype !== null && event.subtype !== undefined && !SAID.has(event.subtype);
    if (machine || about || event.user === null || event.user === undefined) return null;
    return {
      channel: event.channel,
      ts: event.ts,
      thread: event.thread_ts ?? null,
      user: event.user,
      home: { team: event.user_team ?? event.source_team ?? null, enterprise: event.enterprise_id ?? null },
      mention: event.type === "app_mention" || event.channel_type === "im",
      text: event.text ?? "",
    };
  });

export const command = z.object({
  team_id: id,
  user_id: id,
  channel_id: id,
  text: z.string().max(3_000).catch(""),
  response_url: z.string().max(500),
});
export type Command = z.infer<typeof command>;

/** As our own messages name their buttons; one that opens a page is clicked, too, and means nothing here. */
const ACTION = /^countersign[:._](approve|reject)$/;

export interface Click {
  readonly team: string;
  readonly user: string;
  readonly responseUrl: string;
  readonly act: "approve" | "reject";
  readonly approval: ApprovalId;
}

/** null: a click that decides nothing. */
export const click = z
  .object({
    type: z.literal("block_actions"),
    team: z.object({ id }),
    user: z.object({ id, team_id: id.nullish() }),
    response_url: z.string().max(500).catch(""),
    actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().nullish() })).min(1),
  })
  .transform(
    (payload): Omit<Click, "act" | "approval"> & { readonly asked: Pick<Click, "act" | "approval"> | null } => {
      const [action] = payload.actions;
      const word = ACTION.exec(action?.action_id ?? "")?.[1];
      const approval = branded(z.string(), approvalId).safeParse(action?.value);
      return {
        // INVARIANT (N7): of whoever clicked, not of where: in a shared channel that may be another company's person.
        team: payload.user.team_id ?? payload.team.id,
        user: payload.user.id,
        responseUrl: payload.response_url,
        asked:
          approval.success && (word === "approve" || word === "reject") ? { act: word, approval: approval.data } : null,
      };
    },
  );
