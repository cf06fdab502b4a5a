// Whether a yes that was given is still worth something, at the moment of executing.

import type { CommitSha, Digest } from "#kernel";
import type { Exactly, VoidCause } from "./types.ts";

export interface GivenYes {
  readonly digest: Digest;
  readonly policySet: string;
  readonly headSha: CommitSha | null;
  readonly quorum: number;
  /** Of those who said yes, so many may still say it. */
  readonly still: number;
  readonly sameEpoch: boolean;
  /** It has lain too long, by whichever clock. */
  readonly stale: boolean;
  readonly used: boolean;
}

/** Why it is void; null: it stands. INVARIANT (14): for exactly what was approved, and nothing that has changed since. */
export function whyVoid(given: GivenYes, exactly: Exactly | null): VoidCause | null {
  if (!given.sameEpoch) return "client_suspended";
  if (given.still < given.quorum) return "approver_changed";
  if (given.stale && !given.used) return "not_used";
  return exactly === null ? null : notExactly(given, exactly);
}

/** Also of what still waits: whoever says yes says it to what would be done now. */
export function notExactly(
  given: Pick<GivenYes, "digest" | "policySet" | "headSha">,
  exactly: Exactly,
): VoidCause | null {
  if (exactly.digest !== given.digest) return "arguments_changed";
  if (exactly.headSha !== given.headSha) return "head_moved";
  return exactly.policySet === given.policySet ? null : "rules_changed";
}
