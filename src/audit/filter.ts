// What a reader of the log may ask for, on the command line and over HTTP. Parsing is strict and total: it gives a filter, or
// one sentence for each thing that is wrong.

import { instant, instantOfMillis, millis, plus, type Instant } from "#kernel";
import { ENTRY_KINDS, OUTCOMES, type EntryKind, type Outcome } from "./types.ts";

export interface EntryFilter {
  /** Empty: all. */
  readonly kinds: readonly EntryKind[];
  /** Empty: all. */
  readonly outcomes: readonly Outcome[];
  readonly since: Instant | null;
  /** Not included. */
  readonly until: Instant | null;
  /** `7` or `human:7`: who did it. */
  readonly actor: string | null;
  /** `77#12`, `pull_request:77#12`, or `77` for everything in repository 77. */
  readonly target: string | null;
  readonly request: string | null;
}

export const EVERYTHING: EntryFilter = {
  kinds: [],
  outcomes: [],
  since: null,
  until: null,
  actor: null,
  target: null,
  request: null,
};

/** As typed. Lists are comma-separated or given several times. */
export interface FilterText {
  readonly kind?: readonly string[] | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly request?: string | undefined;
}

export type ParsedFilter =
  | { readonly kind: "filter"; readonly filter: EntryFilter }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

const TERM_CHARS = 200;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export function parseFilter(given: FilterText, now: Instant): ParsedFilter {
  const problems: string[] = [];
  const oneOf = <T extends string>(name: string, texts: readonly string[] = [], known: readonly T[]): readonly T[] =>
    texts
      .flatMap((text) => text.split(","))
      .flatMap((text) => {
        const found = known.find((each) => each === text.trim());
        if (found === undefined) problems.push(`There is no ${name} ${quoted(text)}. There are: ${known.join(", ")}.`);
        return found === undefined ? [] : [found];
      });
  const time = (name: string, text: string | undefined): Instant | null => {
    if (text === undefined) return null;
    const at = parseTime(text, now);
    if (at === null)
      problems.push(
        `--${name} ${quoted(text)} is no time. Write 2026-11-21, 2026-11-21T14:30:00Z, or how long ago: 90m, 24h, 7d.`,
      );
    return at;
  };
  const term = (name: string, text: string | undefined): string | null => {
    if (text === undefined) return null;
    const ok = text.trim() !== "" && text.length <= TERM_CHARS && text.isWellFormed() && !/\p{Cc}/u.test(text);
    if (!ok) problems.push(`--${name} must be 1 to ${TERM_CHARS} ordinary characters.`);
    return ok ? text : null;
  };
  const filter: EntryFilter = {
    kinds: oneOf("kind", given.kind, ENTRY_KINDS),
    outcomes: oneOf("outcome", given.outcome, OUTCOMES),
    since: time("since", given.since),
    until: time("until", given.until),
    actor: term("actor", given.actor),
    target: term("target", given.target),
    request: term("request", given.request),
  };
  if (filter.since !== null && filter.until !== null && filter.since >= filter.until)
    problems.push("--since must be before --until.");
  return problems.length === 0 ? { kind: "filter", filter } : { kind: "refused", problems };
}

/** A UTC date, RFC 3339 with a zone, or how long before `now`. */
function parseTime(text: string, now: Instant): Instant | null {
  const [, amount, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return plus(now, millis(-Number(amount) * (UNITS[unit] ?? 0)));
  const at = instant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  // What PostgreSQL and a UUIDv7 can hold, too.
  return at === null || at < 0 || at >= LAST ? null : instantOfMillis(at);
}
const LAST = Date.UTC(9999, 0, 1);

/** For a sentence: short, and unable to steer a terminal. */
const quoted = (text: string): string => JSON.stringify(text.slice(0, 40)).replace(/[\u007f-\u009f]/g, "?");
