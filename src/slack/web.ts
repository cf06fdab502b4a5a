// Slack's Web API by its official client, one token for one call: nothing is kept between clients' calls.

import { LogLevel, WebClient } from "@slack/web-api";
import { z } from "zod";
import { LIMITS } from "./limits.ts";
import type { SlackWeb } from "./ports.ts";

export interface SlackWebPlace {
  /** Another Slack than the real one: a test's. */
  readonly apiUrl?: string;
  readonly fetch?: typeof fetch;
}

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};

const failure = z.object({ data: z.object({ error: z.string().max(100) }) });
/** Slack's own word, never a header or a token. */
export const wordOf = (error: unknown): string => {
  const read = failure.safeParse(error);
  return read.success ? read.data.data.error : "no answer";
};

/** What an event's metadata says of a message that we began a thread with. */
const BEGUN = "countersign_ticket";
const begunShape = z.object({ ts: z.string() });
const history = z.object({
  messages: z
    .array(
      z.object({
        ts: z.string(),
        metadata: z.object({ event_type: z.string(), event_payload: z.looseObject({}).nullish() }).nullish(),
      }),
    )
    .catch([]),
});
const replies = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      user: z.string().nullish(),
      bot_id: z.string().nullish(),
      subtype: z.string().nullish(),
    }),
  ),
  has_more: z.boolean().nullish(),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});
const profile = z.object({
  user: z.object({
    real_name: z.string().nullish(),
    profile: z.object({ display_name: z.string().nullish() }).nullish(),
  }),
});

/** INVARIANT: what a request says to answer to is Slack's own host or nobody's. */
const ANSWERS_AT = "https://hooks.slack.com/";

export const slackClient = (place: Pick<SlackWebPlace, "apiUrl">, token: string): WebClient =>
  new WebClient(token, {
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: LIMITS.askMs,
    ...(place.apiUrl === undefined ? {} : { slackApiUrl: place.apiUrl }),
  });

export function createSlackWeb(place: SlackWebPlace = {}): SlackWeb {
  const ask = place.fetch ?? fetch;
  const client = (token: string): WebClient => slackClient(place, token);

  return {
    async nameOf(token, user) {
      try {
        const read = profile.safeParse(await client(token).users.info({ user }));
        if (!read.success) return null;
        const { real_name: real, profile: shown } = read.data.user;
        return shown?.display_name || real || null; // oxlint-disable-line prefer-nullish-coalescing -- an empty name is none
      } catch {
        return null;
      }
    },

    async begin(token, { channel, text, key, since }) {
      const slack = client(token);
      try {
        const found = history.parse(
          await slack.conversations.history({
            channel,
            oldest: String(since / 1_000),
            include_all_metadata: true,
            limit: 100,
          }),
        );
        const there = found.messages.find(
          ({ metadata }) => metadata?.event_type === BEGUN && metadata.event_payload?.["key"] === key,
        );
        if (there !== undefined) return { kind: "begun", ts: there.ts };
        const posted = begunShape.parse(
          await slack.apiCall("chat.postMessage", {
            channel,
            text,
            metadata: { event_type: BEGUN, event_payload: { key } },
            unfurl_links: false,
            unfurl_media: false,
          }),
        );
        return { kind: "begun", ts: posted.ts };
      } catch (error) {
        const why = wordOf(error);
        // What Slack did not answer is asked again by the job.
        if (why === "no answer" || why === "ratelimited") throw error;
        return { kind: "refused", why };
      }
    },

    async replies(token, { channel, thread, since }) {
      const words: { ts: string; user: string | null }[] = [];
      let cursor: string | undefined;
      try {
        for (let page = 0; page < LIMITS.replyPages; page += 1) {
          const answer = await client(token).conversations.replies({
            channel,
            ts: thread,
            oldest: (since / 1_000).toFixed(6),
            inclusive: true,
            limit: 200,
            ...(cursor === undefined ? {} : { cursor }),
          });
          const read = replies.safeParse(answer);
          if (!read.success) return { kind: "unknown", why: "Slack's answer could not be read." };
          for (const { ts, user, bot_id: bot } of read.data.messages)
            words.push({ ts, user: (bot ?? null) === null ? (user ?? null) : null });
          cursor = read.data.response_metadata?.next_cursor ?? "";
          if (cursor === "") return { kind: "words", words };
        }
        return { kind: "unknown", why: "There are more replies than were read." };
      } catch (error) {
        const why = wordOf(error);
        // A channel that is not found may be one that we were put out of: nobody knows, so nothing is closed.
        return why === "thread_not_found" ? { kind: "gone" } : { kind: "unknown", why: `Slack says ${why}.` };
      }
    },

    async answer(responseUrl, text) {
      if (!responseUrl.startsWith(ANSWERS_AT)) return;
      try {
        await ask(responseUrl, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ response_type: "ephemeral", replace_original: false, text }),
          redirect: "error",
          signal: AbortSignal.timeout(LIMITS.askMs),
        });
      } catch {
        // Whoever asked sees what came of it in the thread, or on the page.
      }
    },
  };
}
