// A tenant's people: who may look, decide, stop and manage.

import type { PersonId, TenantId, UserId } from "#kernel";

/** Closed, and each says one thing; nobody has what is not named. Who manages is not thereby one who may approve. */
export const ROLES = ["viewer", "approver", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  readonly tenant: TenantId;
  readonly person: PersonId;
  /** GitHub's number for the account. A login name is never an identity: it can be given up and taken by somebody else. */
  readonly github: UserId | null;
  /** As GitHub last told it; shown, never compared. */
  readonly login: string;
  /** In the order of ROLES, each once. Nobody without one. */
  readonly roles: readonly Role[];
}

export const orderedRoles = (given: readonly Role[]): readonly Role[] => ROLES.filter((role) => given.includes(role));

const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98})$/;
/** A person's account name at GitHub, a managed user's too. An App's `name[bot]` is nobody's. */
export const isLogin = (text: string): boolean => LOGIN.test(text);
