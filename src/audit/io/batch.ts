// One call for a batch: the arguments of audit.append_batch (0047), ordered by tenant.

import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, type EntryId, type TenantId } from "#kernel";
import { branded, tenantIdColumn, type Database, type TenantClaim } from "#platform/postgres";
import type { SealedEntry } from "./prepare.ts";

const writtenRow = z
  .object({ tenant_id: tenantIdColumn, entry_id: branded(z.string(), entryId) })
  .transform((row) => placeOf(row.tenant_id, row.entry_id));

export const placeOf = (tenant: TenantId, id: EntryId): string => `${tenant}/${id}`;

/** A bytea[] as PostgreSQL reads it from text. */
const arrayText = (terms: readonly Buffer[]): string =>
  `{${terms.map((term) => `"\\\\x${term.toString("hex")}"`).join(",")}}`;

/** Durable when it resolves: the one call is a transaction of its own. Gives the places that were written; one that is not among them was there already. */
export async function insertBatch(
  database: Pick<Database, "platformStatement">,
  claims: ReadonlyMap<TenantId, TenantClaim>,
  sealed: readonly SealedEntry[],
): Promise<ReadonlySet<string>> {
  const byTenant = Map.groupBy(sealed, ({ tenant }) => tenant);
  const entries = [...byTenant.values()].flat();
  const parts = entries.flatMap((entry) => entry.parts.map((part) => ({ ...part, id: entry.id })));
  const firstEntry = [1];
  const firstPart = [1];
  for (const own of byTenant.values()) {
    firstEntry.push((firstEntry.at(-1) ?? 1) + own.length);
    firstPart.push((firstPart.at(-1) ?? 1) + own.reduce((sum, entry) => sum + entry.parts.length, 0));
  }
  const written = await database.platformStatement(
    sql`select tenant_id, entry_id from audit.append_batch(
      ${[...byTenant.keys()]}::uuid[], ${[...byTenant.keys()].map((tenant) => claims.get(tenant)?.text ?? "")}::text[],
      ${firstEntry}::integer[], ${firstPart}::integer[],
      ${entries.map(({ id }) => id)}::uuid[], ${entries.map(({ leaf }) => leaf)}::bytea[],
      ${entries.map(({ kind }) => kind)}::text[], ${entries.map(({ outcome }) => outcome)}::text[],
      ${entries.map(({ blind }) => arrayText(blind))}::text[],
      ${parts.map(({ id }) => id)}::uuid[], ${parts.map(({ part }) => part)}::smallint[],
      ${parts.map(({ nonce }) => nonce)}::bytea[], ${parts.map(({ keyId }) => keyId)}::text[],
      ${parts.map(({ ct }) => ct)}::bytea[])`,
    writtenRow,
  );
  return new Set(written);
}
