// Who had a hand in the change, as far as this read shows, beside what the ledger already knows.

import type { List } from "#kernel";
import type { Account, Commit, Contribution, HeadSighting, PullRequest } from "../facts.ts";

export function contributionsOf(
  request: PullRequest,
  commits: List<Commit>,
  sightings: List<HeadSighting>,
): readonly Contribution[] {
  const found: Contribution[] = [];
  const add = (user: Account | null, as: Contribution["as"]): void => {
    if (user !== null) found.push({ user, as });
  };
  add(request.author, "author");
  for (const commit of commits.items) {
    add(commit.author, "contributor");
    add(commit.committer, "contributor");
    for (const coauthor of commit.coauthors) add(coauthor, "coauthor");
  }
  // A payload without `before` only names the head; whoever caused it pushed nothing.
  for (const sighting of sightings.items)
    if (sighting.source !== "payload" || sighting.before !== null) add(sighting.actor, "pusher");
  return found;
}

/** INVARIANT: nobody who ever had a hand in it drops out, whatever a force-push removed since. */
export function union(before: readonly Contribution[], now: readonly Contribution[]): readonly Contribution[] {
  return [...new Map([...now, ...before].map((c) => [`${c.user.id}:${c.as}`, c])).values()];
}
