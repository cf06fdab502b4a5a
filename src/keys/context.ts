import { iso, type Instant, type TenantId } from "#kernel";
import type { Month, Purpose } from "./types.ts";

const utf8 = new TextEncoder();

/** INVARIANT: lines, and no value in them can hold a line break: two contexts are never the same bytes. */
const lines = (...parts: readonly string[]): Uint8Array => utf8.encode(parts.join("\n"));

/** Bound to a KEK by the root key: a tenant's file under another tenant's name does not open. */
export const kekContext = (tenant: TenantId, kek: string): Uint8Array => lines("countersign/kek/v1", tenant, kek);

/** Bound to a wrapped DEK: a row moved to another tenant, purpose, month or person does not open. */
export function dekContext(dek: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly purpose: Purpose;
  /** The month, the person's index in hexadecimal, or nothing. */
  readonly scope: string;
}): Uint8Array {
  return lines("countersign/dek/v1", dek.tenant, dek.id, dek.purpose, dek.scope);
}

/** Bound to what is sealed under the KEK itself, beside the database. */
export const spoolContext = (tenant: TenantId, entry: string): Uint8Array =>
  lines("countersign/spool/v1", tenant, entry);

/** Bound to a credential in the lease broker's spool: under another lease's name it does not open. */
export const leaseContext = (tenant: TenantId, lease: string): Uint8Array =>
  lines("countersign/lease/v1", tenant, lease);

/** Bound to a sealed value of `clients/<prefix>/.env`: under another tenant's name, or its own other name, it does not open (P15). */
export const envContext = (tenant: TenantId, name: string): Uint8Array => lines("countersign/env/v1", tenant, name);

/** Bound to a sealed value of a row: in another column or row, or of another tenant, it does not open. */
export const columnContext = (tenant: TenantId, place: { readonly column: string; readonly row: string }): Uint8Array =>
  lines("countersign/column/v1", tenant, place.column, place.row);

/** Bound to the private half of a key that signs packets. */
export const signingContext = (tenant: TenantId, kid: string): Uint8Array =>
  lines("countersign/signing/v1", tenant, kid);

const MONTH = /^\d{4}-\d{2}$/;
const isMonth = (text: string): text is Month => MONTH.test(text);

/** The month, in UTC, whose key seals what is written at `at`. */
export function monthOf(at: Instant): Month {
  const month = iso(at).slice(0, 7);
  return isMonth(month) ? month : "0000-00";
}
