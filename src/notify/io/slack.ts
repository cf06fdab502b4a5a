// Slack's Web API, by its own client. A message carries our key in its metadata, and is looked up by it before it is posted again.

import { ErrorCode, WebClient } from "@slack/web-api";
import { z } from "zod";
import { limits } from "../limits.ts";
import { markOf, SLACK_EVENT } from "../marks.ts";
import { blocksOf, slackFallback, slackMark } from "../render/slack.ts";
import type { Carrier, Destination, Sent } from "../types.ts";
import { valueOf, type Secret } from "./secrets.ts";

type ToSlack = Extract<Destination, { kind: "slack" }>;

export const SLACK_TOKEN = "SLACK_BOT_TOKEN";

/** Slack's clock may be behind ours. */
const EARLIER_MS = 10 * 60_000;
const PAGES = 5;

/** The client's token is of no use: somebody has to set another one, or ask us in. */
const TOKEN = new Set([
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "missing_scope",
]);
/** Whatever is sent there, as it is, is never taken. */
const NEVER = new Set([
  "channel_not_found", "is_archived", "not_in_channel", "msg_too_long", "restricted_action", "invalid_blocks", "user_not_found",
  "thread_not_found", "cannot_reply_to_message", "message_not_found", "cant_update_message", "edit_window_closed",
]); // prettier-ignore

const answer = z.object({ data: z.object({ error: z.string() }) });
const limited = z.object({ retryAfter: z.number() });
const history = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z
          .object({ event_type: z.string(), event_payload: z.object({ key: z.string() }) })
          .optional()
          .catch(undefined),
        blocks: z
          .array(z.object({ block_id: z.string().optional() }))
          .optional()
          .catch(undefined),
      }),
    )
    .default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export interface SlackPlace {
  readonly secret: Secret;
  /** Slack's own; another for an emulator. */
  readonly apiUrl?: string;
}

export function slackCarrier({ secret, apiUrl }: SlackPlace): Carrier<ToSlack> {
  return async (parcel) => {
    const token = await valueOf(secret, parcel.tenant, SLACK_TOKEN);
    if (token === null) return { kind: "unset", missing: [SLACK_TOKEN] };
    const client = new WebClient(token, {
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl, allowAbsoluteUrls: false }),
      // The outbox tries again, with its own look before it.
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: limits.sendMs / 2,
    });
    try {
      return await post(client, parcel);
    } catch (error) {
      return afterError(error);
    }
  };
}

async function post(client: WebClient, { key, to, message, triedAt }: Parameters<Carrier<ToSlack>>[0]): Promise<Sent> {
  const { team, channel, thread, rewrites } = to;
  const said = {
    channel,
    text: slackFallback(message),
    blocks: blocksOf(key, message),
    metadata: { event_type: SLACK_EVENT, event_payload: { key: markOf(key) } },
  };
  if (rewrites !== null) {
    // The same words in the same message: again is no second one.
    const { ts } = await client.chat.update({ ...said, ts: rewrites });
    return { kind: "taken", receipt: { team, channel, ts: ts ?? rewrites } };
  }
  const known = triedAt === null ? null : await find(client, { channel, thread, key, sinceMs: triedAt - EARLIER_MS });
  if (known !== null) return { kind: "taken", receipt: { team, channel, ts: known } };
  const { postMessage } = client.chat;
  const posted = await postMessage({
    ...said,
    unfurl_links: false,
    unfurl_media: false,
    ...(thread === null ? {} : { thread_ts: thread }),
  });
  return { kind: "taken", receipt: { team, channel: posted.channel ?? channel, ts: posted.ts ?? null } };
}

async function find(
  client: WebClient,
  asked: { readonly channel: string; readonly thread: string | null; readonly key: string; readonly sinceMs: number },
): Promise<string | null> {
  const { channel, thread, key } = asked;
  const window = { channel, oldest: (asked.sinceMs / 1000).toFixed(6), include_all_metadata: true, limit: 200 };
  let cursor = "";
  for (let page = 0; page < PAGES; page += 1) {
    const more = cursor === "" ? {} : { cursor };
    const read = history.parse(
      await (thread === null
        ? client.conversations.history({ ...window, ...more })
        : client.conversations.replies({ ...window, ...more, ts: thread })),
    );
    const ours = read.messages.find(
      ({ metadata, blocks }) =>
        (metadata?.event_type === SLACK_EVENT && metadata.event_payload.key === markOf(key)) ||
        blocks?.some(({ block_id }) => block_id === slackMark(key)) === true,
    );
    if (ours !== undefined) return ours.ts;
    cursor = read.response_metadata?.next_cursor ?? "";
    if (cursor === "") return null;
  }
  return null;
}

function afterError(error: unknown): Sent {
  if (error instanceof Error && "code" in error && error.code === ErrorCode.RateLimitedError) {
    const { data } = limited.safeParse(error);
    return { kind: "later", why: "Slack asks us to wait.", afterMs: (data?.retryAfter ?? 30) * 1000 };
  }
  const read = answer.safeParse(error);
  if (!read.success) throw error;
  const { error: code } = read.data.data;
  if (TOKEN.has(code)) return { kind: "unset", missing: [SLACK_TOKEN] };
  // Its codes are words of its own; one that we do not know is Slack's to change.
  const why = `Slack said: ${/^[a-z_]{1,60}$/.test(code) ? code : "something else"}.`;
  return NEVER.has(code) ? { kind: "refused", why } : { kind: "later", why, afterMs: null };
}
