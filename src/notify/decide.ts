// What follows from one try. Pure and total.

import { instantOfMillis, type Instant } from "#kernel";
import { limits } from "./limits.ts";
import type { Receipt, Sent } from "./types.ts";

export interface Tried {
  /** This one included. */
  readonly tries: number;
  readonly firstTriedAt: Instant;
  readonly now: Instant;
}

export type Next =
  | { readonly kind: "delivered"; readonly receipt: Receipt }
  | { readonly kind: "again"; readonly at: Instant; readonly waits: "provider" | "credential"; readonly why: string }
  /** Given up: a person is told. */
  | { readonly kind: "lost"; readonly why: string };

export function nextOf(sent: Sent, { tries, firstTriedAt, now }: Tried): Next {
  switch (sent.kind) {
    case "taken":
      return { kind: "delivered", receipt: sent.receipt };
    case "refused":
      return { kind: "lost", why: sent.why };
    case "later": {
      if (tries >= limits.tries) return { kind: "lost", why: `${sent.why} It was tried ${tries} times.` };
      const at = instantOfMillis(now + Math.max(backOff(tries), sent.afterMs ?? 0));
      return { kind: "again", at, waits: "provider", why: sent.why };
    }
    case "unset": {
      const why = `Not set: ${sent.missing.join(", ")}.`;
      return now - firstTriedAt >= limits.credentialAtMostMs
        ? { kind: "lost", why }
        : { kind: "again", at: instantOfMillis(now + limits.credentialMs), waits: "credential", why };
    }
  }
}

/** 5 s, 10 s, 20 s and so on, at most four hours. */
export const backOff = (tries: number): number =>
  Math.min(limits.backOffAtMostMs, limits.backOffMs * 2 ** Math.min(Math.max(tries - 1, 0), 20));
