// A notice as Slack's blocks. All of it is plain_text: Slack reads no mention, link or format in that.

import { plain } from "#kernel";
import type { Button, Message } from "#tickets";
import { markOf } from "../marks.ts";

/** Slack's own limits: https://docs.slack.dev/reference/block-kit/blocks */
const HEADER = 150;
const SECTION = 3_000;
const BLOCKS = 50;
const LABEL = 75;

interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: false;
}
export type SlackBlock =
  | { readonly type: "header"; readonly block_id: string; readonly text: PlainText }
  | { readonly type: "section"; readonly text: PlainText }
  | { readonly type: "actions"; readonly elements: SlackButton[] };
interface SlackButton {
  readonly type: "button";
  readonly action_id: string;
  readonly text: PlainText;
  readonly url?: string;
  readonly value?: string;
  readonly style?: "primary" | "danger";
}

/** Who answers a click: `countersign.approve` and `countersign.reject`, with the approval's id as value. */
export const SLACK_ACTIONS = {
  approve: "countersign.approve",
  reject: "countersign.reject",
  open: "countersign.open",
} as const;

const text = (words: string): PlainText => ({ type: "plain_text", text: words.toWellFormed(), emoji: false });

/** `block_id` of the first block: by it, or by the metadata, our message is known again. */
export const slackMark = (key: string): string => `countersign:${markOf(key)}`;

export function blocksOf(key: string, message: Message): SlackBlock[] {
  const sections: SlackBlock[] = chunks(message.text).map((words) => ({ type: "section", text: text(words) }));
  const buttons = message.buttons.map(buttonOf);
  return [
    { type: "header", block_id: slackMark(key), text: text(plain(message.title, HEADER) || "Countersign") },
    ...sections.slice(0, BLOCKS - 2),
    ...(buttons.length === 0 ? [] : [{ type: "actions" as const, elements: buttons.slice(0, 25) }]),
  ];
}

function buttonOf(button: Button, at: number): SlackButton {
  const label = text(plain(button.label, LABEL) || "Open");
  if ("url" in button)
    return { type: "button", action_id: `${SLACK_ACTIONS.open}.${at}`, text: label, url: button.url };
  const style = button.act === "approve" ? "primary" : "danger";
  return { type: "button", action_id: SLACK_ACTIONS[button.act], text: label, value: button.approval, style };
}

function chunks(words: string): readonly string[] {
  const found: string[] = [];
  for (const paragraph of words.split(/\n{2,}/)) {
    const last = found.at(-1);
    if (last !== undefined && last.length + paragraph.length + 2 <= SECTION)
      found[found.length - 1] = `${last}\n\n${paragraph}`;
    else for (let from = 0; from < paragraph.length; from += SECTION) found.push(paragraph.slice(from, from + SECTION));
  }
  return found.filter((each) => each.trim() !== "");
}

/** What a notification shows. `<!channel>` and its like are only read where an angle bracket stands. */
export const slackFallback = ({ title }: Message): string =>
  plain(title, 250).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
