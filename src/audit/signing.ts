// What the key's holder decides about each head it is asked to sign: pure, so that every way to be fooled is a line of a table.

import { equal, emptyRoot, verifyConsistency, type Hash, type Sha256 } from "#verifier";
import type { HeadToSign } from "./signer.ts";

/** What was signed last for an origin. */
export interface SignedHead {
  readonly note: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Hash;
}

export type HeadDecision =
  | { readonly kind: "sign" }
  /** The very head that was signed last: an answer that was lost on its way is given again. */
  | { readonly kind: "repeat"; readonly note: string }
  | { readonly kind: "behind"; readonly last: string }
  | { readonly kind: "inconsistent"; readonly last: string };

/**
 * INVARIANT: never "sign" for a head that does not extend the last one, whoever asks and whatever the database says
 * (c2sp.org/tlog-checkpoint, "Signatures"). For an origin that was never signed only a proof from the empty tree counts.
 */
export function decideHead(sha256: Sha256, last: SignedHead | null, head: HeadToSign): HeadDecision {
  const old = last ?? { note: "", size: 0, root: emptyRoot(sha256) };
  if (last !== null && head.size === last.size && equal(head.root, last.root))
    return { kind: "repeat", note: last.note };
  if (last !== null && head.size === last.size) return { kind: "inconsistent", last: last.note };
  if (head.from !== old.size) return { kind: last === null ? "inconsistent" : "behind", last: old.note };
  return verifyConsistency(sha256, { old, size: head.size, root: head.root, proof: head.proof })
    ? { kind: "sign" }
    : { kind: "inconsistent", last: old.note };
}
