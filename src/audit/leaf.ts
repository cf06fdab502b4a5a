import type { EntryId, Instant, Json, TenantId } from "#kernel";
import { iso } from "#kernel";
import { canonicalBytes } from "#verifier";
import type { EntryKind, NewEntry, Outcome } from "./types.ts";

/** What the leaf commits to: the hash of nonce and bytes, so that nothing can be guessed from it once the body is erased. */
export interface BodyCommitment {
  /** SHA-256, lower-case hexadecimal. */
  readonly h: string;
  /** Bytes. */
  readonly len: number;
}

export interface LeafFacts {
  readonly id: EntryId;
  readonly log: TenantId;
  readonly ts: Instant;
  readonly kind: EntryKind;
  readonly outcome: Outcome;
  readonly intent?: EntryId;
  readonly body: BodyCommitment;
}

/**
 * The committed half of an entry. INVARIANT: no login, e-mail, repository, branch, title or free text stands in it, since
 * leaves outlive the erasure of a tenant; who, what and why are in the body.
 */
export function leafBytes(leaf: LeafFacts): Uint8Array {
  return canonicalBytes({
    v: 1,
    id: leaf.id,
    log: leaf.log,
    ts: iso(leaf.ts),
    kind: leaf.kind,
    outcome: leaf.outcome,
    ...(leaf.intent === undefined ? {} : { intent: leaf.intent }),
    body: [{ h: leaf.body.h, len: leaf.body.len }],
  });
}

/** The erasable half. Observer, initiator, target, action and outcome are always there (OCSF). */
export function bodyBytes(entry: NewEntry): Uint8Array {
  const body: Json = {
    observer: { ...entry.observer },
    initiator: { ...entry.initiator },
    target: { ...entry.target },
    requestId: entry.requestId,
    payload: entry.body,
  };
  return canonicalBytes(body);
}
