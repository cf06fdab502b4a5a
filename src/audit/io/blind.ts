import { hkdfSync } from "node:crypto";
import { hmacHex, hmacKeyOf, type HmacKey } from "#keys/io";
import type { TenantTx } from "#platform/postgres";

/** The key of the tenant's search index. It is destroyed with the tenant's other keys, and the index is noise from then on. */
export type SearchKey = (tx: TenantTx) => Promise<HmacKey>;

/** From the tenant's `column` key. */
export const searchKeyOf = hmacKeyOf((dek) =>
  Buffer.from(hkdfSync("sha256", dek, "", "countersign/audit/search/v1", 32)),
);

/** Of hexadecimal, 16 bytes: enough that two terms of one tenant never meet; an index entry proves nothing, so more would only cost space. */
const TERM_DIGITS = 32;

/** As PostgreSQL reads bytea from text. Deterministic: the same term of the same tenant is the same bytes, of another tenant other bytes. */
export function blindTerms(key: HmacKey, terms: readonly string[]): readonly string[] {
  return terms.map((term) => `\\x${hmacHex(key, `countersign/audit/search/v1\u0000${term}`).slice(0, TERM_DIGITS)}`);
}
