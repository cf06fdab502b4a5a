// What can be asked of the log's trees and what is answered. The reading is in io/proofs.ts, the checking in #verifier.

import type { TenantId } from "#kernel";
import type { Hash } from "#verifier";

/** A tenant's own log (PLATFORM_LOG is one of them), or the public log of epochs. */
export type LogName = { readonly kind: "tenant"; readonly tenantId: TenantId } | { readonly kind: "epochs" };
export const EPOCHS: LogName = { kind: "epochs" };
export const logOf = (tenantId: TenantId): LogName => ({ kind: "tenant", tenantId });

/** `<base>/epochs` or `<base>/t/<tenant id>`: what a checkpoint calls its log. */
export const originOf = (base: string, log: LogName): string =>
  log.kind === "epochs" ? `${base}/epochs` : `${base}/t/${log.tenantId}`;

/** A signed head as it is kept. */
export interface StoredCheckpoint {
  readonly epoch: number;
  readonly size: number;
  /** The signed note, with the log's signature only. */
  readonly note: string;
}

/** A leaf under a head. */
export interface Inclusion {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/**
 * The way from one entry to the public checkpoint: the entry in its tenant's tree, that tree's head in the slot tree of an
 * epoch, the epoch in the epoch log, the signed head of that.
 */
export interface EntryProof {
  readonly entry: Inclusion;
  /** The tenant's own checkpoint of the same size, signed in the epoch in which its head moved last. */
  readonly tenantCheckpoint: StoredCheckpoint;
  readonly slot: Inclusion;
  readonly epoch: Inclusion;
  readonly checkpoint: StoredCheckpoint;
}

export type EntryProofAnswer =
  | ({ readonly kind: "proven" } & EntryProof)
  /** Durable, and its place is not in a signed head yet: ask again after the next epoch. `index` is null before sequencing. */
  | { readonly kind: "pending"; readonly index: number | null }
  | { readonly kind: "no_such_entry" };
