// What to do about an intent whose outcome is missing (audit.md 2.5; cases 37, 38). The world is asked elsewhere; here is decided.

import type { EntryId, Instant, Json } from "#kernel";
import type { EntryKind } from "./types.ts";
import { limits } from "./limits.ts";

export interface OpenIntent {
  readonly id: EntryId;
  readonly kind: EntryKind;
  /** When the database wrote the intent. */
  readonly openedAt: Instant;
  /** null: the world was not asked yet. */
  readonly askedAt: Instant | null;
  readonly asks: number;
  readonly alarmed: boolean;
}

/** What the world says became of an act. `unknown`: it cannot be found out now. `pending`: whoever performs it is still at it. */
export type Standing =
  | { readonly kind: "performed"; readonly body: Json }
  | { readonly kind: "not_performed"; readonly body: Json }
  | { readonly kind: "pending"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

export type IntentStep =
  | { readonly kind: "close"; readonly outcome: "recovered" | "not_performed"; readonly body: Json }
  /** `alarm`: the sentence to tell a person, once; null: nobody needs to know yet. */
  | { readonly kind: "keep"; readonly alarm: string | null };

/** Young intents are somebody's work under way. Asked in vain, an intent is asked about again more and more rarely. */
export function isDue(intent: OpenIntent, now: Instant): boolean {
  if (now - intent.openedAt < limits.intentAgeMs) return false;
  if (intent.askedAt === null) return true;
  const pause = Math.min(limits.askAgainMs * 2 ** Math.min(intent.asks, 20), limits.askAgainAtMostMs);
  return now - intent.askedAt >= pause;
}

/** INVARIANT: only the world's own word closes an intent. However old it is, silence keeps it open, with an alarm. */
export function decideIntent(intent: OpenIntent, standing: Standing, now: Instant): IntentStep {
  switch (standing.kind) {
    case "performed":
      return { kind: "close", outcome: "recovered", body: standing.body };
    case "not_performed":
      return { kind: "close", outcome: "not_performed", body: standing.body };
    case "pending":
    case "unknown": {
      const late = now - intent.openedAt >= limits.intentAlarmMs && !intent.alarmed;
      return {
        kind: "keep",
        alarm: late
          ? `Whether this was done is not known after ${minutes(now - intent.openedAt)}: ${standing.why}`
          : null,
      };
    }
  }
}

function minutes(ms: number): string {
  const whole = Math.floor(ms / 60_000);
  return whole === 1 ? "a minute" : `${whole} minutes`;
}
