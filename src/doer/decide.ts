// Whether a packet is executed: total, pure, closed by default. Everything it asks about was read a moment before, in the transaction
// that consumes the nonce.

import type { Digest, Instant } from "#kernel";
import { PACKET_MS, type Packet } from "#gateway";

/** How the packet's key stands in its own tenant's table. A key of another tenant's is `unknown`: it is looked for nowhere else. */
export type KeyFact =
  | { readonly kind: "believed" }
  | { readonly kind: "retired" }
  | { readonly kind: "revoked" }
  | { readonly kind: "unknown" };

export type IntentFact =
  /** `call.execute`, `intent`, about this call and all that was decided about it. */
  { readonly kind: "matches" } | { readonly kind: "missing" } | { readonly kind: "of something else" };

export type ApprovalFact =
  | { readonly kind: "none" }
  /** Asked anew a moment ago: enough people, still approvers, for this call. `digest`: of the arguments that they said yes to. */
  | { readonly kind: "stands"; readonly digest: Digest }
  | { readonly kind: "does not stand"; readonly why: string };

export interface PacketFacts {
  readonly packet: Packet;
  /** Beside the packet, as it was sent. */
  readonly kid: string;
  readonly key: KeyFact;
  /** Ed25519 over these very bytes, under that key. */
  readonly signed: boolean;
  /** Whichever clock has gone furthest: the database's, and this machine's since it first asked it. */
  readonly now: Instant;
  /** Of the arguments, computed here. */
  readonly argsHash: Digest;
  /** Compiled into this program. */
  readonly floor: string;
  /** The tool's own schema, and that parsing changes nothing of what was signed. */
  readonly fits: boolean;
  /** This program can execute the tool. */
  readonly able: boolean;
  readonly intent: IntentFact;
  /** The sentence of the kill switch; null: nothing is stopped. */
  readonly killed: string | null;
  readonly approval: ApprovalFact;
}

/** Clocks of two machines that are kept by NTP. */
const SKEW_MS = 2_000;

/** Why a packet is not believed, for the audit log (`doer.signature_rejected`). */
export const REJECTIONS = [
  "envelope",
  "unreadable",
  "tenant",
  "key_unknown",
  "key_retired",
  "key_revoked",
  "signature",
  "intent",
  "arguments",
  "floor",
  "lifetime",
  "expired",
  "early",
  "tool",
  "replayed",
] as const;
export type Rejection = (typeof REJECTIONS)[number];

export type Ruling =
  | { readonly kind: "execute" }
  /** Not the gateway's word, as far as can be told: it changes nothing about the call that it names. */
  | { readonly kind: "not believed"; readonly because: Rejection }
  /** The gateway's own, and not executed now or ever: its call ends with it. `because`: the packet itself is at fault. */
  | {
      readonly kind: "refused";
      readonly because: Rejection | null;
      readonly stopped: boolean;
      readonly why: string;
      readonly next: string;
    };

const notBelieved = (because: Rejection): Ruling => ({ kind: "not believed", because });
const refused = (why: string, next: string, because: Rejection | null = null, stopped = false): Ruling => ({
  kind: "refused",
  because,
  stopped,
  why,
  next,
});
const AGAIN = "Make the call again.";

export function decide(facts: PacketFacts): Ruling {
  const { packet, now } = facts;
  // INVARIANT 11: who signed it, before anything that it says.
  if (facts.kid !== packet.kid) return notBelieved("key_unknown");
  switch (facts.key.kind) {
    case "unknown":
      return notBelieved("key_unknown");
    case "revoked":
      return notBelieved("key_revoked");
    case "retired":
      return notBelieved("key_retired");
    case "believed":
  }
  if (!facts.signed) return notBelieved("signature");
  // INVARIANT X13: a key that was stolen signs whatever its thief wants; the log says what the gateway was about to do: which tool, for whom,
  // where, with what, on whose yes.
  if (facts.intent.kind !== "matches") return notBelieved("intent");
  if (facts.argsHash !== packet.argsHash) return notBelieved("arguments");
  // From here on it is the gateway's own, and its call has to end one way or the other.
  if (packet.floor !== facts.floor)
    return refused("The gateway and the doer are of different versions, with other rules that nobody may change.", "Update both, then make the call again.", "floor"); // prettier-ignore
  if (packet.exp <= packet.iat || packet.exp - packet.iat > PACKET_MS)
    return refused("The packet was to be good for more than a minute.", AGAIN, "lifetime");
  if (now >= packet.exp) return refused("No doer took it within its minute.", AGAIN, "expired");
  if (packet.iat > now + SKEW_MS) return refused("The packet is of a time that has not come yet.", AGAIN, "early");
  if (!facts.fits)
    return refused("The arguments are not what the tool takes, in this version of the doer.", "Update the gateway and the doer together.", "tool"); // prettier-ignore
  if (!facts.able)
    return refused(`${packet.tool} is not among the tools of this version.`, "Use another tool.", "tool");
  if (facts.killed !== null) return refused(facts.killed, "Wait until a person has switched it on again.", null, true);
  return approved(facts);
}

/** INVARIANT 4, 14: automatic only on GREEN. A YELLOW packet stands on people, asked about again at this moment. */
function approved({ packet, approval }: PacketFacts): Ruling {
  if (packet.verdict === "GREEN" && packet.approval === null) return { kind: "execute" };
  switch (approval.kind) {
    case "none":
      return refused("A person has to say yes, and the packet names nobody's yes.", AGAIN);
    case "does not stand":
      return refused(approval.why, "Make the call again; a person is asked anew.");
    case "stands":
      return approval.digest === packet.argsHash
        ? { kind: "execute" }
        : refused("The approval is of other arguments.", "Make the call again; a person is asked anew.");
  }
}
