// What this surface says, to whoever asked and to nobody else.

export const HELP =
  "`/countersign ticket what is wrong` opens a ticket in this channel. `/countersign link CODE` binds your Slack account to you: sign in to Countersign and open the page Slack for the code. In a ticket's thread, just write.";
export const NOTED = "It is noted. The ticket appears here in a moment.";
export const NOT_LINKED =
  "Nothing was bound: this code is not one of ours, or more than ten minutes old, or was used. Sign in to Countersign, open the page Slack and take a new one.";
export const TOO_OFTEN = "That is too often. Wait a minute.";
export const NOT_CLICKED =
  "Nothing was done: this click comes from another workspace than the one that this client has.";
export const linked = (login: string): string =>
  `From now on this Slack account is ${login}'s in Countersign. It was not you who asked for that? Open the page Slack and remove it.`;
export const opened = (name: string): string => `${name} is open. Answers come in its thread.`;
export const notOpened = (why: string): string =>
  `No ticket was opened: Slack did not let us write here (${why}). Invite the app into this channel and ask again.`;
export const noToken =
  "No ticket was opened: whoever runs Countersign has not set this client's SLACK_BOT_TOKEN. Mention the app in a message instead.";
/** Said by us, under our name: INVARIANT: what somebody typed calls no channel and nobody, and hides no address behind other words. */
export const threadText = (user: string, text: string): string => `<@${user}> asked for a ticket:\n${literally(text)}`;

/** In Slack's mark-up only an angle bracket begins what is more than text. It may have come spelt out already. */
const literally = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

export type SlashCommand =
  | { readonly kind: "help" }
  | { readonly kind: "link"; readonly code: string }
  | { readonly kind: "ticket"; readonly text: string };

export function parseCommand(text: string): SlashCommand {
  const [, word = "", rest = ""] = /^\s*(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  const after = rest.trim();
  if (/^link$/i.test(word) && after !== "") return { kind: "link", code: after.slice(0, 40) };
  if (/^(?:ticket|open)$/i.test(word) && after !== "") return { kind: "ticket", text: after };
  return { kind: "help" };
}
