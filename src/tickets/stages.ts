// Waiting on a client: a nudge at 24 hours, a nudge with the deadline at 72, closed at seven days. Elapsed hours, not hours of work.

import { instantOfMillis, type Instant } from "#kernel";
import type { Next, Wait } from "./types.ts";

const HOUR = 3_600_000;
export const STAGES = {
  nudge_24h: 24 * HOUR,
  nudge_72h: 72 * HOUR,
  close: 7 * 24 * HOUR,
  /** Between a notice and what follows it, however late the notice was: nobody is nudged twice, or closed, in the night after an outage. */
  breath: 24 * HOUR,
} as const;

/** Which notices of this wait were claimed; a notice is claimed once, and delivered some time later, or never. */
export type Claimed = "nothing" | "nudge_24h" | "nudge_72h";

/**
 * What happens next, and when. INVARIANT: closing is never due before the warning was delivered, nor before the instant that it names,
 * nor within a day of it.
 */
export function nextOf(wait: Wait, claimed: Claimed, claimedAt: Instant): Next {
  switch (claimed) {
    case "nothing":
      return { action: "nudge_24h", at: instantOfMillis(wait.startedAt + STAGES.nudge_24h) };
    case "nudge_24h":
      return {
        action: "nudge_72h",
        at: instantOfMillis(Math.max(wait.startedAt + STAGES.nudge_72h, claimedAt + STAGES.breath)),
      };
    case "nudge_72h":
      return { action: "close", at: wait.warnedAt === null ? null : closeAt(wait, wait.warnedAt) };
  }
}

/** The instant that the warning names, when it is composed at `now`: what it promises is kept, also where it is delivered late. */
export const deadlineOf = (wait: Pick<Wait, "startedAt">, now: Instant): Instant =>
  upToTheMinute(Math.max(wait.startedAt + STAGES.close, now + STAGES.breath));

export const closeAt = ({ startedAt, deadline }: Wait, warnedAt: Instant): Instant =>
  instantOfMillis(Math.max(startedAt + STAGES.close, deadline ?? 0, warnedAt + STAGES.breath));

const upToTheMinute = (at: number): Instant => instantOfMillis(Math.ceil(at / 60_000) * 60_000);
