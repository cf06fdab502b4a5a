// A value in a column, sealed under its tenant's key: 16 bytes that name the data key, then what `lock` made. Each place has a key of
// its own, derived from the data key, so a value copied to another row or column does not open.

import { Fault, type Json, type TenantId } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import { canonicalBytes } from "#verifier";
import { z } from "zod";
import { columnContext } from "../context.ts";
import type { Dek } from "../types.ts";
import { lock, unlock } from "./aead.ts";
import { hmac, hmacKeyOf } from "./hmac.ts";
import type { Keys } from "./keys.ts";

/** `table.column`, and the row's own id. */
export interface ColumnPlace {
  readonly column: string;
  readonly row: string;
}

export type OpenedColumn =
  | { readonly kind: "open"; readonly value: Json }
  /** Erased on purpose. */
  | { readonly kind: "destroyed" };

const ID = 16;

const deriving = hmacKeyOf((dek) => dek);
const keyOf = (dek: Uint8Array, context: Uint8Array): Buffer => hmac(deriving(dek), context);

// Made once: a schema compiles itself when it is first used.
const anyJson = z.json();

export async function sealColumn(
  keys: Pick<Keys, "sealing">,
  tx: TenantTx,
  place: ColumnPlace,
  value: Json,
): Promise<Buffer> {
  return sealedBy(await keys.sealing(tx, { purpose: "column" }), tx.tenantId, place, value);
}

/** With the key that this process remembers; null: it remembers none, and it has to be asked for. */
export function sealColumnAtOnce(
  keys: Pick<Keys, "cached">,
  tenant: TenantId,
  place: ColumnPlace,
  value: Json,
): Buffer | null {
  const dek = keys.cached(tenant, { purpose: "column" });
  return dek === null ? null : sealedBy(dek, tenant, place, value);
}

function sealedBy({ id, key }: Dek, tenant: TenantId, place: ColumnPlace, value: Json): Buffer {
  const context = columnContext(tenant, place);
  return Buffer.concat([bytesOf(id), lock(keyOf(key, context), canonicalBytes(value), context)]);
}

/** Throws `keys_unavailable` for what was moved or altered: nothing of it is believed. */
export async function openColumn(
  keys: Pick<Keys, "opening">,
  tx: TenantTx,
  place: ColumnPlace,
  sealed: Uint8Array,
): Promise<OpenedColumn> {
  // Too short to name a key: it was cut off, or never was sealed.
  if (sealed.length <= ID) throw unopened(tx.tenantId, place);
  const id = idOf(sealed.subarray(0, ID));
  const found = (await keys.opening(tx, [id])).get(id);
  if (found?.kind === "destroyed") return { kind: "destroyed" };
  if (found === undefined || found.kind === "unknown") throw unopened(tx.tenantId, place);
  return openedBy(found.key, tx.tenantId, place, sealed);
}

/** With the key that this process remembers; null: it remembers another one, or none. */
export function openColumnAtOnce(
  keys: Pick<Keys, "cached">,
  tenant: TenantId,
  place: ColumnPlace,
  sealed: Uint8Array,
): OpenedColumn | null {
  const dek = keys.cached(tenant, { purpose: "column" });
  return dek === null || dek.id !== idOf(sealed.subarray(0, ID)) ? null : openedBy(dek.key, tenant, place, sealed);
}

function openedBy(key: Uint8Array, tenant: TenantId, place: ColumnPlace, sealed: Uint8Array): OpenedColumn {
  const context = columnContext(tenant, place);
  const plain = unlock(keyOf(key, context), sealed.subarray(ID), context);
  if (plain === null) throw unopened(tenant, place);
  return { kind: "open", value: anyJson.parse(JSON.parse(plain.toString("utf8"))) };
}

const unopened = (tenant: TenantId, { column, row }: ColumnPlace): Fault =>
  new Fault("keys_unavailable", `${column} of ${row} does not open under the keys of tenant ${tenant}.`);

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll("-", ""), "hex");
const idOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
