// Cosignatures (c2sp.org/tlog-cosignature): a witness saw this checkpoint, at this time, and it extends what it saw before.

import { concat } from "./bytes.ts";
import { COSIGNATURE, ED25519, signaturesOf, type Note, type NoteKey } from "./note.ts";
import type { Sha256 } from "./sha256.ts";

/** Ed25519 (RFC 8032). Resolves to false for a key or signature of the wrong shape; never rejects for one. */
export type VerifyEd25519 = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>;

/** What a witness signs; `time` in seconds since the Unix epoch. */
export const cosignedMessage = (time: number, body: string): Uint8Array =>
  new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${body}`);

/** The signature field: the time in eight bytes, big-endian, and the 64 bytes of Ed25519. */
export function cosignatureBytes(time: number, signature: Uint8Array): Uint8Array {
  const stamp = new Uint8Array(8);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  return concat(stamp, signature);
}

export type Verified =
  | { readonly kind: "verified"; /** Seconds; only a cosignature has one. */ readonly time: number | null }
  | { readonly kind: "unverified" };

/** Whether the note carries a true signature of this key, of either type. Two that claim to be its are both looked at. */
export async function verifies(sha256: Sha256, verify: VerifyEd25519, note: Note, key: NoteKey): Promise<Verified> {
  for (const { signature } of signaturesOf(sha256, note, key)) {
    switch (key.type) {
      case ED25519:
        if (signature.length === 64 && (await verify(key.publicKey, new TextEncoder().encode(note.body), signature)))
          return { kind: "verified", time: null };
        break;
      case COSIGNATURE: {
        if (signature.length !== 72) break;
        const view = new DataView(signature.buffer, signature.byteOffset, 8);
        const time = Number(view.getBigUint64(0));
        if (
          Number.isSafeInteger(time) &&
          (await verify(key.publicKey, cosignedMessage(time, note.body), signature.subarray(8)))
        )
          return { kind: "verified", time };
        break;
      }
    }
  }
  return { kind: "unverified" };
}
