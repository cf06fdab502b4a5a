// Permissions, teams, service accounts and requesters of a snapshot.

import { incomplete, known, teamName, unknown } from "#kernel";
import type { Known, List, TeamName, UserId } from "#kernel";
import type { Person, Requesters, Review } from "./facts.ts";
import { accountType, toAccount } from "./snapshot-accounts.ts";
import type { Directory } from "./snapshot-accounts.ts";
import { mapped } from "./snapshot-document.ts";
import { firstProblem, person } from "./snapshot-shapes.ts";
import type { RestAccount, RestReview } from "./snapshot-shapes.ts";

export interface Permissions {
  readonly entries: readonly (readonly [login: string, value: unknown])[];
  readonly serviceAccounts: ReadonlySet<string>;
}

/** The accounts that the permissions name, for the directory. An entry without an id names nobody. */
export function accountsOf(permissions: Permissions): readonly RestAccount[] {
  return permissions.entries.flatMap(([login, value]) => {
    const parsed = person.pick({ id: true, type: true }).safeParse(value);
    return parsed.success ? [{ id: parsed.data.id, login, type: parsed.data.type }] : [];
  });
}

/** By id: a login that belongs to somebody else by now says nothing about the person who had it. */
export function toPeople(permissions: Permissions, who: Directory): ReadonlyMap<UserId, Known<Person>> {
  const people = new Map<UserId, Known<Person>>();
  for (const [login, value] of permissions.entries) {
    const id = person.pick({ id: true }).safeParse(value);
    if (!id.success) continue;
    const found = toPerson(login, value, permissions.serviceAccounts, who);
    const before = people.get(id.data.id);
    people.set(
      id.data.id,
      before === undefined || same(before, found)
        ? found
        : unknown(`permissions give user ${id.data.id} twice, and differ`),
    );
  }
  return people;
}

function toPerson(login: string, value: unknown, serviceAccounts: ReadonlySet<string>, who: Directory): Known<Person> {
  const parsed = person.safeParse(value);
  if (!parsed.success) return unknown(`permissions.${login}: ${firstProblem(parsed.error)}`);
  const { id, type, permission, outside } = parsed.data;
  const teams: TeamName[] = [];
  for (const name of parsed.data.teams) {
    const team = teamName(name);
    if (team === null) return unknown(`permissions.${login}: "${name}" is not a team`);
    teams.push(team);
  }
  const logins = [login.toLowerCase(), ...who.loginsOf(id)];
  return known({
    account: { id, login, type: accountType(type) },
    permission,
    outsideCollaborator: outside,
    teams,
    serviceAccount: logins.some((l) => serviceAccounts.has(l)),
  });
}

function same(a: Known<Person>, b: Known<Person>): boolean {
  const plain = (p: Known<Person>): string =>
    JSON.stringify(
      p.known
        ? { ...p.value, account: [p.value.account.id, p.value.account.type], teams: p.value.teams.toSorted() }
        : p.why,
    );
  return plain(a) === plain(b);
}

/**
 * One entry for each account a login may mean, or the login alone when the document does not know it. That nobody asked
 * is not believed of a service account, which the permissions need not list.
 */
export function toRequesters(
  logins: readonly string[] | null,
  author: RestAccount | null,
  permissions: Permissions,
  who: Directory,
): Requesters {
  if (logins === null) return { known: false };
  const authors = author === null ? [] : [author.login.toLowerCase(), ...who.loginsOf(author.id)];
  if (logins.length === 0 && authors.some((login) => permissions.serviceAccounts.has(login))) return { known: false };
  const people = logins.flatMap((login): readonly { readonly id: UserId | null; readonly login: string }[] => {
    const found = who.byLogin(login);
    return found.length === 0 ? [{ id: null, login }] : found.map((account) => ({ id: account.id, login }));
  });
  return { known: true, people };
}

/** The same review twice is one; two different ones under one id cannot both be true. */
export function toReviews(list: List<RestReview>, who: Directory): List<Review> {
  const reviews = new Map<number, Review>();
  for (const rest of list.items) {
    const author = rest.user === null ? null : toAccount(rest.user, who, "Mannequin");
    const review: Review = {
      id: rest.id,
      author,
      state: rest.state,
      commitSha: rest.commit_id,
      submittedAt: rest.submitted_at,
      editedBy: null,
    };
    const before = reviews.get(rest.id);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(review)) {
      return incomplete(`review ${rest.id} is listed twice, and differs`, [...reviews.values()]);
    }
    reviews.set(rest.id, review);
  }
  return mapped(list, [...reviews.values()]);
}

/** A reviewer whose type nobody says: whether this is a human cannot be known, so neither a yes nor a veto can be judged. */
export function reviewerOfUnknownType(list: List<RestReview>, who: Directory): string | null {
  const review = list.items.find((r) => r.user !== null && who.typeOf(r.user) === null);
  return review === undefined ? null : `reviews: the account type of review ${review.id}'s author is absent`;
}
