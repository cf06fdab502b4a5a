// The job behind the inbox: what somebody said becomes a message on a ticket, a click is handed to whom it is about.

import { z } from "zod";
import { approvalId, instantOfMillis, tenantId, type Json } from "#kernel";
import { personBySlack } from "#identity/io";
import type { JobHandler } from "#platform/jobs";
import { branded, type TenantClaim, type TenantTx } from "#platform/postgres";
import { heardOnSlack, type SlackNews } from "#tickets";
import { isStaff } from "#tickets/io";
import { ARRIVAL_TASK, markDone, waitingArrival, workspaceOf } from "./arrival.ts";
import { command, said, type Command } from "./payloads.ts";
import type { SlackParts } from "./ports.ts";
import { noToken, notOpened, NOT_CLICKED, opened, threadText } from "./words.ts";

const jobPayload = z.object({
  tenant: branded(z.string(), tenantId),
  arrival: z.string().regex(/^(?:event|click|command)-[A-Za-z0-9]{1,80}$/),
});
const storedClick = z.object({
  team: z.string(),
  user: z.string(),
  responseUrl: z.string(),
  act: z.enum(["approve", "reject"]),
  approval: branded(z.string(), approvalId),
});

/** `slack.arrival`, for `startWorkers`. It may run twice or be cut off anywhere. */
export function slackHandlers(parts: SlackParts): Readonly<Record<string, JobHandler>> {
  return {
    [ARRIVAL_TASK]: async (payload) => {
      const { tenant, arrival } = jobPayload.parse(payload);
      const claim = await parts.database.claimFor(tenant);
      if (claim === null) return;
      const body = await parts.database.withTenant(claim, (tx) => waitingArrival(parts.keys, tx, arrival));
      if (body === null) return;
      const kind = arrival.slice(0, arrival.indexOf("-"));
      if (kind === "event") await hearEvent(parts, claim, arrival, body);
      else if (kind === "command") await openByCommand(parts, claim, arrival, command.parse(body));
      else await passClick(parts, claim, arrival, body);
    },
  };
}

async function hearEvent(parts: SlackParts, claim: TenantClaim, arrival: string, body: Json): Promise<void> {
  const read = said.safeParse(body);
  const word = read.success ? read.data : null;
  const { token, workspace } = await settings(parts, claim);
  const name = word === null || token === null ? null : await parts.web.nameOf(token, word.user);
  await parts.database.withTenant(claim, async (tx) => {
    if (!(await markDone(tx, arrival)) || word === null || workspace === null) return;
    const { home, ...rest } = word;
    const guest = [null, workspace.team, home.enterprise].includes(home.team) ? null : home.team;
    await hear(parts, tx, { ...rest, team: workspace.team, guest, name }, workspace.channels);
  });
}

async function hear(parts: SlackParts, tx: TenantTx, news: SlackNews, channels: readonly string[]) {
  const person =
    news.user === null ? null : await personBySlack(tx, { team: news.guest ?? news.team, user: news.user });
  const heard = heardOnSlack(news, { channels, staff: isStaff(person) });
  return heard === null ? null : parts.tickets.hear(tx, heard);
}

/** A command is no message: the thread that it gets is begun by us, so that answers have a place. */
async function openByCommand(parts: SlackParts, claim: TenantClaim, arrival: string, asked: Command): Promise<void> {
  const { team_id: team, user_id: user, channel_id: channel, text, response_url: answerTo } = asked;
  const { token } = await settings(parts, claim);
  const begun =
    token === null
      ? null
      : await parts.web.begin(token, {
          channel,
          text: threadText(user, text),
          key: arrival,
          since: instantOfMillis(parts.clock() - 3_600_000),
        });
  const name = token === null ? null : await parts.web.nameOf(token, user);
  const answer = await parts.database.withTenant(claim, async (tx): Promise<string | null> => {
    if (!(await markDone(tx, arrival))) return null;
    if (begun === null) return noToken;
    if (begun.kind === "refused") return notOpened(begun.why);
    const news = { team, channel, ts: begun.ts, thread: null, user, guest: null, name, mention: true, text };
    const made = await hear(parts, tx, news, []);
    return made?.number == null ? null : opened(`${(await parts.prefix(tx)).toUpperCase()}-${made.number}`);
  });
  if (answer !== null) await parts.web.answer(answerTo, answer);
}

async function passClick(parts: SlackParts, claim: TenantClaim, arrival: string, body: Json): Promise<void> {
  const click = storedClick.parse(body);
  const text = await parts.database.withTenant(claim, async (tx): Promise<string | null> => {
    if (!(await markDone(tx, arrival))) return null;
    const workspace = await workspaceOf(tx);
    const { team, user, act } = click;
    // INVARIANT (N7): from another workspace nothing is decided, whoever is bound to an account there; and that it was tried is on record.
    if (workspace === null || workspace.team !== team) {
      await parts.append(tx, {
        kind: "slack.refused",
        outcome: "refused",
        action: "other_workspace",
        observer: { type: "app", id: "countersign" },
        initiator: { type: "human", id: `slack:${team}/${user}` },
        target: { type: "approval", id: click.approval },
        requestId: arrival,
        body: { v: 1, act, team, expected: workspace?.team ?? null },
      });
      return NOT_CLICKED;
    }
    const person = await personBySlack(tx, { team, user });
    const { approval } = click;
    return (await parts.clicked(tx, { approval, act, team, user, person: person?.person ?? null, click: arrival }))
      .text;
  });
  if (text !== null && click.responseUrl !== "") await parts.web.answer(click.responseUrl, text);
}

const settings = (parts: SlackParts, claim: TenantClaim) =>
  parts.database.withTenant(claim, async (tx) => ({
    token: await parts.secret(tx, "SLACK_BOT_TOKEN"),
    workspace: await workspaceOf(tx),
  }));
