// What somebody says in Slack, as a message on a ticket. Pure: who is a person of ours is looked up before.
// Events: https://docs.slack.dev/reference/events/message, markup: https://docs.slack.dev/messaging/formatting-message-text

import { instantOfMillis, type Instant } from "#kernel";
import type { Heard, Signal } from "../heard.ts";
import { nameOf, textOf, titleOf } from "./words.ts";

export interface SlackPlace {
  readonly team: string;
  readonly channel: string;
  /** Of the thread's first message. */
  readonly thread: string;
}

export interface SlackNews {
  readonly team: string;
  readonly channel: string;
  /** Slack's time of it, which is its id in the channel. */
  readonly ts: string;
  /** null: not in a thread, or the first of one. */
  readonly thread: string | null;
  /** null: no person's. */
  readonly user: string | null;
  /** The workspace of another company, whose guest the author is in a shared channel; null: of the client's own. */
  readonly guest: string | null;
  /** Where Slack was asked for it. */
  readonly name: string | null;
  /** It names our bot, or is said to it alone. */
  readonly mention: boolean;
  readonly text: string;
}

export const slackConversation = ({ team, channel, thread }: SlackPlace): string =>
  `slack:${team}/${channel}/${thread}`;

const CONVERSATION = /^slack:([A-Z0-9]{1,32})\/([A-Z0-9]{1,32})\/(\d{1,16}\.\d{1,16})$/;
/** null: not one of Slack's. */
export function slackPlace(conversation: string): SlackPlace | null {
  const [, team, channel, thread] = CONVERSATION.exec(conversation) ?? [];
  return team === undefined || channel === undefined || thread === undefined ? null : { team, channel, thread };
}

/** To the millisecond. */
export const slackInstant = (ts: string): Instant => instantOfMillis(Math.floor(Number(ts) * 1_000));

/** null: no message. INVARIANT (T10, T11): no bot's word, ours among them, is somebody's answer. */
export function heardOnSlack(
  news: SlackNews,
  { channels, staff }: { readonly channels: readonly string[]; readonly staff: boolean },
): Heard | null {
  const { team, channel, ts, thread, user, guest, name, mention } = news;
  if (user === null) return null;
  const text = slackText(news.text);
  const first = thread === null || thread === ts;
  return {
    channel: "slack",
    conversation: slackConversation({ team, channel, thread: thread ?? ts }),
    answers: [],
    number: null,
    message: `slack:${team}/${channel}/${ts}`,
    sender: staff ? "staff" : "client_person",
    from: { name: nameOf(name ?? user), address: null, id: `slack:${guest ?? team}/${user}` },
    title: titleOf(text.split("\n").find((line) => line.trim() !== "") ?? "", "A message in Slack"),
    text: textOf(text),
    sentAt: slackInstant(ts),
    // A person of ours talks in the client's channel, too; by a mention they say that they mean it. INVARIANT: another company's people in
    // a shared channel open nothing: it is their word only where the client's people have begun.
    opens: guest === null && (mention || (first && !staff && channels.includes(channel))),
    repository: null,
  };
}

/** As a reader sees it: Slack writes links and names in brackets and three characters as entities. */
export function slackText(text: string): string {
  return text
    .replace(/<([^<>\n]{1,3000})>/g, (_, inside: string) => {
      const bar = inside.indexOf("|");
      const [target, label] = bar < 0 ? [inside, ""] : [inside.slice(0, bar), inside.slice(bar + 1)];
      if (/^[@#!]/.test(target))
        return label === "" ? target.replace("!", "@") : label.replace(/^(?![@#])/, target.slice(0, 1));
      return label === "" || label === target ? target : `${label} (${target})`;
    })
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

export interface SlackWord {
  readonly ts: string;
  /** null: no person's. */
  readonly user: string | null;
}

/** Of what a thread's own list says now. */
export function slackSignal(words: readonly SlackWord[], since: Instant, staff: ReadonlySet<string>): Signal {
  const heard = words.filter(({ user }) => user !== null && !staff.has(user)).map(({ ts }) => slackInstant(ts));
  const newest = heard.filter((at) => at >= since).toSorted((a, b) => b - a)[0];
  return newest === undefined ? { kind: "silent" } : { kind: "heard", at: newest };
}
