// Pages of a tenant's log: newest first by id, or oldest first by place in the log.

import sql, { empty, join, type Sql } from "sql-template-tag";
import { z } from "zod";
import { entryId, type EntryId, type Instant } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import type { EntryFilter } from "../filter.ts";
import { limits } from "../limits.ts";
import { termsWanted } from "../terms.ts";
import { blindTerms, type SearchKey } from "./blind.ts";
import { leafOf } from "./columns.ts";

/** The committed half of an entry, and its place in the log. */
export interface ListedEntry {
  readonly id: EntryId;
  readonly at: Instant;
  readonly kind: string;
  readonly outcome: string;
  readonly intent: string | null;
  /** Lower-case hexadecimal SHA-256 of the leaf (RFC 6962). */
  readonly leafHash: string;
  /** null until it is sequenced, milliseconds after it was written. */
  readonly index: number | null;
  /** Bytes of all parts of its body. */
  readonly bodyBytes: number;
}

/**
 * Where the next page begins.
 * `newest`: before this id; everything that was committed when the walk began is met exactly once.
 * `oldest`: from this index on; indexes have no gaps, so that a walk that goes on for ever meets every entry exactly once.
 */
export type Cursor =
  | { readonly order: "newest"; readonly before: EntryId | null }
  | { readonly order: "oldest"; readonly from: number };

export interface Page {
  readonly entries: readonly ListedEntry[];
  /** null: nothing more for now. */
  readonly next: Cursor | null;
}

export const FROM_NEWEST: Cursor = { order: "newest", before: null };
export const FROM_OLDEST: Cursor = { order: "oldest", from: 0 };

/** As it stands in a link: `n.<entry id>` or `o.<index>`. */
export const formatCursor = (cursor: Cursor): string =>
  cursor.order === "newest" ? `n.${cursor.before ?? ""}` : `o.${cursor.from}`;

/** null when it is none of ours. */
export function parseCursor(text: string): Cursor | null {
  if (/^o\.(?:0|[1-9]\d{0,14})$/.test(text)) return { order: "oldest", from: Number(text.slice(2)) };
  if (text === "n.") return FROM_NEWEST;
  const before = text.startsWith("n.") ? entryId(text.slice(2)) : null;
  return before === null ? null : { order: "newest", before };
}

const row = z
  .object({
    entry_id: branded(z.string(), entryId),
    ts: instantColumn,
    leaf: z.instanceof(Uint8Array),
    leaf_hash: z.string(),
    idx: z.int().nullable(),
  })
  .transform((raw): ListedEntry => {
    const leaf = leafOf(raw.leaf);
    return {
      id: raw.entry_id,
      at: raw.ts,
      kind: leaf.kind,
      outcome: leaf.outcome,
      intent: leaf.intent ?? null,
      leafHash: raw.leaf_hash,
      index: raw.idx,
      bodyBytes: leaf.body.reduce((sum, { len }) => sum + len, 0),
    };
  });

const COLUMNS = sql`e.entry_id, e.ts, e.leaf, encode(e.leaf_hash, 'hex') as leaf_hash, l.idx`;

export interface PageAsked {
  readonly filter: EntryFilter;
  readonly cursor: Cursor;
  readonly limit: number;
}

/** One page of the transaction's tenant. Ends early when its bodies would be more than `limits.pageBodyBytes`. */
export async function page(tx: TenantTx, searchKey: SearchKey, asked: PageAsked): Promise<Page> {
  const limit = Math.max(1, Math.min(asked.limit, limits.pageEntries));
  const found = await tx.many(await statement(tx, searchKey, asked, limit + 1), row);
  let bytes = 0;
  const fit = found.slice(0, limit).findIndex((entry, i) => {
    bytes += entry.bodyBytes;
    return i > 0 && bytes > limits.pageBodyBytes;
  });
  const entries = found.slice(0, fit === -1 ? limit : fit);
  const last = entries.at(-1);
  return { entries, next: last === undefined || entries.length === found.length ? null : after(asked.cursor, last) };
}

/** Where a walk goes on behind this entry. */
export const after = (cursor: Cursor, last: ListedEntry): Cursor =>
  cursor.order === "newest"
    ? { order: "newest", before: last.id }
    : { order: "oldest", from: (last.index ?? cursor.from) + 1 };

async function statement(tx: TenantTx, searchKey: SearchKey, asked: PageAsked, limit: number): Promise<Sql> {
  const { filter, cursor } = asked;
  const oldest = cursor.order === "oldest";
  // Without a filter the index is not asked: what it has lost is shown nevertheless.
  const search = await searched(tx, searchKey, filter);
  // Bounds hold for the index, too, which walks from there: from an equal column the planner does not conclude them, and would read all of
  // it for each page.
  const ids = search.length === 0 ? [sql`e.entry_id`] : [sql`s.entry_id`, sql`e.entry_id`];
  const conditions = [
    sql`e.tenant_id = ${tx.tenantId}`,
    ...(oldest ? [sql`l.tenant_id = ${tx.tenantId} and l.idx >= ${cursor.from}`] : []),
    ...(search.length > 0 ? [sql`s.tenant_id = ${tx.tenantId}`] : []),
    ...(cursor.order === "newest" && cursor.before !== null
      ? ids.map((id) => sql`${id} < ${cursor.before}::uuid`)
      : []),
    ...timeConditions(filter, ids),
    ...search,
  ];
  return sql`select ${COLUMNS} from audit.entry e
    ${oldest ? sql`join audit.leaf l using (tenant_id, entry_id)` : sql`left join audit.leaf l using (tenant_id, entry_id)`}
    ${search.length === 0 ? empty : sql`join audit.search s using (tenant_id, entry_id)`}
    where ${join(conditions, " and ")}
    order by ${oldest ? sql`l.idx` : sql`${ids[0] ?? empty} desc`} limit ${limit}`;
}

/** The id begins with a time, so the primary key and its partitions narrow first; the entry's own time decides. */
function timeConditions({ since, until }: EntryFilter, ids: readonly Sql[]): readonly Sql[] {
  return [
    ...(since === null
      ? []
      : [sql`e.ts >= ${new Date(since)}`, ...ids.map((id) => sql`${id} >= ${idAt(since - SPOOLED_MS)}::uuid`)]),
    ...(until === null
      ? []
      : [sql`e.ts < ${new Date(until)}`, ...ids.map((id) => sql`${id} < ${idAt(until + CLOCKS_APART_MS)}::uuid`)]),
  ];
}
/** An entry that waited in a spool has the id of when it happened and the time of when it was written. */
const SPOOLED_MS = 31 * 86_400_000;
/** An id that was given for idempotence may come from another clock. */
const CLOCKS_APART_MS = 86_400_000;
const idAt = (ms: number): string => {
  const digits = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
};

async function searched(tx: TenantTx, searchKey: SearchKey, filter: EntryFilter): Promise<readonly Sql[]> {
  const wanted = termsWanted(filter);
  const blind = wanted.length === 0 ? [] : blindTerms(await searchKey(tx), wanted);
  return [
    // Of one kind the index gives them in their order.
    ...(filter.kinds.length === 1 ? [sql`s.kind = ${filter.kinds[0]}`] : []),
    ...(filter.kinds.length > 1 ? [sql`s.kind = any(${[...filter.kinds]}::text[])`] : []),
    ...(filter.outcomes.length === 0 ? [] : [sql`s.outcome = any(${[...filter.outcomes]}::text[])`]),
    ...(blind.length === 0 ? [] : [sql`s.blind @> ${[...blind]}::bytea[]`]),
  ];
}

/** One entry of the transaction's tenant, or null. */
export async function listed(tx: TenantTx, id: EntryId): Promise<ListedEntry | null> {
  return tx.maybe(
    sql`select ${COLUMNS} from audit.entry e left join audit.leaf l using (tenant_id, entry_id)
      where e.tenant_id = ${tx.tenantId} and e.entry_id = ${id}`,
    row,
  );
}
