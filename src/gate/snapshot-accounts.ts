// Who is who in one snapshot: logins and e-mail addresses mapped to numeric ids. Ids are the identity; a login is only
// a way to find them, and one login may lead to two ids (a rename and a newcomer): then both are meant.

import type { UserId } from "#kernel";
import { trailersOf } from "./coauthors.ts";
import type { Account, AccountType, Commit } from "./facts.ts";
import type { RestAccount, RestCommit } from "./snapshot-shapes.ts";

export interface Directory {
  /** Every account of the document known by this login. */
  readonly byLogin: (login: string) => readonly RestAccount[];
  readonly loginsOf: (id: UserId) => ReadonlySet<string>;
  /** The account's type: its own, else what the permissions say; null when nobody says. */
  readonly typeOf: (account: RestAccount) => AccountType | null;
}

/** `seen`: every account anywhere in the document, the permissions' entries first (their types are the checked ones). */
export function directory(seen: readonly RestAccount[]): Directory {
  const logins = new Map<UserId, Set<string>>();
  const accounts = new Map<string, Map<UserId, RestAccount>>();
  const types = new Map<UserId, AccountType>();
  for (const account of seen) {
    const login = account.login.toLowerCase();
    logins.set(account.id, (logins.get(account.id) ?? new Set()).add(login));
    const group = accounts.get(login) ?? new Map<UserId, RestAccount>();
    if (!group.has(account.id)) group.set(account.id, account);
    accounts.set(login, group);
    if (account.type !== undefined && !types.has(account.id)) types.set(account.id, accountType(account.type));
  }
  return {
    byLogin: (login) => [...(accounts.get(login.toLowerCase())?.values() ?? [])],
    loginsOf: (id) => logins.get(id) ?? new Set(),
    typeOf: (account) => (account.type === undefined ? (types.get(account.id) ?? null) : accountType(account.type)),
  };
}

/** A type that GitHub may add one day is not a human. */
export function accountType(type: string): AccountType {
  return type === "User" || type === "Bot" || type === "Organization" ? type : "Mannequin";
}

/** `otherwise`: the type to assume when nobody says, chosen by the caller so that it can only exclude. */
export function toAccount(account: RestAccount, who: Directory, otherwise: AccountType): Account {
  return { id: account.id, login: account.login, type: who.typeOf(account) ?? otherwise };
}

export function toCommits(commits: readonly RestCommit[], who: Directory): readonly Commit[] {
  const byEmail = emails(commits);
  return commits.map((c): Commit => {
    const coauthors = new Map<UserId, Account>();
    const unmapped: string[] = [];
    for (const trailer of trailersOf(c.commit.message)) {
      const found =
        trailer.kind === "id"
          ? [{ id: trailer.id, login: trailer.login }]
          : trailer.kind === "login"
            ? who.byLogin(trailer.login)
            : (byEmail.get(trailer.email) ?? []);
      if (found.length === 0) unmapped.push(trailer.text);
      for (const account of found) coauthors.set(account.id, toAccount(account, who, "User"));
    }
    return {
      sha: c.sha,
      author: c.author === null ? null : toAccount(c.author, who, "User"),
      committer: c.committer === null ? null : toAccount(c.committer, who, "User"),
      coauthors: [...coauthors.values()],
      unmappedCoauthors: unmapped,
    };
  });
}

/** Addresses that GitHub itself mapped to an account on some commit of this pull request. */
function emails(commits: readonly RestCommit[]): ReadonlyMap<string, readonly RestAccount[]> {
  const found = new Map<string, RestAccount[]>();
  for (const { author, committer, commit } of commits) {
    for (const [account, email] of [
      [author, commit.author?.email],
      [committer, commit.committer?.email],
    ] as const) {
      if (account === null || email === null || email === undefined || email === "") continue;
      const key = email.trim().toLowerCase();
      found.set(key, [...(found.get(key) ?? []), account]);
    }
  }
  return found;
}
