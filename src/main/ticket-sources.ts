// Where tickets' words come from: GitHub, Slack and mail, over one database and each client's own sealed credentials.

import { Hono } from "hono";
import type { Approvals } from "#approvals/io";
import type { Append } from "#audit/io";
import { findRepository } from "#gate/io";
import type { NewsIntake } from "#github";
import type { Keys } from "#keys/io";
import type { ChannelsConfig } from "#platform/config";
import { createMailInbox, lookForMail, mailHandlers, mailSignal, opener, type MailParts } from "#mail";
import type { GitHub } from "#platform/github";
import type { HttpEnv } from "#platform/http";
import { enqueue, type JobHandler } from "#platform/jobs";
import type { Log } from "#platform/log";
import type { Database, TenantTx } from "#platform/postgres";
import {
  createSlackInbox,
  createSlackWeb,
  slackHandlers,
  slackLastSignal,
  type SlackArrival,
  type SlackParts,
} from "#slack";
import { openClients, openSecret, ownPrefix, type Clients } from "#tenants/io";
import { createGithubSource, type LastSignal, type Tickets } from "#tickets/io";
import { claimsOf } from "./claims.ts";
import { repeat, type Opened } from "./lifecycle.ts";

/** Which mailboxes are due is asked so often; each has its turn every five minutes. */
const LOOK_EVERY_MS = 60_000;

export interface SourcePlace {
  readonly database: Database;
  readonly github: GitHub;
  readonly append: Append;
  readonly keys: Keys;
  readonly clientsDir: string;
  readonly approvals: Pick<Approvals, "clicked">;
  /** Where Microsoft and Slack reach this server; null: nowhere. */
  readonly publicUrl: string | null;
  readonly channels: ChannelsConfig;
  readonly log: Log;
  readonly resources: Opened;
}

export interface TicketSources {
  readonly news: NewsIntake;
  readonly lastSignal: LastSignal;
  readonly routes: Hono<HttpEnv>;
  readonly handlers: Readonly<Record<string, JobHandler>>;
}

export function openTicketSources(
  place: SourcePlace,
  tickets: Pick<Tickets, "hear" | "gone" | "linkNamed">,
): TicketSources {
  const { database, github, append, keys, approvals, publicUrl, channels, log, resources } = place;
  const secret = secretsOf(keys, place.clientsDir);
  const source = createGithubSource({ database, github, tickets, repository: findRepository });
  const common = { database, append, enqueue, keys, tickets, secret, prefix: ownPrefix, clock: Date.now };
  const slack: SlackParts = {
    ...common,
    web: createSlackWeb({ apiUrl: channels.slackUrl }),
    clicked: (tx, click) => approvals.clicked(tx, click),
    onArrival: (arrival) => logArrival(log, arrival),
  };
  const mail: MailParts = { ...common, open: opener(Date.now, channels.graph), publicUrl };

  resources.add(
    "the look for mail",
    repeat(log, "look for mail", LOOK_EVERY_MS, async () => lookForMail(mail, await claimsOf(database))),
  );
  const routes = new Hono<HttpEnv>();
  routes.route("/", createSlackInbox(slack));
  routes.route("/", createMailInbox(mail));
  return {
    news: source,
    routes,
    handlers: { ...slackHandlers(slack), ...mailHandlers(mail) },
    lastSignal: async (tenant, asked) => {
      switch (asked.channel) {
        case "github":
          return source.lastSignal(tenant, asked);
        case "slack":
          return slackLastSignal(slack, tenant, asked);
        case "mail":
          return mailSignal(mail, tenant, asked.since);
        case "api":
        case "cli":
          return { kind: "silent" };
      }
    },
  };
}

/** null: not set, or it does not open: whoever asks then believes nobody, and reads nothing. */
export function secretsOf(keys: Keys, clientsDir: string) {
  let opening: Promise<Clients> | null = null;
  return async (tx: TenantTx, name: string): Promise<string | null> => {
    const clients = await (opening ??= openClients(clientsDir));
    const opened = await openSecret({ clients, keys }, tx, { prefix: await ownPrefix(tx), name });
    return opened.kind === "opened" ? opened.reveal() : null;
  };
}

function logArrival(log: Log, arrival: SlackArrival): void {
  const { kind } = arrival;
  if (kind === "refused" || kind === "not_stored") log.warn(arrival, "a request from Slack was not taken");
  else log.info(arrival, "a request from Slack");
}
