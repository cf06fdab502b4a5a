// When the head became the head. Only server-observed times: commit dates are the committer's to choose.

import type { CommitSha, Instant } from "#kernel";
import type { HeadSighting } from "./facts.ts";

/**
 * The earliest server evidence that `head` became the head after the last different one; null when there is none.
 *
 * INVARIANT: a commit that was head before, was replaced and came back, starts anew: whoever approved it the first time
 * has not seen it come back.
 */
export function becameHeadAt(sightings: readonly HeadSighting[], head: CommitSha): Instant | null {
  const relevant = sightings.filter((s) => s.source !== "opened" || s.after !== null);
  if (relevant.some((s) => !Number.isFinite(s.at))) return null;
  const since = relevant.reduce((latest, s) => (changes(s, head) && s.at > latest ? s.at : latest), -Infinity);
  const leftThen = relevant.some((s) => s.at === since && s.after !== null && s.after !== head);
  let earliest: Instant | null = null;
  for (const s of relevant) {
    if (!arrives(s, head) || s.at < since) continue;
    // Within one second the order is not known: a mere naming of the head may be from before it was replaced.
    if (s.at === since && leftThen && !replaces(s, head)) continue;
    if (earliest === null || s.at < earliest) earliest = s.at;
  }
  return earliest;
}

/** The head was, or may have been, something else up to this moment. */
function changes(s: HeadSighting, head: CommitSha): boolean {
  return s.after !== head || (s.before !== null && s.before !== head);
}

/** Of a force-push on the REST timeline only the time is known; it made the head when nothing later says otherwise. */
function arrives(s: HeadSighting, head: CommitSha): boolean {
  return s.after === head || (s.source === "force_push" && s.before === null && s.after === null);
}

function replaces(s: HeadSighting, head: CommitSha): boolean {
  return s.after === head && s.before !== null && s.before !== head;
}
