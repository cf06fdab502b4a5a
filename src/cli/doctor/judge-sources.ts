// Where clients' tickets come from: a source that nothing comes from any more looks like a quiet client, and is not one.

import { iso } from "#kernel";
import type { Findings, SourceFinding } from "./findings.ts";
import { ifKnown, ok, warn, type Line } from "./line.ts";

/** Three turns of a mailbox. */
const LATE_MS = 15 * 60_000;
/** As long as somebody who is just putting addresses into Slack's settings may take. */
const SETTING_UP_MS = 15 * 60_000;

export const judgeSources = ({ sources, now }: Findings): readonly Line[] =>
  ifKnown(sources, "Where tickets come from", "See the lines about the database.", (found) =>
    found.length === 0
      ? [ok("No client has connected Slack or a mailbox: tickets come from GitHub, the API and the command line.")]
      : found.flatMap((each) => judgeSource(each, now)),
  );

/** `now`: null where only what was refused is of interest. */
export function judgeSource(source: SourceFinding, now: Findings["now"] | null = null): readonly Line[] {
  return source.kind === "slack" ? judgeSlack(source, now) : judgeMailbox(source, now);
}

type Slack = Extract<SourceFinding, { kind: "slack" }>;
const REFUSED = {
  signature: {
    what: "it is not signed with the client's SLACK_SIGNING_SECRET",
    next: (prefix: string) =>
      `If those are Slack's, copy the signing secret from the app's page Basic Information: countersign secret set ${prefix} SLACK_SIGNING_SECRET`,
  },
  no_secret: {
    what: "SLACK_SIGNING_SECRET is not set, or does not open",
    next: (prefix: string) => `Set it: countersign secret set ${prefix} SLACK_SIGNING_SECRET`,
  },
  workspace: {
    what: "it is signed well, and comes from another workspace than the connected one",
    next: (prefix: string) => `See which it is: countersign slack check ${prefix}`,
  },
} as const;

function judgeSlack({ prefix, connectedAt, heardAt, refused }: Slack, now: Findings["now"] | null): readonly Line[] {
  if (refused !== null) {
    const { what, next } = REFUSED[refused.why];
    return [
      warn(
        `What comes to ${prefix}'s address for Slack is refused since ${iso(refused.since)}: ${what}.`,
        next(prefix),
      ),
    ];
  }
  if (heardAt !== null) return [ok(`Slack was last heard for ${prefix} at ${iso(heardAt)}.`)];
  if (now === null || now - connectedAt < SETTING_UP_MS) return [];
  return [
    warn(
      `Slack has sent nothing for ${prefix} since its workspace was connected at ${iso(connectedAt)}.`,
      `Put the three addresses of \`countersign slack show ${prefix}\` into the app's settings, and see: countersign slack check ${prefix}`,
    ),
  ];
}

type Mailbox = Exclude<SourceFinding, Slack>;
const TITLES = { graph: "Microsoft 365", imap: "IMAP" } as const;

function judgeMailbox({ prefix, kind, readAt, failing }: Mailbox, now: Findings["now"] | null): readonly Line[] {
  const name = `The mailbox of ${prefix} (${TITLES[kind]})`;
  const last = readAt === null ? "it never was" : `the last time at ${iso(readAt)}`;
  if (failing !== null)
    return [
      warn(
        `${name} is not read${failing.since === null ? "" : ` since ${iso(failing.since)}`}, ${last}: ${failing.why}`,
        `When that is mended: countersign mail check ${prefix}`,
      ),
    ];
  if (now !== null && readAt !== null && now - readAt > LATE_MS)
    return [
      warn(
        `${name} was not looked into since ${iso(readAt)}.`,
        "A server looks every five minutes: see that one runs, and its log.",
      ),
    ];
  return readAt === null ? [] : [ok(`${name} was read at ${iso(readAt)}.`)];
}
