// A ticket's times in words.

import { Temporal } from "temporal-polyfill";
import type { Instant } from "#kernel";
import type { Action, Next, State } from "./types.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** From there on a date without its year is read as another one. */
const HALF_A_YEAR = 182 * DAY;

/** "Mon 23 Nov 10:12 Europe/Berlin"; with the year, where the reader may keep it. */
export function spell(at: Instant, zone: string, withYear = false): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${DAYS[local.dayOfWeek - 1] ?? ""} ${local.day} ${MONTHS[local.month - 1] ?? ""}`;
  return `${date}${withYear ? ` ${local.year}` : ""} ${two(local.hour)}:${two(local.minute)} ${zone}`;
}

/** "5 h", "3 d 4 h", "12 min": at most two units, and never more than there is. */
export function lasting(ms: number): string {
  if (ms < MINUTE) return "less than a minute";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "min");
  return two(ms, DAY, "d", HOUR, "h");
}

function two(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms % big) / small);
  // Minutes beside many hours say nothing.
  return rest === 0 || (big === HOUR && whole >= 3)
    ? `${whole} ${bigName}`
    : `${whole} ${bigName} ${rest} ${smallName}`;
}

/** "waiting for the client", "in progress": as it stands in a sentence. */
export const stateWords = (state: State): string =>
  state === "waiting_client" ? "waiting for the client" : state.replace("_", " ");

export function actionWords(action: Action): string {
  switch (action) {
    case "nudge_24h":
      return "nudge";
    case "nudge_72h":
      return "nudge with the deadline";
    case "close":
      return "close as aged_out";
    case "page":
      return "page the owner";
  }
}

/** "nudge (Mon 23 Nov 10:12 Europe/Berlin)". */
export const nextAt = ({ action, at }: Next, zone: string): string =>
  at === null
    ? `${actionWords(action)}, once its warning is known to be delivered`
    : `${actionWords(action)} (${spell(at, zone)})`;

/** "in 5 h: nudge (Mon 23 Nov 10:12 Europe/Berlin)". */
export function nextWords({ action, at }: Next, now: Instant, zone: string): string {
  if (at === null)
    return action === "close"
      ? "close as aged_out, a day after the warning's delivery, which is not known yet"
      : `${actionWords(action)}: never, with these hours of work`;
  return `${at <= now ? "now" : `in ${lasting(at - now)}`}: ${actionWords(action)} (${spell(at, zone, at - now > HALF_A_YEAR)})`;
}
