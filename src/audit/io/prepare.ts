// From what a caller says to the rows that are written: canonical, without secrets, sealed, committed to.

import { Fault, type EntryId, type Instant, type Json, type TenantId } from "#kernel";
import type { Dek, DekUse, Month } from "#keys";
import { canonicalBytes } from "#verifier";
import { bodyOf, leafBytes, mapTexts, PARTS, someText, type Part } from "../leaf.ts";
import { limits } from "../limits.ts";
import { termsOf } from "../terms.ts";
import type { NewEntry } from "../types.ts";
import { blindTerms, searchKeyOf } from "./blind.ts";
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
  readonly tenant: TenantId;
  readonly kind: NewEntry["kind"];
  readonly outcome: NewEntry["outcome"];
  readonly leaf: Buffer;
  readonly parts: readonly (SealedPart & { readonly part: Part; readonly keyId: string })[];
  readonly blind: readonly string[];
}

/** The data keys that one entry needs. */
export interface EntryKeys {
  readonly op: Dek;
  readonly pii: Dek | null;
  readonly search: Dek;
}

/** `redact`: what looks like a credential goes before anything is sealed, since a sealed token is still a token (case 60). */
export function plainOf(entry: NewEntry, redact: (text: string) => string): Plain {
  const bytes = (value: Json): Uint8Array => {
    // First of all: what has no canonical form is refused here, and not turned into something that has one.
    let canonical = canonicalBytes(value);
    if (someText(value, (text) => redact(text) !== text)) canonical = canonicalBytes(mapTexts(value, redact));
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

/** Which keys those are. */
export function usesOf(
  { personal }: Plain,
  month: Month,
): {
  readonly op: DekUse;
  readonly pii: DekUse | null;
  readonly search: DekUse;
} {
  return {
    op: { purpose: "audit", month },
    pii: personal === null ? null : { purpose: "pii", subject: personal.subject },
    search: { purpose: "column" },
  };
}

export function sealEntry(
  keys: EntryKeys,
  tenant: TenantId,
  { entry, op, personal }: Plain,
  stamp: Stamp,
): SealedEntry {
  const part = (at: Part, dek: Dek, bytes: Uint8Array): SealedEntry["parts"][number] => ({
    part: at,
    keyId: dek.id,
    ...sealPart(dek.key, { tenant, entry: stamp.id, part: at }, bytes),
  });
  const parts = [
    part(PARTS.op, keys.op, op),
    ...(personal === null || keys.pii === null ? [] : [part(PARTS.pii, keys.pii, personal.bytes)]),
  ];
  const leaf = leafBytes({
    ...stamp,
    log: tenant,
    kind: entry.kind,
    outcome: entry.outcome,
    ...(entry.intent === undefined ? {} : { intent: entry.intent }),
    body: parts.map(({ commitment }) => commitment),
  });
  const blind = blindTerms(searchKeyOf(keys.search.key), termsOf(entry));
  return { ...stamp, tenant, kind: entry.kind, outcome: entry.outcome, leaf: Buffer.from(leaf), parts, blind };
}
