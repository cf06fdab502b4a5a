// Pull requests about which the ledger and GitHub differ, and those whose verdict time alone may have changed.

import type { Instant, PrNumber } from "#kernel";
import type { KnownPull } from "../ledger.ts";
import { limits } from "../limits.ts";
import type { OpenPull } from "./open.ts";

/** Pure: which pull requests need another look. */
export function drifted(live: readonly OpenPull[], ledger: readonly KnownPull[], now: Instant): readonly PrNumber[] {
  const known = new Map(ledger.map((pull) => [pull.number, pull]));
  const open = new Set(live.map((pull) => pull.number));
  const changed = live.filter((pull) => needsLook(pull, known.get(pull.number), now)).map((pull) => pull.number);
  const closed = ledger.filter((pull) => pull.state === "open" && !open.has(pull.number)).map((pull) => pull.number);
  return [...changed, ...closed];
}

function needsLook(live: OpenPull, known: KnownPull | undefined, now: Instant): boolean {
  if (known === undefined || known.decision === null || known.state !== "open" || known.verdictSha !== live.headSha)
    return true;
  if (known.baseRef !== live.baseRef || known.updatedMark !== live.updatedAt) return true;
  // An error may be over; a review may have ripened; permissions may have been taken away without an event that reached us.
  const age = known.evaluatedAt === null ? Infinity : now - known.evaluatedAt;
  switch (known.decision) {
    case "error":
      return age >= Math.min((known.evaluatedAt ?? now) - (known.decidedAt ?? now), limits.errorAge);
    case "pass":
      return age > limits.passAge || known.reasons.includes("too_fast");
    case "fail":
      return known.reasons.includes("too_fast");
  }
}
