// Reading the log is itself an entry of the log: who read, with which filter, and how much.

import sql from "sql-template-tag";
import { z } from "zod";
import { iso, type EntryId, type Json } from "#kernel";
import type { TenantTx } from "#platform/postgres";
import type { EntryFilter } from "../filter.ts";
import { limits } from "../limits.ts";
import type { Party } from "../types.ts";
import type { Audit } from "./audit.ts";
import { listed, page, type Cursor, type ListedEntry, type PageAsked } from "./page.ts";
import type { ReadPart } from "./read.ts";

/** Who is shown something, for the entry that says so. */
export interface ShownTo {
  readonly initiator: Party;
  readonly requestId: string;
}

export interface ShownEntry extends ListedEntry {
  readonly op: ReadPart;
  /** null: nothing in it concerns one person. */
  readonly personal: ReadPart | null;
}

export interface ShownPage {
  readonly entries: readonly ShownEntry[];
  readonly next: Cursor | null;
}

export interface ShownNews extends ShownPage {
  /** The log's size before it was read. */
  readonly size: number;
}

/**
 * INVARIANT: everything here reads and writes its entry in the caller's transaction. Nothing may be shown before that
 * transaction has committed: where the log cannot be written, nobody reads.
 */
export interface Reading {
  entries(tx: TenantTx, to: ShownTo, asked: PageAsked): Promise<ShownPage>;
  /** For who goes on asking. Oldest first from an index on; an answer with nothing in it is not on record. */
  news(tx: TenantTx, to: ShownTo, asked: { readonly filter: EntryFilter; readonly from: number }): Promise<ShownNews>;
  /** Entries that have their place. */
  size(tx: TenantTx): Promise<number>;
  /** null: this tenant has no such entry. That somebody asked is an entry all the same. */
  entry(tx: TenantTx, to: ShownTo, id: EntryId): Promise<ShownEntry | null>;
  /** What is read in other ways (tiles, proofs, exports) calls this in the transaction it reads in. */
  note(tx: TenantTx, to: ShownTo, read: NotedRead): Promise<void>;
}

export interface NotedRead {
  readonly kind: "audit.read" | "audit.export";
  readonly target: Party;
  /** How many entries (or files of them) were shown. */
  readonly count: number;
  readonly what: Readonly<Record<string, Json>>;
}

const OBSERVER: Party = { type: "app", id: "countersign" };

export function createReading(audit: Audit): Reading {
  async function note(tx: TenantTx, to: ShownTo, read: NotedRead): Promise<void> {
    await audit.append(tx, {
      kind: read.kind,
      outcome: "success",
      observer: OBSERVER,
      initiator: to.initiator,
      target: read.target,
      requestId: to.requestId,
      body: { ...read.what, count: read.count },
    });
  }

  async function opened(
    tx: TenantTx,
    entries: readonly ListedEntry[],
    personal: boolean,
  ): Promise<readonly ShownEntry[]> {
    const read = await audit.entriesById(
      tx,
      entries.map(({ id }) => id),
      personal,
    );
    const parts = new Map(read.map(({ id, op, personal }) => [id, { op, personal }]));
    return entries.map((entry) => ({
      ...entry,
      ...(parts.get(entry.id) ?? { op: { kind: "missing" }, personal: null }),
    }));
  }

  const noteEntries = (
    tx: TenantTx,
    to: ShownTo,
    entries: readonly ShownEntry[],
    what: NotedRead["what"],
  ): Promise<void> =>
    note(tx, to, { kind: "audit.read", target: { type: "log", id: tx.tenantId }, count: entries.length, what });

  return {
    note,
    size,
    async entries(tx, to, asked) {
      const found = await page(tx, audit.searchKey, asked);
      const entries = await opened(tx, found.entries, false);
      await noteEntries(tx, to, entries, { filter: filterJson(asked.filter), order: asked.cursor.order });
      return { entries, next: found.next };
    },
    async news(tx, to, { filter, from }) {
      const before = await size(tx);
      const cursor: Cursor = { order: "oldest", from };
      const found = await page(tx, audit.searchKey, { filter, cursor, limit: limits.pageEntries });
      const entries = await opened(tx, found.entries, false);
      if (entries.length > 0)
        await noteEntries(tx, to, entries, { filter: filterJson(filter), order: cursor.order, following: true });
      return { entries, next: found.next, size: before };
    },
    async entry(tx, to, id) {
      const found = await listed(tx, id);
      const [entry = null] = found === null ? [] : await opened(tx, [found], true);
      const count = entry === null ? 0 : 1;
      await note(tx, to, { kind: "audit.read", target: { type: "entry", id }, count, what: {} });
      return entry;
    },
  };
}

const sizeRow = z.object({ size: z.int() });
async function size(tx: TenantTx): Promise<number> {
  const row = await tx.one(
    sql`select coalesce(max(idx) + 1, 0) as size from audit.leaf where tenant_id = ${tx.tenantId}`,
    sizeRow,
  );
  return row.size;
}

/** What was asked for, as it stands in the (sealed) body. */
function filterJson(filter: EntryFilter): Json {
  return {
    ...(filter.kinds.length === 0 ? {} : { kinds: [...filter.kinds] }),
    ...(filter.outcomes.length === 0 ? {} : { outcomes: [...filter.outcomes] }),
    ...(filter.since === null ? {} : { since: iso(filter.since) }),
    ...(filter.until === null ? {} : { until: iso(filter.until) }),
    ...(filter.actor === null ? {} : { actor: filter.actor }),
    ...(filter.target === null ? {} : { target: filter.target }),
    ...(filter.request === null ? {} : { request: filter.request }),
  };
}
