// Who had a hand in the change, in this head or any earlier one, and who asked for it. None of them may approve it.

import type { UserId } from "#kernel";
import type { Account, Facts } from "./facts.ts";
import type { ReviewCode } from "./verdict.ts";

export type Part = "author" | "contributor" | "coauthor" | "pusher" | "requester";

export interface Involvement {
  readonly partsOf: (account: Account) => readonly (Part & ReviewCode)[];
  /** false: one more human is needed, because one of them may be who asked (C09). */
  readonly requesterKnown: boolean;
  /** Commits whose author or committer maps to no account: one more human is needed here too. */
  readonly unattributable: number;
}

const ORDER: readonly Part[] = ["author", "contributor", "coauthor", "pusher", "requester"];

export function involvement(facts: Facts): Involvement {
  const parts = new Map<UserId, Set<Part>>();
  const add = (account: Account | null, part: Part): void => {
    if (account === null) return;
    const known = parts.get(account.id);
    if (known === undefined) parts.set(account.id, new Set([part]));
    else known.add(part);
  };
  add(facts.pullRequest.author, "author");
  let unattributable = 0;
  for (const commit of facts.commits.items) {
    add(commit.author, "contributor");
    add(commit.committer, "contributor");
    for (const coauthor of commit.coauthors) add(coauthor, "coauthor");
    if (commit.author === null || commit.committer === null) unattributable++;
  }
  for (const contribution of facts.contributions.items) add(contribution.user, contribution.as);
  for (const sighting of facts.sightings.items) {
    // A payload that only names the head was sent by anybody (a reviewer, say); one with `before` was a push.
    const pushed =
      sighting.source === "activity" ||
      sighting.source === "force_push" ||
      (sighting.source === "payload" && sighting.before !== null);
    if (pushed) add(sighting.actor, "pusher");
  }
  const requester = requesters(facts);
  return {
    requesterKnown: requester.known,
    unattributable,
    partsOf: (account) => {
      const own = parts.get(account.id);
      return ORDER.filter((part) => own?.has(part) === true || (part === "requester" && requester.is(account)));
    },
  };
}

interface RequesterTest {
  readonly known: boolean;
  readonly is: (account: Account) => boolean;
}

/**
 * By id where one is known, by login otherwise. "Nobody asked" is believed of a human author only: an agent always works
 * for somebody, and naming the agent itself, or a service account, as the one who asked names nobody.
 */
function requesters(facts: Facts): RequesterTest {
  if (!facts.requesters.known) return { known: false, is: () => false };
  const people = facts.requesters.people;
  const ids = new Set(people.flatMap((p) => (p.id === null ? [] : [p.id])));
  const logins = new Set(people.flatMap((p) => (p.id === null ? [p.login.toLowerCase()] : [])));
  const humans = people.some((p) => !p.login.toLowerCase().endsWith("[bot]") && !isMachine(p.id, facts));
  return {
    known: humans || (people.length === 0 && authorIsHuman(facts)),
    is: (account) => ids.has(account.id) || logins.has(account.login.toLowerCase()),
  };
}

function isMachine(id: UserId | null, { people, pullRequest: { author } }: Facts): boolean {
  if (id === null) return false;
  if (author?.id === id && author.type !== "User") return true;
  const person = people.get(id);
  return person?.known === true && (person.value.serviceAccount || person.value.account.type !== "User");
}

function authorIsHuman({ pullRequest: { author }, people }: Facts): boolean {
  if (author?.type !== "User") return false;
  const person = people.get(author.id);
  return person === undefined || (person.known && !person.value.serviceAccount);
}
