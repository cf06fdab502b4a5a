// Changing the log's key: the old key signs the new one in, in the log itself (audit.md, cases 6 and 28).

import { canonicalBytes } from "#verifier";

/** An event of the epoch's leaf. Verifiers that pinned `from` accept `to` through it and through nothing else. */
export interface KeyRotated {
  readonly kind: "key.rotated";
  /** Verifier keys (C2SP vkey) of the epoch log. */
  readonly from: string;
  readonly to: string;
  /** Base64 of Ed25519 over `rotationBytes`. */
  readonly byOld: string;
  readonly byNew: string;
}

/** What both keys sign. The epoch's number keeps the statement from being shown again for another place in the log. */
export const rotationBytes = (rotation: {
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
}): Uint8Array => canonicalBytes({ rotate: { from: rotation.from, to: rotation.to, epoch: rotation.epoch } });

export interface KeyRotation {
  /** Makes the next key; it is used once an epoch has announced it. Asked twice, the same answer. */
  rotate(): Promise<{ readonly from: string; readonly to: string }>;
  /** The event that the leaf of this epoch must carry; null when no rotation is under way. */
  rotation(epoch: number): Promise<KeyRotated | null>;
}
