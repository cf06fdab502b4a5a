// Where clients are told things: nothing is lost while a credential is missing, and nobody is told either.

import { iso } from "#kernel";
import type { ChannelFinding, Findings } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

/** GitHub and webhooks need none of the client's: there it is the App, or the receiver's own secret. */
const NAMES: Readonly<Record<ChannelFinding["channel"], string>> = {
  github: "the App's key or its installation",
  slack: "SLACK_BOT_TOKEN",
  mail: "MAIL_FROM, or RESEND_API_KEY (or SMTP_URL)",
  webhook: "the receiver's secret",
};

export const judgeChannels = ({ channels }: Pick<Findings, "channels">): readonly Line[] =>
  ifKnown(channels, "What clients are told", "See the lines about the database.", (found) =>
    found.length === 0
      ? [ok("No client's notices wait for a credential.")]
      : found.map(({ prefix, channel, notices, oldest }) =>
          warn(
            `${notices} ${notices === 1 ? "notice" : "notices"} of ${prefix} by ${channel} wait, the oldest since ${iso(oldest)}: ${NAMES[channel]} is missing, or is not accepted any more.`,
            channel === "github"
              ? "See the lines about the App. They go out by themselves within a quarter of an hour of its being put right; after two weeks a notice is given up."
              : `See which: countersign notify status --tenant ${prefix}. Set it: countersign secret set ${prefix} NAME. After two weeks a notice is given up.`,
          ),
        ),
  );
