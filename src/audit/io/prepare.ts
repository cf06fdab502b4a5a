// From what a caller says to the rows that are written: canonical, without secrets, sealed, committed to.

import { Fault, type EntryId, type Instant, type Json } from "#kernel";
import { monthOf, type DekUse } from "#keys";
import type { Keys } from "#keys/io";
import type { TenantTx } from "#platform/postgres";
import { canonicalBytes } from "#verifier";
import { bodyOf, leafBytes, mapTexts, PARTS, type Part } from "../leaf.ts";
import { limits } from "../limits.ts";
import type { NewEntry } from "../types.ts";
import { sealPart, type SealedPart } from "./seal.ts";

/** An entry's plain bytes; `personal` null where there is nothing about a person. */
export interface Plain {
  readonly entry: NewEntry;
  readonly op: Uint8Array;
  readonly personal: { readonly subject: string; readonly bytes: Uint8Array } | null;
}

/** Given by the database: nobody else has a say in when an entry was. */
export interface Stamp {
  readonly id: EntryId;
  readonly ts: Instant;
}

export interface SealedEntry extends Stamp {
  readonly kind: NewEntry["kind"];
  readonly outcome: NewEntry["outcome"];
  readonly leaf: Buffer;
  readonly parts: readonly (SealedPart & { readonly part: Part; readonly keyId: string })[];
}

/** `redact`: what looks like a credential goes before anything is sealed, since a sealed token is still a token (case 60). */
export function plainOf(entry: NewEntry, redact: (text: string) => string): Plain {
  const bytes = (value: Json): Uint8Array => {
    const canonical = canonicalBytes(mapTexts(value, redact));
    if (canonical.length > limits.bodyBytes)
      throw new Fault(
        "input_invalid",
        `An audit body of ${canonical.length} bytes is over the limit of ${limits.bodyBytes}.`,
      );
    return canonical;
  };
  const { personal } = entry;
  return {
    entry,
    op: bytes(bodyOf(entry)),
    personal: personal === undefined ? null : { subject: personal.subject, bytes: bytes(personal.data) },
  };
}

/** Throws `keys_unavailable`: then nothing is written, and the act that it would have been about does not happen. */
export async function sealEntry(keys: Keys, tx: TenantTx, plain: Plain, stamp: Stamp): Promise<SealedEntry> {
  const { entry, op, personal } = plain;
  const part = async (at: Part, use: DekUse, bytes: Uint8Array): Promise<SealedEntry["parts"][number]> => {
    const dek = await keys.sealing(tx, use);
    const where = { tenant: tx.tenantId, entry: stamp.id, part: at };
    return { part: at, keyId: dek.id, ...sealPart(dek.key, where, bytes) };
  };
  const parts = [await part(PARTS.op, { purpose: "audit", month: monthOf(stamp.ts) }, op)];
  if (personal !== null)
    parts.push(await part(PARTS.pii, { purpose: "pii", subject: personal.subject }, personal.bytes));
  const leaf = leafBytes({
    ...stamp,
    log: tx.tenantId,
    kind: entry.kind,
    outcome: entry.outcome,
    ...(entry.intent === undefined ? {} : { intent: entry.intent }),
    body: parts.map(({ commitment }) => commitment),
  });
  return { ...stamp, kind: entry.kind, outcome: entry.outcome, leaf: Buffer.from(leaf), parts };
}
