// Many at once to one place: one message, in which each of them stands whole.

import type { Message } from "#tickets";
import type { Destination } from "./types.ts";

export function digestOf(messages: readonly Message[]): Message {
  const title = `${messages.length} of your tickets wait for you`;
  const text = messages.map((message) => `${message.title}\n\n${message.text}`).join("\n\n---\n\n");
  // Each opens its own page; a row of equal buttons would say of none which it belongs to.
  const links = messages.flatMap(({ buttons }) => buttons.flatMap((button) => ("url" in button ? [button.url] : [])));
  const last = links.length === 0 ? "" : `\n\n---\n\n${[...new Set(links)].join("\n")}`;
  return { title, text: `${text}${last}`, buttons: [] };
}

/** In no thread of one of them. null: there is nothing to be gained by telling these together. */
export function digestPlace(to: Destination, title: string): Destination | null {
  switch (to.kind) {
    case "mail":
      return { ...to, subject: title, answers: [] };
    case "slack":
      return { ...to, thread: null };
    case "github":
    case "webhook":
      return null;
  }
}
