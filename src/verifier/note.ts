// Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines. Parsing never throws.

import { base64, concat, equal, fromBase64, fromHex, hex } from "./bytes.ts";
import type { Sha256 } from "./sha256.ts";

/** A note larger or with more signatures than any honest one is not read at all (audit.md, case 61). */
export const noteLimits = { bytes: 1_000_000, signatures: 100 } as const;

/** Signature types: Ed25519 over the text, and a witness's timestamped cosignature (c2sp.org/tlog-cosignature). */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export type KeyType = typeof ED25519 | typeof COSIGNATURE;

export interface NoteSignature {
  readonly name: string;
  /** Four bytes. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  readonly kind: "note";
  /** What is signed: everything up to the empty line, with its last newline. */
  readonly body: string;
  readonly signatures: readonly NoteSignature[];
}
export type ParsedNote = Note | { readonly kind: "malformed"; readonly why: string };

const malformed = (why: string): ParsedNote => ({ kind: "malformed", why });

export function parseNote(text: string): ParsedNote {
  if (text.length > noteLimits.bytes) return malformed("it is larger than any note");
  if (!text.isWellFormed()) return malformed("it is not UTF-8");
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) return malformed("it has a control character");
  const end = text.lastIndexOf("\n\n");
  if (end < 0) return malformed("no empty line parts text and signatures");
  const body = text.slice(0, end + 1);
  const rest = text.slice(end + 2);
  if (rest === "" || !rest.endsWith("\n")) return malformed("it does not end with a signature line");
  const lines = rest.slice(0, -1).split("\n");
  if (lines.length > noteLimits.signatures) return malformed(`it has more than ${noteLimits.signatures} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === null) return malformed("a signature line is not one");
    signatures.push(signature);
  }
  return { kind: "note", body, signatures };
}

/** One line without its newline; null when it is none. */
export function parseSignatureLine(line: string): NoteSignature | null {
  const match = /^— ([^ ]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
  const [, name = "", encoded = ""] = match ?? [];
  const bytes = fromBase64(encoded);
  if (match === null || !isKeyName(name) || bytes === null || bytes.length < 5) return null;
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/** Non-empty, without white space and plus signs. */
export const isKeyName = (name: string): boolean => name !== "" && name.isWellFormed() && !/[\s+]/u.test(name);

export const formatNote = (body: string, signatureLines: readonly string[]): string =>
  `${body}\n${signatureLines.map((line) => `${line}\n`).join("")}`;

export const signatureLine = (name: string, keyId: Uint8Array, signature: Uint8Array): string =>
  `— ${name} ${base64(concat(keyId, signature))}`;

/** A public key with the name it signs under. */
export interface NoteKey {
  readonly name: string;
  readonly type: KeyType;
  /** 32 bytes of Ed25519. */
  readonly publicKey: Uint8Array;
}

export function keyId(sha256: Sha256, key: NoteKey): Uint8Array {
  const named = new TextEncoder().encode(`${key.name}\n`);
  return sha256(concat(named, Uint8Array.of(key.type), key.publicKey)).subarray(0, 4);
}

/** `<name>+<key id>+<base64 of type and key>`: what an auditor pins. */
export const formatVkey = (sha256: Sha256, key: NoteKey): string =>
  `${key.name}+${hex(keyId(sha256, key))}+${base64(concat(Uint8Array.of(key.type), key.publicKey))}`;

/** null when it is no verifier key, its id is not that of its key, or its type is unknown. */
export function parseVkey(sha256: Sha256, text: string): NoteKey | null {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text);
  const [, name = "", id = "", encoded = ""] = match ?? [];
  const bytes = fromBase64(encoded);
  const idBytes = fromHex(id);
  if (match === null || !isKeyName(name) || bytes === null || bytes.length !== 33 || idBytes === null) return null;
  const type = bytes[0];
  if (type !== ED25519 && type !== COSIGNATURE) return null;
  const key: NoteKey = { name, type, publicKey: bytes.subarray(1) };
  return equal(keyId(sha256, key), idBytes) ? key : null;
}

/** The signatures that claim to be this key's; whether they are is for `verifies` to say. */
export function signaturesOf(sha256: Sha256, note: Note, key: NoteKey): readonly NoteSignature[] {
  const id = keyId(sha256, key);
  return note.signatures.filter((signature) => signature.name === key.name && equal(signature.keyId, id));
}
