// A passkey over one answer: what its signature is of.

import type { ApprovalId, Digest, PersonId, TenantId } from "#kernel";
import { canonicalBytes, hex, sha256 } from "#verifier";

/** Exactly this answer of this person to exactly this. */
export interface Confirmation {
  readonly person: PersonId;
  readonly approval: ApprovalId;
  readonly digest: Digest;
  readonly answer: "approve" | "reject";
}

/**
 * INVARIANT: the authenticator signs a hash of what is confirmed, which the server computes anew from its own rows: a signature over one
 * approval, digest or answer is none over another, whatever the page showed or sent.
 */
export const confirmationChallenge = (
  tenant: TenantId,
  { person, approval, digest, answer }: Confirmation,
  nonce: Uint8Array,
): Uint8Array =>
  sha256(
    canonicalBytes({
      v: 1,
      purpose: "countersign/step-up",
      tenant,
      person,
      approval,
      digest,
      answer,
      nonce: hex(nonce),
    }),
  );
