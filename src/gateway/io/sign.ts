// The gateway's hand: one decided call becomes one packet. Whoever calls this has the verdict, the approval and the intent behind it.

import { createHash, randomBytes, sign as ed25519 } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { Append } from "#audit/io";
import { digest, Fault, type Digest, type Json } from "#kernel";
import type { Keys } from "#keys/io";
import { FLOOR_HASH } from "#policy";
import { instantColumn, type TenantTx } from "#platform/postgres";
import { argumentBytes, NONCE_BYTES, packetBytes, PACKET_BYTES, PACKET_MS, signedText } from "../packet-bytes.ts";
import type { Packet, SignedPacket } from "../packet.ts";
import { activeKey, replaceKey, type SigningKey } from "./signing-keys.ts";

/** What the signer does not find out by itself. */
export type Decided = Omit<Packet, "v" | "kid" | "tenant" | "argsHash" | "floor" | "nonce" | "iat" | "exp">;

export interface PacketSigner {
  /** Of the transaction's tenant, good from now on for a minute. Makes the tenant's key where there is none, or it is too old. */
  sign(tx: TenantTx, decided: Decided): Promise<SignedPacket>;
}

const OBSERVER: Party = { type: "app", id: "countersign" };

/** What a verdict, an approval, an intent and a packet are all about: SHA-256 of the canonical bytes of the arguments, defaults written out. */
export function argumentsHash(args: Json): Digest {
  const hash = digest(createHash("sha256").update(argumentBytes(args)).digest("hex"));
  if (hash === null) throw new Fault("invariant_broken", "A SHA-256 is a digest.");
  return hash;
}

export function createPacketSigner({ keys, append }: { readonly keys: Keys; readonly append: Append }): PacketSigner {
  async function keyOf(tx: TenantTx): Promise<SigningKey> {
    const key = await activeKey(keys, tx);
    if (key !== null && !key.due) return key;
    // Two at the same moment would each make one.
    await tx.one(
      sql`select pg_advisory_xact_lock(hashtext(${tx.tenantId}), hashtext('packet key'))::text as locked`,
      z.object({ locked: z.string() }),
    );
    const again = await activeKey(keys, tx);
    if (again !== null && !again.due) return again;
    const { kid, retired } = await replaceKey(keys, tx);
    await append(tx, {
      kind: "packet_key.rotate",
      outcome: "success",
      observer: OBSERVER,
      initiator: OBSERVER,
      target: { type: "tenant", id: tx.tenantId },
      requestId: kid,
      body: { kid, retired, because: retired === null ? "first" : "age" },
    });
    const made = await activeKey(keys, tx);
    if (made === null) throw new Fault("invariant_broken", "A key that was just made is not there.");
    return made;
  }

  return {
    async sign(tx, decided) {
      const { kid, privateKey } = await keyOf(tx);
      const { now } = await tx.one(
        sql`select date_trunc('milliseconds', clock_timestamp()) as now`,
        z.object({ now: instantColumn }),
      );
      const bytes = packetBytes({
        ...decided,
        v: 1,
        kid,
        tenant: tx.tenantId,
        argsHash: argumentsHash(decided.args),
        floor: FLOOR_HASH,
        nonce: randomBytes(NONCE_BYTES).toString("base64url"),
        iat: now,
        exp: now + PACKET_MS,
      });
      if (bytes.length > PACKET_BYTES)
        throw new Fault("input_invalid", `A packet of ${bytes.length} bytes is over the limit of ${PACKET_BYTES}.`);
      return { bytes, kid, sig: ed25519(null, signedText(bytes), privateKey) };
    },
  };
}
