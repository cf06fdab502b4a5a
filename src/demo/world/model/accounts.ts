export type AccountType = "User" | "Bot" | "Organization" | "Mannequin";

export interface Account {
  readonly id: number;
  login: string;
  readonly type: AccountType;
  name: string | null;
  /** Addresses that GitHub maps to this account, besides its noreply one. */
  readonly emails: string[];
  /** The account was deleted: whatever it did shows no author any more (a ghost). */
  removed: boolean;
}

/** `12345+ann@users.noreply.github.com`: what GitHub writes for somebody who keeps the address private. */
export const noreply = (account: Account): string => `${account.id}+${account.login}@users.noreply.github.com`;

/** A name and an address as git keeps them. */
export interface Signature {
  readonly name: string;
  readonly email: string;
}

export const signatureOf = (account: Account): Signature => ({
  name: account.name ?? account.login,
  email: account.emails[0] ?? noreply(account),
});
