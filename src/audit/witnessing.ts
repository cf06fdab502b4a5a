// Whether an epoch is witnessed, when to ask a witness again, and when to raise the alarm: pure.

import { isQuorum, type Policy, type Witness } from "#verifier";

/** Two epochs may pass unwitnessed; at the second one a person must look (audit.md, case 26). */
export const ALARM_AFTER = 2;

/** What came of asking a witness. */
export type Submission =
  | { readonly kind: "cosigned"; readonly line: string; /** Seconds, the witness's clock. */ readonly time: number }
  /** It cosigned more than we have: another process of ours was faster, or this database is behind (case 22). */
  | { readonly kind: "ahead"; readonly size: number }
  /** 422: what we show does not extend what it saw. Somebody rewrote the log, or the witness lost its memory. */
  | { readonly kind: "inconsistent" }
  /** It does not know the log, or not this key of it. */
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "limited"; readonly retryAfterMs: number }
  | { readonly kind: "down"; readonly why: string };

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;

/** How long to leave a witness alone after this many failures in a row. */
export function waitMs(submission: Submission, failures: number): number {
  const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 16));
  switch (submission.kind) {
    case "cosigned":
      return 0;
    case "limited":
      return Math.min(LONGEST_WAIT_MS, Math.max(submission.retryAfterMs, backoff));
    case "ahead":
    case "inconsistent":
    case "refused":
    case "down":
      return backoff;
  }
}

export interface WitnessingFacts {
  readonly policy: Policy;
  /** The newest epoch with a checkpoint, and who cosigned that one. */
  readonly epoch: number;
  readonly cosigned: ReadonlySet<Witness>;
  /** The newest epoch that had its quorum before; null for none. */
  readonly lastWitnessed: number | null;
}

export type Witnessing =
  | { readonly kind: "witnessed" }
  /** How many epochs in a row, this one included. */
  | { readonly kind: "unwitnessed"; readonly missed: number; readonly alarm: boolean };

/** A cosignature covers every epoch before its own: a tree has one past. A policy without witnesses witnesses nothing. */
export function judgeWitnessing({ policy, epoch, cosigned, lastWitnessed }: WitnessingFacts): Witnessing {
  if (lastWitnessed !== null && lastWitnessed >= epoch) return { kind: "witnessed" };
  if (policy.quorum.kind !== "none" && isQuorum(policy.quorum, cosigned)) return { kind: "witnessed" };
  const missed = epoch - (lastWitnessed ?? -1);
  return { kind: "unwitnessed", missed, alarm: policy.quorum.kind !== "none" && missed >= ALARM_AFTER };
}
