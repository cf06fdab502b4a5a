import type { TenantId } from "#kernel";

/**
 * Who wrote a text that is part of a call, or that came back from one. Whoever can open an issue writes `issue`: only `agent`, whose call
 * it is, is not tainted.
 */
export const ORIGINS = [
  "agent",
  "ticket",
  "issue",
  "pull_request",
  "comment",
  "file",
  "log",
  "web",
  "tool_result",
  "mail",
] as const;
export type Origin = (typeof ORIGINS)[number];

export interface Span {
  readonly origin: Origin;
  readonly text: string;
}

/** What was seen, and where; never the text itself: whoever reads a finding may not be allowed to read that. */
export interface Found {
  readonly kind: "injection" | "pii" | "secret";
  /** Of a closed set for each kind: `override`, `iban`, `token`, ... */
  readonly what: string;
  /** 1 to 100: how much this one says. */
  readonly weight: number;
  /** Which of the given spans. */
  readonly span: number;
  /** UTF-16 offsets in the span's text; null where it was seen only after something was decoded. */
  readonly at: readonly [start: number, end: number] | null;
}

/** Integers from 0 to 100, as the facts of a decision have them. */
export interface Scores {
  readonly injection: number;
  readonly pii: number;
  readonly secrets: number;
}

export interface Screened {
  readonly scores: Scores;
  readonly findings: readonly Found[];
  /** Origins that nobody vouches for, sorted, as words of the facts. */
  readonly taint: readonly string[];
  /** X16: confidence is held below 40, the target is taken out of the call, and a person reads it first. */
  readonly suspected: boolean;
  /** Each span's text without its secrets, in the order of the spans. */
  readonly scrubbed: readonly string[];
}

export interface Screening {
  /** `whose`: of one tenant, what is large waits for each other. Never throws on any text; what is too large to be read whole counts as suspected. */
  screen(spans: readonly Span[], whose?: TenantId): Promise<Screened>;
}
