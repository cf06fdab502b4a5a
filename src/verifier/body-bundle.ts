// The bodies of a group of entries as bytes (docs/audit-format.md). One record after the other, and nothing between or behind them:
// id (16) | part (1) | length of the key id (1; 0: unsealed) | key id | length of the nonce (1) | length of ct (4, big-endian) | nonce | ct

import { concat, equal, fromHex, hex } from "./bytes.ts";
import type { SealedPart } from "./source.ts";

const ID = 16;
const NO_KEY = new Uint8Array(0);
const encoder = new TextEncoder();

/** In the order given. Throws RangeError for a part that the format has no room for. */
export function bundleParts(parts: readonly SealedPart[]): Uint8Array {
  return concat(
    ...parts.flatMap(({ id, part, nonce, keyId, ct }) => {
      const key = keyId === null ? NO_KEY : encoder.encode(keyId);
      const name = fromHex(id.replaceAll("-", ""));
      if (
        name?.length !== ID ||
        part > 255 ||
        key.length > 255 ||
        (keyId !== null && key.length === 0) ||
        nonce.length > 255
      )
        throw new RangeError(`part ${part} of ${id} has no place in a bundle`);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, ct.length);
      return [name, Uint8Array.of(part, key.length), key, Uint8Array.of(nonce.length), length, nonce, ct];
    }),
  );
}

/** null when the bytes are anything else than whole records. The parts are views of `bytes`. */
export function unbundleParts(bytes: Uint8Array): readonly SealedPart[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: SealedPart[] = [];
  // Entries of one month share their key: its text is made once.
  let key: { readonly bytes: Uint8Array; readonly text: string } = { bytes: NO_KEY, text: "" };
  for (let at = 0; at < bytes.length;) {
    if (at + ID + 2 > bytes.length) return null;
    const id = uuidText(bytes.subarray(at, at + ID));
    const part = view.getUint8(at + ID);
    const keyAt = at + ID + 2;
    const nonceLengthAt = keyAt + view.getUint8(at + ID + 1);
    if (nonceLengthAt + 5 > bytes.length) return null;
    const keyBytes = bytes.subarray(keyAt, nonceLengthAt);
    if (!equal(keyBytes, key.bytes)) {
      const text = textOf(keyBytes);
      if (text === null) return null;
      key = { bytes: keyBytes, text };
    }
    const nonceAt = nonceLengthAt + 5;
    const ctAt = nonceAt + view.getUint8(nonceLengthAt);
    const end = ctAt + view.getUint32(nonceLengthAt + 1);
    if (end > bytes.length) return null;
    const keyId = keyBytes.length === 0 ? null : key.text;
    parts.push({ id, part, keyId, nonce: bytes.subarray(nonceAt, ctAt), ct: bytes.subarray(ctAt, end) });
    at = end;
  }
  return parts;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function uuidText(bytes: Uint8Array): string {
  const text = hex(bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
