// The default way to a doer: a row in the database, and a knock.

import sql from "sql-template-tag";
import { Fault, type TenantId } from "#kernel";
import type { Keys } from "#keys/io";
import type { InTenant, TenantTx } from "#platform/postgres";
import { readPacket } from "../../packet-bytes.ts";
import type { Packet, SignedPacket } from "../../packet.ts";
import { sealPacket, sealPacketAtOnce } from "../envelope.ts";
import type { Word } from "./outcome.ts";

export const PACKET_CHANNEL = "countersign_packet";

/** Carries one sealed packet to where a doer will find it. Throws when it is not known to have got there. */
export type Carry =
  | { readonly kind: "in a transaction"; carry(tx: TenantTx, sealed: Buffer): Promise<void> }
  /** null: it has got there. Bytes: what came of it, as its row has it, where that was quick. */
  | { readonly kind: "by word"; carry(tenant: TenantId, sealed: Buffer): Promise<Uint8Array | null> };

export const carryByQueue: Carry = {
  kind: "in a transaction",
  async carry(tx, sealed) {
    // Heard when this transaction is committed, which does not wait for the disk: a packet that is lost with the database's power was not taken,
    // and its call is not done. What a doer makes durable of it comes behind it.
    tx.later(sql`select set_config('synchronous_commit', 'off', true)`);
    tx.later(sql`with sent as (insert into doer.packet (tenant_id, sealed) values (${tx.tenantId}, ${sealed}) returning packet_id)
    select pg_notify(${PACKET_CHANNEL}, '') from sent`);
  },
};

/** Under the claim of the tenant that the packet names. */
export function sendBy(
  way: Carry,
  {
    inTenant,
    keys,
    hear,
  }: { readonly inTenant: InTenant; readonly keys: Keys; readonly hear: (packet: Packet, word: Word) => void },
): (signed: SignedPacket) => Promise<void> {
  return async (signed) => {
    const read = readPacket(signed.bytes);
    if (read.kind === "unreadable")
      throw new Fault("invariant_broken", `A packet of ours cannot be sent: ${read.why}.`);
    const { packet } = read;
    const { tenant } = packet;
    if (way.kind === "by word") {
      const sealed =
        sealPacketAtOnce(keys, tenant, signed) ?? (await inTenant(tenant, (tx) => sealPacket(keys, tx, signed)));
      // The doer asks whether the client is active in the transaction that consumes the packet.
      if (sealed !== null) return hear(packet, way.carry(tenant, sealed));
    }
    const sent = await inTenant(tenant, async (tx) => {
      if (way.kind === "in a transaction") await way.carry(tx, await sealPacket(keys, tx, signed));
      return way.kind === "in a transaction";
    });
    if (sent !== true)
      throw new Fault("tenant_inactive", "The client is not active: nothing is executed for it any more.");
  };
}
