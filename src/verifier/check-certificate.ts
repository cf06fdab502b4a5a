// Whether a certificate is what the platform's key signed: offline, with the key alone.

import { CERTIFICATES, readCertificate, type Certificate } from "./certificate.ts";
import { verifies, type VerifyEd25519 } from "./cosignature.ts";
import { parseNote, type NoteKey } from "./note.ts";
import type { Sha256 } from "./sha256.ts";

export type CheckedCertificate =
  | { readonly kind: "verified"; readonly origin: string; readonly certificate: Certificate }
  /** `at`: the place. `what`: a sentence. */
  | { readonly kind: "tampered"; readonly at: string; readonly what: string };

const LOGS = /\/(?:epochs|offboarding)$/;

/**
 * `text`: the file, whole. `key`: the log's verifier key as auditors pin it; certificates are signed with the same key under an
 * origin of their own.
 */
export async function checkCertificate(
  { sha256, verify }: { readonly sha256: Sha256; readonly verify: VerifyEd25519 },
  text: string,
  key: NoteKey,
): Promise<CheckedCertificate> {
  const tampered = (at: string, what: string): CheckedCertificate => ({ kind: "tampered", at, what });
  const note = parseNote(text);
  if (note.kind === "malformed") return tampered("the file", `It is no signed note: ${note.why}.`);
  const read = readCertificate(note.body);
  if (read.kind === "malformed") return tampered(read.at, read.why);
  const { origin, certificate } = read;
  const own = `${key.name.replace(LOGS, "")}${CERTIFICATES}`;
  if (origin !== own) return tampered("line 1", `It is of ${origin}, and the key that you gave signs for ${own}.`);
  const answer = await verifies(sha256, verify, note, { ...key, name: origin });
  if (answer.kind === "verified") return { kind: "verified", origin, certificate };
  return tampered(
    "the signature",
    "The key that you gave did not sign this text. Either it was changed after it was signed, together with its JSON, or the log's key was another one then.",
  );
}
