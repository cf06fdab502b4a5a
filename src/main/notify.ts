// What goes out of one server: the outbox that rooms put notices into, the ways to each provider, and the loop that delivers.

import type { Approvals } from "#approvals/io";
import type { Hono } from "hono";
import type { Append } from "#audit/io";
import { webhookRoutes } from "#console";
import type { Keys } from "#keys/io";
import { sealedEnvironment } from "#leases/io";
import type { Carriers } from "#notify";
import {
  createDelivery,
  createTell,
  createWebhooks,
  githubCarrier,
  mailCarrier,
  NOTICE_CHANNEL,
  receivers,
  slackCarrier,
  webhookCarrier,
  type NotifyDeps,
  type Webhooks,
} from "#notify/io";
import type { ChannelsConfig } from "#platform/config";
import type { GitHub } from "#platform/github";
import type { HttpEnv } from "#platform/http";
import type { Log } from "#platform/log";
import { listenOn, type Database } from "#platform/postgres";
import { openClients } from "#tenants/io";
import { isOfTickets } from "#tickets";
import { ownerPlaces, type Tell, type Tickets } from "#tickets/io";
import { stillStopped } from "./agent-stopped.ts";
import { recordAlarm } from "./alarm.ts";
import type { Opened } from "./lifecycle.ts";
import type { StartedSequencer } from "./sequencer.ts";

export interface NotifyPlace {
  readonly database: Database;
  /** Of the same database: whoever puts something into the outbox knocks there. */
  readonly url: string;
  readonly append: Append;
  readonly keys: Keys;
  readonly clientsDir: string;
  readonly github: Pick<GitHub, "appId" | "installation">;
  /** A receiver of webhooks on this machine: the demo's alone. */
  readonly loopback: boolean;
  readonly channels: ChannelsConfig;
  readonly diverged: StartedSequencer["diverged"];
  readonly log: Log;
  readonly resources: Opened;
}

export interface Notify {
  readonly tell: Tell;
  /** Where a client's events are sent, over HTTP, for its programs. */
  readonly webhookRoutes: Hono<HttpEnv>;
  /** From now on what is due is delivered, and whoever waits for it hears so. */
  deliverFor(heard: {
    readonly tickets: Pick<Tickets, "wanted" | "delivered" | "lost">;
    readonly approvals: Pick<Approvals, "stillToTell" | "posted" | "rewritten" | "lost">;
  }): void;
}

export async function openNotify(place: NotifyPlace): Promise<Notify> {
  const { database, url, append, keys, loopback, diverged, log, resources } = place;
  const webhooks = createWebhooks({ append, keys, loopback });
  const carriers = await carriersOf(place, webhooks);
  const tell = createTell(keys, receivers);
  return {
    tell,
    webhookRoutes: webhookRoutes({ db: database, append, webhooks, loopback, clock: Date.now }),
    deliverFor({ tickets, approvals }) {
      const { keep } = createDelivery({
        database,
        append,
        keys,
        carriers,
        held: diverged,
        ...hearing({ tickets, approvals, keys, log }),
        onProblem: (notice, err) => log.warn({ err, notice }, "a notice could not be sent yet; it is tried again"),
      });
      const onError = (err: unknown): void => log.warn({ err }, "news of notices is not heard; they are looked for");
      const listener = listenOn({ url, channel: NOTICE_CHANNEL, onError });
      const end = keep(() => listener.next());
      resources.add("notices on their way out", async () => {
        await end();
        await listener.close();
      });
    },
  };
}

async function carriersOf(place: NotifyPlace, webhooks: Webhooks): Promise<Carriers> {
  const { database, append, keys, github, loopback, log } = place;
  const clients = await openClients(place.clientsDir);
  const secret = sealedEnvironment({ database, keys, clients }).sealed;
  return {
    github: githubCarrier(github),
    slack: slackCarrier({ secret, apiUrl: place.channels.slackUrl }),
    mail: mailCarrier({
      secret,
      onConflict: (notice) => {
        const message = "Resend has another mail under a notice's key: somebody was told something else.";
        log.error({ notice }, message);
        recordAlarm({ database, append }, "notify", { alarm: "notice_conflict", message }).catch((err: unknown) =>
          log.error({ err }, "an alarm could not be written"),
        );
      },
    }),
    webhook: webhookCarrier({ database, webhooks, loopback, clock: Date.now }),
  };
}

const hearing = ({
  tickets,
  approvals,
  keys,
  log,
}: {
  readonly tickets: Pick<Tickets, "wanted" | "delivered" | "lost">;
  readonly approvals: Pick<Approvals, "stillToTell" | "posted" | "rewritten" | "lost">;
  readonly keys: Keys;
  readonly log: Log;
}): Pick<NotifyDeps, "stands" | "onDelivered" | "onLost"> => ({
  async stands(tx, about) {
    if (isOfTickets(about)) return tickets.wanted(tx, about);
    return about.kind === "stopped" ? stillStopped(tx, about.agent) : approvals.stillToTell(tx, about);
  },
  async onDelivered(tx, about, at, receipt) {
    if (isOfTickets(about)) return tickets.delivered(tx, about, at);
    if (about.kind === "stopped") return;
    const { team, channel, ts } = receipt;
    if (typeof team !== "string" || typeof channel !== "string" || typeof ts !== "string") return;
    await (about.moment === "asked"
      ? approvals.posted(tx, about.approval, { team, channel, ts })
      : approvals.rewritten(tx, about));
  },
  async onLost(tx, about, why, of) {
    if (isOfTickets(about)) return tickets.lost(tx, about, why, of);
    // It stays stopped, and says whom to ask.
    if (about.kind === "stopped")
      return log.error({ agent: about.agent, why }, "nobody was told that an agent is stopped");
    // The request itself waits on its page, and is denied when its time is over.
    await approvals.lost(tx, about, why, await ownerPlaces(keys, tx, "Approvals"));
    log.error({ approval: about.approval, why }, "an approver was not told of a request");
  },
});
