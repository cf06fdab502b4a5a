// What was found in each text, put together for the whole call.

import { instructionsIn, together } from "./injection/index.ts";
import type { Unpack } from "./injection/layers.ts";
import { MOST_FINDINGS, MOST_TEXT, SUSPECTED_FROM } from "./limits.ts";
import { PERSONAL_WEIGHTS, personalIn } from "./personal/index.ts";
import type { Found, Origin, Scores, Screened, Span } from "./types.ts";

export interface Secret {
  readonly what: string;
  readonly weight: number;
  readonly start: number;
  readonly end: number;
}

/** One text, read: `unread` where it was too large. */
export interface ReadSpan {
  readonly origin: Origin;
  readonly scores: Scores;
  readonly findings: readonly Omit<Found, "span">[];
  readonly scrubbed: string;
  readonly empty: boolean;
}

const PROSE: ReadonlySet<Origin> = new Set(["ticket", "issue", "pull_request", "comment", "mail"]);

export function readSpan(
  { origin, text }: Span,
  {
    secrets,
    scrubbed,
    unpack,
  }: { readonly secrets: readonly Secret[]; readonly scrubbed: string; readonly unpack: Unpack },
): ReadSpan {
  const instructions = instructionsIn(text, unpack);
  const personal = personalIn(text, PROSE.has(origin) ? "prose" : "machine");
  // Each value counts once: the same mailbox in a hundred lines is one.
  const values = new Map(personal.map((one) => [text.slice(one.start, one.end), PERSONAL_WEIGHTS[one.what]]));
  return {
    origin,
    scores: {
      injection: instructions.score,
      pii: together([...values].map(([what, weight]) => ({ what, weight }))),
      secrets: secrets.reduce((most, { weight }) => Math.max(most, weight), 0),
    },
    findings: [
      ...instructions.found.map((one) => ({ kind: "injection" as const, ...one })),
      ...secrets.slice(0, MOST_FINDINGS).map(({ what, weight, start, end }) => ({
        kind: "secret" as const,
        what,
        weight,
        at: [start, end] as const,
      })),
      ...personal.map(({ what, start, end }) => ({
        kind: "pii" as const,
        what,
        weight: PERSONAL_WEIGHTS[what],
        at: [start, end] as const,
      })),
    ],
    scrubbed,
    empty: text === "",
  };
}

/** What lies behind the limit was read by nobody: it is passed on to nobody either, and a person is told. */
export const unreadSpan = ({ origin }: Span): ReadSpan => ({
  origin,
  scores: { injection: 60, pii: 0, secrets: 0 },
  findings: [{ kind: "injection", what: "unread", weight: 60, at: null }],
  scrubbed: `[not shown: more than ${MOST_TEXT / 1024 / 1024} MB of text came with this call]`,
  empty: false,
});

/** INVARIANT (9): one more text makes no score smaller, and takes no taint away. */
export function concluded(spans: readonly ReadSpan[]): Screened {
  // One by one: a hundred thousand are more than a call takes as its arguments.
  const most = (score: keyof Scores): number => spans.reduce((so, { scores }) => Math.max(so, scores[score]), 0);
  const scores = { injection: most("injection"), pii: most("pii"), secrets: most("secrets") };
  const tainted = spans.filter(({ origin, empty }) => origin !== "agent" && !empty).map(({ origin }) => origin);
  return {
    scores,
    findings: spans.flatMap(({ findings }, span) => findings.map((found) => ({ ...found, span }))),
    taint: [...new Set(tainted)].toSorted(),
    suspected: scores.injection >= SUSPECTED_FROM,
    scrubbed: spans.map((span) => span.scrubbed),
  };
}
