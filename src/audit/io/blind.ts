import { hkdfSync } from "node:crypto";
import type { TenantTx } from "#platform/postgres";
import { hmac, hmacKey } from "./hmac.ts";

/** The key of the tenant's search index. It is destroyed with the tenant's other keys, and the index is noise from then on. */
export type SearchKey = (tx: TenantTx) => Promise<Uint8Array>;

/** From the tenant's `column` key. */
export const searchKeyOf = (dek: Uint8Array): Uint8Array =>
  Buffer.from(hkdfSync("sha256", dek, "", "countersign/audit/search/v1", 32));

/** Enough that two terms of one tenant never meet; an index entry proves nothing, so more would only cost space. */
const TERM_BYTES = 16;

/** Deterministic: the same term of the same tenant is the same bytes, of another tenant other bytes. */
export function blindTerms(key: Uint8Array, terms: readonly string[]): readonly Buffer[] {
  const padded = hmacKey(key);
  return terms.map((term) =>
    hmac(padded, Buffer.from(`countersign/audit/search/v1\u0000${term}`)).subarray(0, TERM_BYTES),
  );
}
