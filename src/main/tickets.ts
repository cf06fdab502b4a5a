// Tickets of one server: the room put together, where its words come from and go to, and its timers.

import type { Hono } from "hono";
import type { Append } from "#audit/io";
import { ticketRoutes } from "#console";
import { findRepository, pullRequests } from "#gate/io";
import type { Keys } from "#keys/io";
import type { HttpEnv } from "#platform/http";
import { enqueue } from "#platform/jobs";
import { createScreening } from "#screening/io";
import { ownPrefix } from "#tenants/io";
import { watchIdle } from "#tickets";
import { createPass, createTickets, type LastSignal, type Tell, type Tickets, type TicketsDeps } from "#tickets/io";
import { recordAlarm } from "./alarm.ts";
import { repeat } from "./lifecycle.ts";
import { monotonicMs } from "./monotonic.ts";
import type { StartedSequencer } from "./sequencer.ts";
import { openTicketSources, type SourcePlace, type TicketSources } from "./ticket-sources.ts";

/** A timer is late by no more than this, and by how long a pass takes. */
const PASS_EVERY_MS = 1_000;

export interface TicketPlace {
  readonly append: Append;
  readonly keys: Keys;
  readonly tell: Tell;
}

interface TicketServer extends TicketPlace, SourcePlace {
  /** Where browsers reach the pages for people. */
  readonly reached: () => string;
  readonly diverged: StartedSequencer["diverged"];
}

/** Whoever asks by hand closes nothing for silence, and reads no channel. */
const nothingRead: LastSignal = async () => ({ kind: "unknown", why: "nobody reads channels here" });

/** It keeps nothing: one for all. */
const screening = createScreening();

export const ticketDeps = ({ append, keys, tell }: TicketPlace, lastSignal: LastSignal = nothingRead): TicketsDeps => ({
  append,
  keys,
  tell,
  lastSignal,
  repository: findRepository,
  pulls: pullRequests(enqueue),
  screen: (spans) => screening.screen(spans),
  prefix: ownPrefix,
});

export interface OpenTickets {
  readonly tickets: Tickets;
  readonly sources: TicketSources;
  /** Over HTTP, for a client's programs. */
  readonly ticketRoutes: Hono<HttpEnv>;
}

export function openTickets({ tell, ...place }: TicketServer): OpenTickets {
  const { database, append, keys, log, resources } = place;
  const deps = { append, keys, tell };
  const tickets = createTickets(ticketDeps(deps));
  const sources = openTicketSources(place, tickets);
  const pass = createPass({
    ...ticketDeps(deps, sources.lastSignal),
    database,
    monotonicMs,
    onTrouble: (err) => log.error({ err }, "a client's tickets had no pass; it is tried again"),
    onIdle: watchIdle((ms) =>
      log.warn({ ms }, "the look for tickets that are due is slow: a transaction may be open for hours"),
    ),
  });
  let doubted = false;
  let closing: Promise<unknown> = Promise.resolve();
  resources.add("tickets that close for silence", async () => void (await closing));
  resources.add(
    "the timers of tickets",
    repeat(log, "timers of tickets", PASS_EVERY_MS, async () => {
      if (place.diverged()) return;
      const { believed, closing: these } = await pass();
      closing = Promise.all([closing, these]);
      if (!believed && !doubted) {
        const message = "The database's clock was set: no ticket is closed until `countersign ticket clock believe`.";
        log.error(message);
        // Of the log's trouble the timers know nothing: they go on.
        await recordAlarm({ database, append }, "tickets", { alarm: "clock_doubted", message }).catch((err: unknown) =>
          log.error({ err }, "an alarm could not be written"),
        );
      }
      doubted = !believed;
    }),
  );
  const routes = ticketRoutes({
    db: database,
    append,
    tickets,
    prefix: ownPrefix,
    publicUrl: place.reached,
    clock: Date.now,
  });
  return { tickets, sources, ticketRoutes: routes };
}
