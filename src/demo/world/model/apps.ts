import type { KeyObject } from "node:crypto";

export type Level = "read" | "write" | "admin";
export type Permissions = Readonly<Record<string, Level>>;

/** A GitHub App. The one under test has a key; the others only act. */
export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly ownerId: number;
  readonly botId: number;
  publicKey: KeyObject | null;
  permissions: Permissions;
  events: readonly string[];
  readonly createdAt: number;
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number;
  /** null: all repositories of the account. */
  repositoryIds: Set<number> | null;
  permissions: Permissions;
  events: readonly string[];
  readonly createdAt: number;
  suspended: { readonly by: number; readonly at: number } | null;
  deleted: boolean;
}

export interface Token {
  readonly text: string;
  readonly installationId: number;
  readonly permissions: Permissions;
  /** null: all repositories of the installation. */
  readonly repositoryIds: readonly number[] | null;
  /** By the wall clock: tokens are checked where they are used. */
  readonly expiresAt: number;
  revoked: boolean;
}
