// The search index, made again from the log: after it was lost, or after the key that makes it was exchanged.

import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, type EntryId, type TenantId } from "#kernel";
import { branded, withOperator, type OperatorOptions, type TenantTx } from "#platform/postgres";
import { PARTY_TYPES } from "../types.ts";
import { termsOf } from "../terms.ts";
import type { Audit } from "./audit.ts";
import { blindTerms } from "./blind.ts";
import { enterLog } from "./erase/acts.ts";
import type { ReadEntry } from "./read.ts";
import { createReading, type ShownTo } from "./reading.ts";

export interface ReindexParts {
  readonly access: OperatorOptions;
  readonly audit: Audit;
  readonly to: ShownTo;
  readonly say: (line: string) => void;
}

export interface Reindexed {
  readonly entries: number;
  /** Found by kind, outcome and time only: what they were about was erased, or cannot be read. */
  readonly closed: number;
}

const BATCH = 200;
const idRow = z.object({ entry_id: branded(z.string(), entryId) }).transform((row) => row.entry_id);
const party = z.object({ type: z.enum(PARTY_TYPES), id: z.string() });
const about = z.object({ initiator: party, target: party, requestId: z.string() });

/** null: the tenant is not active. Each batch is a commit; run again, it does the same again. */
export async function reindex({ access, audit, to, say }: ReindexParts, tenant: TenantId): Promise<Reindexed | null> {
  let after: EntryId | null = null;
  const done = { entries: 0, closed: 0 };
  for (;;) {
    const before: EntryId | null = after;
    const ids: readonly EntryId[] | null = await withOperator(
      access,
      async (operator): Promise<readonly EntryId[] | null> => {
        const tx = await enterLog(operator, tenant);
        if (tx === null) return null;
        if (before === null)
          await createReading(audit).note(tx, to, {
            kind: "audit.read",
            target: { type: "log", id: tenant },
            count: await written(tx),
            what: { file: "reindex" },
          });
        const batch = await tx.many(
          sql`select entry_id from audit.entry where tenant_id = ${tenant}
          and (${before}::uuid is null or entry_id > ${before}::uuid) order by entry_id limit ${BATCH}`,
          idRow,
        );
        done.closed += await indexAgain(tx, audit, await audit.entriesById(tx, batch, false));
        return batch;
      },
    );
    if (ids === null) return null;
    done.entries += ids.length;
    after = ids.at(-1) ?? null;
    if (ids.length < BATCH) return done;
    say(`${done.entries} entries`);
  }
}

/** Counted in `audit.entry`: the operator sees neither leaves nor trees. */
async function written(tx: TenantTx): Promise<number> {
  const counted = sql`select count(*) as entries from audit.entry where tenant_id = ${tx.tenantId}`;
  return (await tx.one(counted, z.object({ entries: z.int() }))).entries;
}

/** Returns how many have no terms. */
async function indexAgain(tx: TenantTx, audit: Audit, entries: readonly ReadEntry[]): Promise<number> {
  const key = await audit.searchKey(tx);
  const rows = entries.map(({ id, kind, outcome, body }) => {
    const parsed = about.safeParse(body);
    const blind = parsed.success ? blindTerms(key, termsOf(parsed.data)) : [];
    return { id, kind, outcome, blind };
  });
  await tx.run(sql`
    insert into audit.search (tenant_id, entry_id, kind, outcome, blind)
    select ${tx.tenantId}, r.id, r.kind, r.outcome, array(select t::bytea from jsonb_array_elements_text(r.blind) as t)
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, kind text, outcome text, blind jsonb)
    on conflict (tenant_id, entry_id) do update set kind = excluded.kind, outcome = excluded.outcome, blind = excluded.blind`);
  return rows.filter(({ blind }) => blind.length === 0).length;
}
