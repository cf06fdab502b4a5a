// What a thread in Slack says just before a ticket would be closed for silence. Fails closed: what could not be read is no silence.

import type { Instant, TenantId } from "#kernel";
import { personBySlack } from "#identity/io";
import { slackPlace, slackSignal, type Signal } from "#tickets";
import { isStaff } from "#tickets/io";
import { workspaceOf } from "./arrival.ts";
import type { SlackParts } from "./ports.ts";

const unknown = (why: string): Signal => ({ kind: "unknown", why });

export async function slackLastSignal(
  { database, secret, web }: Pick<SlackParts, "database" | "secret" | "web">,
  tenant: TenantId,
  { conversation, since }: { readonly conversation: string; readonly since: Instant },
): Promise<Signal> {
  const place = slackPlace(conversation);
  const claim = await database.claimFor(tenant);
  if (place === null || claim === null) return unknown("It is not known where this conversation is.");
  const { token, workspace } = await database.withTenant(claim, async (tx) => ({
    token: await secret(tx, "SLACK_BOT_TOKEN"),
    workspace: await workspaceOf(tx),
  }));
  if (token === null) return unknown("There is no token to ask Slack with.");
  if (workspace?.team !== place.team) return unknown("This conversation is in another workspace.");
  const read = await web.replies(token, { channel: place.channel, thread: place.thread, since });
  if (read.kind !== "words") return read;
  const users = new Set(read.words.flatMap(({ user }) => (user === null ? [] : [user])));
  const staff = await database.withTenant(claim, async (tx) => {
    const found = new Set<string>();
    for (const user of users) if (isStaff(await personBySlack(tx, { team: place.team, user }))) found.add(user);
    return found;
  });
  return slackSignal(read.words, since, staff);
}
