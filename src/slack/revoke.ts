// A client's token, taken back at Slack: https://docs.slack.dev/reference/methods/auth.revoke

import { z } from "zod";
import { Fault } from "#kernel";
import { slackClient, wordOf, type SlackWebPlace } from "./web.ts";

/** Slack's words for a token that nobody can use any more. */
const REFUSED = new Set(["invalid_auth", "token_revoked", "token_expired", "account_inactive"]);
const revoked = z.object({ revoked: z.literal(true) });

/** Returns when Slack refuses it, whoever revoked it. Throws when that is not known. `told`: its intent before the act. */
export async function revokeSlackToken(
  token: string,
  { told, ...place }: SlackWebPlace & { readonly told: (act: () => Promise<void>) => Promise<void> },
): Promise<void> {
  const slack = slackClient(place, token);
  async function refused(): Promise<boolean> {
    try {
      await slack.auth.test();
      return false;
    } catch (error) {
      const why = wordOf(error);
      if (REFUSED.has(why)) return true;
      throw unavailable(`did not say whether it still takes the client's token (${why})`);
    }
  }
  if (await refused()) return;
  await told(async () => {
    try {
      if (!revoked.safeParse(await slack.auth.revoke()).success)
        throw unavailable("did not revoke the client's token, and said that all was well");
    } catch (error) {
      // Revoked meanwhile by somebody else.
      if (error instanceof Fault || !REFUSED.has(wordOf(error)))
        throw error instanceof Fault ? error : unavailable(`did not revoke the client's token (${wordOf(error)})`);
    }
  });
  // INVARIANT: what Slack says of the token afterwards is what counts.
  if (!(await refused())) throw unavailable("said that it had revoked the client's token, and still takes it");
}

const unavailable = (what: string): Fault => new Fault("slack_unavailable", `Slack ${what}. It is asked again.`);
