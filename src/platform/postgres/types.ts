import type { Sql } from "sql-template-tag";
import type { z } from "zod";
import type { InstallationId, Instant, TenantId } from "#kernel";
import type { claim, operatorTx, platformTx, roleTx, tenantTx } from "./capability.ts";

/** Statements inside one explicit transaction. Every row is parsed on its way in. */
export interface Statements {
  many<T>(sql: Sql, row: z.ZodType<T>): Promise<readonly T[]>;
  /** Zero or one row; two are a bug and throw. */
  maybe<T>(sql: Sql, row: z.ZodType<T>): Promise<T | null>;
  one<T>(sql: Sql, row: z.ZodType<T>): Promise<T>;
  /** Rows affected. */
  run(sql: Sql): Promise<number>;
}

/** A transaction in which row-level security shows this tenant's rows and no others. Comes only from `withTenant`. */
export interface TenantTx extends Statements {
  readonly [tenantTx]: true;
  readonly tenantId: TenantId;
  /** Nobody waits for its answer: it goes with the next statement, at the latest with COMMIT, which fails where it did. */
  later(sql: Sql): void;
  /** The same, for an UPDATE of one row: where it finds none, the transaction fails (`isMoved`), and nothing of it is written. */
  demand(update: Sql): void;
  /** By the database's clock, carried on by a monotonic one since it was last heard, a second ago at most. null: not asked for yet. */
  now(): Instant | null;
  /** Whether the database has accepted the claim: until then nothing was asked of it. */
  entered(): boolean;
  /** From 0 on, each once in the transaction: for ids that keep an order. */
  nth(): number;
}

/** A transaction without a tenant: tables and look-up functions that hold no tenant's data. Sees zero tenant rows. */
export interface PlatformTx extends Statements {
  readonly [platformTx]: true;
}

/**
 * A transaction as the operator's role: may onboard a tenant and bind an installation, which the app's own role may not.
 * Comes only from `withOperator`, which needs the administrator's URL.
 */
export interface OperatorTx extends Statements {
  readonly [operatorTx]: true;
  /** From here on the same transaction also sees this tenant's rows, so that the act and its audit entry are one commit. */
  enter(tenant: { readonly tenantId: TenantId; readonly epoch: number; readonly expiresAt: number }): Promise<TenantTx>;
}

/** Roles that see every tenant's hashes, each with a login of its own: what one may do, another may not. */
export type ServiceRole = "sequencer" | "verifier" | "auditor";

/** A transaction with exactly the rights of `countersign_<role>`. Comes only from `createRoleDatabase`. */
export interface RoleTx<Role extends ServiceRole> extends Statements {
  readonly [roleTx]: Role;
}

export interface RoleDatabase<Role extends ServiceRole> {
  /** Commits when `fn` resolves, rolls back when it rejects. */
  transaction<T>(fn: (tx: RoleTx<Role>) => Promise<T>): Promise<T>;
  /** Takes the name for as long as one connection lives; null while somebody else has it. Needs a session of its own: no transaction pooler. */
  hold(name: string): Promise<Hold | null>;
  close(): Promise<void>;
}

export interface Hold {
  /** Resolves when the name was lost, because its connection broke. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** `v2.<tenant>.<epoch>.<exp>.<hmac>`: short-lived, signed, checked inside the database (tenancy.md 2.1). */
export interface TenantClaim {
  readonly [claim]: true;
  readonly tenantId: TenantId;
  readonly text: string;
}

export interface Database {
  /** The only door to tenant rows. Commits when `fn` resolves, rolls back when it rejects. */
  withTenant<T>(claim: TenantClaim, fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  /**
   * The same, opened with `fn`'s first statement in one round trip. Where the claim is not accepted, that statement fails with
   * `tenant_inactive`: until one was answered, `fn` does nothing in the world.
   */
  atOnce<T>(claim: TenantClaim, fn: (tx: TenantTx) => Promise<T>): Promise<T>;
  withPlatform<T>(fn: (tx: PlatformTx) => Promise<T>): Promise<T>;
  /** One statement as a transaction of its own, in one round trip. Sees zero tenant rows, unless a function it calls sets a signed claim. */
  platformStatement<T>(sql: Sql, row: z.ZodType<T>): Promise<readonly T[]>;
  /** The claims of a batch under one signature, for `app.tids()` (decision 0016). */
  batchClaim(claims: readonly TenantClaim[]): string;
  /** The claim of an active tenant, or null: unknown and not active look the same. For a job row's tenant id. */
  claimFor(tenant: TenantId): Promise<TenantClaim | null>;
  /** The same, from a verified webhook's installation id. */
  claimForInstallation(installation: InstallationId): Promise<TenantClaim | null>;
  /** Resolves when the pool is drained. */
  close(): Promise<void>;
}
