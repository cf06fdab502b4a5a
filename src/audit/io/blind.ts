import { createHmac, hkdfSync } from "node:crypto";
import type { TenantTx } from "#platform/postgres";

/** The key of the tenant's search index. It is destroyed with the tenant's other keys, and the index is noise from then on. */
export type SearchKey = (tx: TenantTx) => Promise<Uint8Array>;

/** From the tenant's `column` key. */
export const searchKeyOf = (dek: Uint8Array): Uint8Array =>
  Buffer.from(hkdfSync("sha256", dek, "", "countersign/audit/search/v1", 32));

/** Enough that two terms of one tenant never meet; an index entry proves nothing, so more would only cost space. */
const TERM_BYTES = 16;

/** Deterministic: the same term of the same tenant is the same bytes, of another tenant other bytes. */
export const blindTerms = (key: Uint8Array, terms: readonly string[]): readonly Buffer[] =>
  terms.map((term) =>
    createHmac("sha256", key).update("countersign/audit/search/v1\u0000").update(term).digest().subarray(0, TERM_BYTES),
  );
