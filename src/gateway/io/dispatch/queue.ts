// The default way to a doer: a row in the database, and a knock.

import sql from "sql-template-tag";
import { Fault } from "#kernel";
import type { Keys } from "#keys/io";
import type { InTenant, TenantTx } from "#platform/postgres";
import { readPacket } from "../../packet-bytes.ts";
import type { SignedPacket } from "../../packet.ts";
import { sealPacket } from "../envelope.ts";

export const PACKET_CHANNEL = "countersign_packet";

/** Carries one sealed packet to where a doer will find it. Throws when it is not known to have got there. */
export type Carry = (tx: TenantTx, sealed: Buffer) => Promise<void>;

export const carryByQueue: Carry = async (tx, sealed) => {
  // Heard when this transaction is committed.
  await tx.run(sql`with sent as (insert into doer.packet (tenant_id, sealed) values (${tx.tenantId}, ${sealed}) returning packet_id)
    select pg_notify(${PACKET_CHANNEL}, '') from sent`);
};

/** Under the claim of the tenant that the packet names. */
export function sendBy(
  carry: Carry,
  { inTenant, keys }: { readonly inTenant: InTenant; readonly keys: Keys },
): (signed: SignedPacket) => Promise<void> {
  return async (signed) => {
    const read = readPacket(signed.bytes);
    if (read.kind === "unreadable")
      throw new Fault("invariant_broken", `A packet of ours cannot be sent: ${read.why}.`);
    const sent = await inTenant(read.packet.tenant, async (tx) => {
      await carry(tx, await sealPacket(keys, tx, signed));
      return true;
    });
    if (sent === null)
      throw new Fault("tenant_inactive", "The client is not active: nothing is executed for it any more.");
  };
}
