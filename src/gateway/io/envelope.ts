// A signed packet on its way, by whatever way: sealed under its tenant's key. Nobody on the way reads it, and erasing the tenant ends it.

import { z } from "zod";
import { Fault, type Json, type TenantId } from "#kernel";
import { openColumn, sealColumn, sealColumnAtOnce, type Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import type { SignedPacket } from "../packet.ts";

const PLACE = { column: "doer.packet.sealed", row: "packet" } as const;
const shape = z.strictObject({ bytes: z.base64url(), kid: z.string(), sig: z.base64url() });

export const sealPacket = (keys: Keys, tx: TenantTx, signed: SignedPacket): Promise<Buffer> =>
  sealColumn(keys, tx, PLACE, jsonOf(signed));

/** null: the key has to be asked for first. */
export const sealPacketAtOnce = (keys: Keys, tenant: TenantId, signed: SignedPacket): Buffer | null =>
  sealColumnAtOnce(keys, tenant, PLACE, jsonOf(signed));

const jsonOf = ({ bytes, kid, sig }: SignedPacket): Json => ({ bytes: base64url(bytes), kid, sig: base64url(sig) });

/** null: nothing that this tenant's gateway sealed. Nobody believes yet what is in it: it still has to be verified. */
export async function openPacket(keys: Keys, tx: TenantTx, sealed: Uint8Array): Promise<SignedPacket | null> {
  try {
    const opened = await openColumn(keys, tx, PLACE, sealed);
    const read = opened.kind === "open" ? shape.safeParse(opened.value) : null;
    if (read?.success !== true) return null;
    const { bytes, kid, sig } = read.data;
    return { bytes: Buffer.from(bytes, "base64url"), kid, sig: Buffer.from(sig, "base64url") };
  } catch (error) {
    // Altered, or another tenant's. That the key store does not answer is told in the same words, and comes again.
    if (error instanceof Fault && error.code === "keys_unavailable" && / does not open /.test(error.message))
      return null;
    throw error;
  }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
