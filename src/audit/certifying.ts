// Certificates of erasure, and the key's holder: it signs a text that is one, of its own log, and one for each tenant.

import { CERTIFICATES, readCertificate } from "#verifier";

export interface Certifier {
  /** A signed note of this body. Rejects with `input_invalid` for anything but a certificate of this log. */
  certify(body: string): Promise<CertifyAnswer>;
}

export type CertifyAnswer =
  /** Asked twice, the same note, also after the key was changed. */
  | { readonly kind: "signed"; readonly note: string }
  /** Another one was signed for this tenant, and a tenant has one end. `last` is its note. */
  | { readonly kind: "signed_otherwise"; readonly last: string };

export type CertifyDecision =
  /** `memory`: where the holder keeps what it signed for this tenant. */
  | { readonly kind: "certificate"; readonly origin: string; readonly memory: string }
  | { readonly kind: "refused"; readonly why: string };

/** INVARIANT: the key signs no other text: what it says has one spelling, and its people's part says what its JSON says. */
export function decideCertificate(base: string, body: string): CertifyDecision {
  const read = readCertificate(body);
  if (read.kind === "malformed") return { kind: "refused", why: `${read.at}: ${read.why}` };
  if (read.origin !== `${base}${CERTIFICATES}`)
    return { kind: "refused", why: `It is of ${read.origin}, and this log is ${base}.` };
  return { kind: "certificate", origin: read.origin, memory: `${read.origin}/${read.certificate.tenant}` };
}
