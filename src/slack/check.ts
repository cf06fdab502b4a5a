// Whether what a client has set for Slack works, asked of Slack now: for whoever sets it up.

import { z } from "zod";
import { slackClient, wordOf, type SlackWebPlace } from "./web.ts";
import type { Workspace } from "./arrival.ts";

export interface Checked {
  readonly ok: boolean;
  readonly text: string;
}
const good = (text: string): Checked => ({ ok: true, text });
const wrong = (text: string): Checked => ({ ok: false, text });

export interface AskedOfSlack {
  readonly prefix: string;
  readonly token: string | null;
  readonly signingSecret: string | null;
  /** null: none is connected. */
  readonly workspace: Workspace | null;
  readonly place: Pick<SlackWebPlace, "apiUrl">;
}

const NEEDED = ["chat:write", "channels:history", "users:read"] as const;
const TOKENS: Readonly<Record<string, string>> = {
  invalid_auth: "Slack does not know this token. Copy the Bot User OAuth Token (xoxb-...) from the app's page OAuth & Permissions.",
  not_authed: "Slack does not know this token. Copy the Bot User OAuth Token (xoxb-...) from the app's page OAuth & Permissions.",
  token_revoked: "The token was revoked. Install the app into the workspace again and set the new one.",
  token_expired: "The token has expired. Install the app into the workspace again and set the new one.",
  account_inactive: "The app was removed from the workspace. Install it again and set the new token.",
}; // prettier-ignore
const CHANNELS: Readonly<Record<string, string>> = {
  not_in_channel: "the app is not in it. Invite it there: /invite @Countersign",
  channel_not_found: "there is no such channel, or it is a private one without the app. Copy its id from View channel details, and invite the app: /invite @Countersign",
  missing_scope: "the app may not read it. Add the scopes channels:history and groups:history, and install the app again",
  is_archived: "it is archived",
}; // prettier-ignore

const me = z.object({
  team_id: z.string(),
  team: z.string().catch("?"),
  user: z.string().catch("?"),
  response_metadata: z
    .object({ scopes: z.array(z.string()) })
    .nullish()
    .catch(null),
});

export async function checkSlack({
  prefix,
  token,
  signingSecret,
  workspace,
  place,
}: AskedOfSlack): Promise<readonly Checked[]> {
  const set = (name: string): string => `Set it: countersign secret set ${prefix} ${name}`;
  const found: Checked[] = [secretLine(signingSecret, set("SLACK_SIGNING_SECRET"))];
  if (workspace === null)
    found.push(wrong(`No workspace is connected, so nothing from Slack is heard. Connect it: countersign slack connect ${prefix} --team ID --channel ID`)); // prettier-ignore
  if (token === null) return [...found, wrong(`SLACK_BOT_TOKEN is not set, or does not open: nothing can be told in Slack. ${set("SLACK_BOT_TOKEN")}`)]; // prettier-ignore
  const slack = slackClient(place, token);
  let read;
  try {
    read = me.parse(await slack.auth.test());
  } catch (error) {
    const why = wordOf(error);
    return [...found, wrong(`SLACK_BOT_TOKEN: ${TOKENS[why] ?? `Slack says ${why}. Try again in a minute.`}`)];
  }
  found.push(good(`SLACK_BOT_TOKEN is taken: ${read.user} in ${read.team} (${read.team_id}).`));
  if (workspace !== null && workspace.team !== read.team_id)
    found.push(wrong(`The token is of the workspace ${read.team_id}, and connected is ${workspace.team}: one of them is another company's. countersign slack connect ${prefix} --team ${read.team_id}, or set that workspace's token.`)); // prettier-ignore
  const scopes = read.response_metadata?.scopes ?? [];
  const lacking = scopes.length === 0 ? [] : NEEDED.filter((scope) => !scopes.includes(scope));
  if (lacking.length > 0)
    found.push(wrong(`The app lacks the scopes ${lacking.join(", ")}. Add them under OAuth & Permissions and install the app again.`)); // prettier-ignore
  for (const channel of workspace?.channels ?? []) {
    try {
      await slack.conversations.history({ channel, limit: 1 });
      found.push(good(`The channel ${channel} is read.`));
    } catch (error) {
      const why = wordOf(error);
      found.push(wrong(`The channel ${channel}: ${CHANNELS[why] ?? `Slack says ${why}`}.`));
    }
  }
  return found;
}

const secretLine = (secret: string | null, set: string): Checked =>
  secret === null
    ? wrong(`SLACK_SIGNING_SECRET is not set, or does not open: every request of Slack's is refused. ${set}`)
    : /^[0-9a-f]{32}$/.test(secret)
      ? good("SLACK_SIGNING_SECRET is set. Whether it is the app's shows with Slack's first request.")
      : wrong(`SLACK_SIGNING_SECRET does not look like one: 32 of the characters 0-9 and a-f, from the app's page Basic Information, under App Credentials. ${set}`); // prettier-ignore
