// The way from the gateway to a doer, in somebody else's hands: packets are lost, doubled, altered, replayed, and given to the wrong tenant.

import type { SignedPacket } from "#gateway";
import { canonicalBytes } from "#verifier";
import { z } from "zod";

export const WIRES = ["lost", "twice", "bit", "signature", "kid", "other tenant", "arguments", "lifetime"] as const;
/** What becomes of the next packet. */
export type Wire = (typeof WIRES)[number];

const anyPacket = z.looseObject({ exp: z.number() });

/** The doer is handed these bytes, whatever they are. */
export function altered(signed: SignedPacket, does: Wire): SignedPacket {
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    const at = Math.floor(copy.length / 2);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const said = anyPacket.parse(JSON.parse(Buffer.from(signed.bytes).toString("utf8")));
  switch (does) {
    case "bit":
      return { ...signed, bytes: flipped(signed.bytes) };
    case "signature":
      return { ...signed, sig: flipped(signed.sig) };
    case "kid":
      return { ...signed, kid: `${signed.kid.slice(0, -1)}${signed.kid.endsWith("0") ? "1" : "0"}` };
    case "arguments":
      return { ...signed, bytes: canonicalBytes({ ...said, args: { repository: "else/where", paths: ["/etc"] } }) };
    case "lifetime":
      return { ...signed, bytes: canonicalBytes({ ...said, exp: said.exp + 3_600_000 }) };
    case "lost":
    case "twice":
    case "other tenant":
      return signed;
  }
}
