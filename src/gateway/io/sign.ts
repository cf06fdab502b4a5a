// The gateway's hand: one decided call becomes one packet. Whoever calls this has the verdict, the approval and the intent behind it.

import { createHash, randomBytes, sign as ed25519 } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import type { Party } from "#audit";
import type { Append } from "#audit/io";
import { digest, Fault, type Digest, type Instant, type Json, type TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import { FLOOR_HASH } from "#policy";
import type { TenantTx } from "#platform/postgres";
import {
  argumentBytes,
  decidedBytes,
  NONCE_BYTES,
  packetBytes,
  PACKET_BYTES,
  PACKET_MS,
  signedText,
  type DecidedCall,
} from "../packet-bytes.ts";
import type { Packet, SignedPacket } from "../packet.ts";
import { activeKey, replaceKey, type SigningKey } from "./signing-keys.ts";

/** What the signer does not find out by itself. */
export type Decided = Omit<Packet, "v" | "kid" | "tenant" | "argsHash" | "floor" | "nonce" | "iat" | "exp">;

export interface PacketSigner {
  /** Of the transaction's tenant, as it is now; null: none, or too old. Read with the first statements of a decision. */
  known(tx: TenantTx): Promise<SigningKey | null>;
  /** Makes the tenant's key where `known` says that there is none. */
  ready(tx: TenantTx, known: SigningKey | null): Promise<SigningKey>;
  /**
   * Without asking anybody. INVARIANT (27): `from` is when the intent was written, by the database's clock, and the packet is good for a
   * minute from then: what a process signs that stood still in between is dead before its call is ended.
   */
  sign(tenant: TenantId, key: SigningKey, from: Instant, decided: Decided): SignedPacket;
}

const OBSERVER: Party = { type: "app", id: "countersign" };

/** What a verdict, an approval, an intent and a packet are all about: SHA-256 of the canonical bytes of the arguments, defaults written out. */
export const argumentsHash = (args: Json): Digest => hashOf(argumentBytes(args));

/** What an intent says of a call, and what the doer asks of it. */
export const decidedHash = (decided: DecidedCall): Digest => hashOf(decidedBytes(decided));

function hashOf(bytes: Uint8Array): Digest {
  const hash = digest(createHash("sha256").update(bytes).digest("hex"));
  if (hash === null) throw new Fault("invariant_broken", "A SHA-256 is a digest.");
  return hash;
}

export function createPacketSigner({ keys, append }: { readonly keys: Keys; readonly append: Append }): PacketSigner {
  const known = async (tx: TenantTx): Promise<SigningKey | null> => {
    const key = await activeKey(keys, tx);
    return key === null || key.due ? null : key;
  };

  async function made(tx: TenantTx): Promise<SigningKey> {
    // Two at the same moment would each make one.
    await tx.one(
      sql`select pg_advisory_xact_lock(hashtext(${tx.tenantId}), hashtext('packet key'))::text as locked`,
      z.object({ locked: z.string() }),
    );
    const again = await known(tx);
    if (again !== null) return again;
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
    const key = await activeKey(keys, tx);
    if (key === null) throw new Fault("invariant_broken", "A key that was just made is not there.");
    return key;
  }

  return {
    known,
    ready: async (tx, key) => key ?? made(tx),
    sign(tenant, { kid, privateKey }, from, decided) {
      const bytes = packetBytes({
        ...decided,
        v: 1,
        kid,
        tenant,
        argsHash: argumentsHash(decided.args),
        floor: FLOOR_HASH,
        nonce: randomBytes(NONCE_BYTES).toString("base64url"),
        iat: from,
        exp: from + PACKET_MS,
      });
      if (bytes.length > PACKET_BYTES)
        throw new Fault("input_invalid", `A packet of ${bytes.length} bytes is over the limit of ${PACKET_BYTES}.`);
      return { bytes, kid, sig: ed25519(null, signedText(bytes), privateKey) };
    },
  };
}
