import type { TenantId } from "#kernel";

/** Closed: what a data key may be for (tenancy.md 2.2). `audit` has one each month, `pii` one for each person. */
export const PURPOSES = ["env", "column", "audit", "packet", "evidence", "pii", "webhook"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** `decrypt_only` opens what it sealed and seals nothing more; `destroyed` is final, and the wrapped bytes are gone. */
export const DEK_STATES = ["active", "decrypt_only", "destroyed"] as const;
export type DekState = (typeof DEK_STATES)[number];

export type KekState = "none" | "active" | "disabled" | "destroyed";

/** Which data key: of one purpose, and for `audit` of one month, for `pii` of one person. */
export type DekUse =
  | { readonly purpose: "audit"; readonly month: Month }
  | { readonly purpose: "pii"; readonly subject: string }
  | { readonly purpose: Exclude<Purpose, "audit" | "pii"> };

/** `YYYY-MM`, UTC. */
export type Month = `${number}-${number}`;

/** A data key, unwrapped. It stays in this process's memory and is written nowhere. */
export interface Dek {
  readonly id: string;
  readonly key: Uint8Array;
}

export type Unwrapped =
  | { readonly kind: "key"; readonly bytes: Uint8Array }
  /** The tenant's key was destroyed: nothing that it wrapped opens any more, on purpose. */
  | { readonly kind: "destroyed" }
  /** Not what this key wrapped for this context: altered, or moved from somewhere else. */
  | { readonly kind: "damaged" };

export type Rewrapped =
  | { readonly kind: "rewrapped"; readonly bytes: Uint8Array }
  /** It is under the newest version already. */
  | { readonly kind: "current" }
  | { readonly kind: "destroyed" }
  | { readonly kind: "damaged" };

/**
 * Where tenant keys (KEKs) live. They never enter the database nor its backups, so that destroying one here ends every copy
 * of what it wrapped. A door: the file root key is its first implementation; a KMS or HSM is another.
 * INVARIANT: what cannot be reached, and a key that is disabled, throws `keys_unavailable`: never a guess, never plain text.
 */
export interface Kms {
  /**
   * Opens the root. `known` is the fingerprint that the database remembers, null for a database without keys: only then may
   * a root be made. Gives the root's fingerprint.
   */
  open(known: string | null): Promise<string>;
  /** Makes the tenant's KEK where there is none. One that was destroyed is never made again: Fault. */
  create(tenant: TenantId): Promise<void>;
  /** `context` is bound to the result: it unwraps under the same tenant and context only. */
  wrap(tenant: TenantId, key: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  unwrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Unwrapped>;
  /**
   * Makes the versions of the KEK up to `to` that there are not: from then on it wraps under the newest, and unwraps under all.
   * Again with the same number: nothing more happens. Not to be called twice at the same moment for one tenant.
   */
  rotate(tenant: TenantId, to: number): Promise<void>;
  /** The same key under the newest version. */
  rewrap(tenant: TenantId, wrapped: Uint8Array, context: Uint8Array): Promise<Rewrapped>;
  /** Final: what these versions wrapped is `destroyed`. Never the newest one, whatever `upTo` says. */
  endVersions(tenant: TenantId, upTo: number): Promise<void>;
  disable(tenant: TenantId): Promise<void>;
  enable(tenant: TenantId): Promise<void>;
  /** Final. Again: nothing more happens. */
  destroy(tenant: TenantId): Promise<void>;
  /** Days in which the store's own administrators could call back what was destroyed, though it opens nothing; absent: none. A certificate says it. */
  readonly recallDays?: number;
  state(tenant: TenantId): Promise<KekState>;
  /** Every tenant that has a key, usable or disabled; of one that was destroyed none is left to list. */
  list(): Promise<readonly TenantId[]>;
}
