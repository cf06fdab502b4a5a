import { createHash, randomBytes } from "node:crypto";
import sql from "sql-template-tag";
import { z } from "zod";
import { entryId, Fault, instant, type EntryId, type Instant } from "#kernel";
import { branded, instantColumn, type TenantTx } from "#platform/postgres";
import { bodyBytes, leafBytes, type BodyCommitment } from "../leaf.ts";
import { limits } from "../limits.ts";
import type { NewEntry } from "../types.ts";

const entryIdColumn = branded(z.string(), entryId);
const stampRow = z.object({ id: entryIdColumn, ts: instantColumn });
const existingRow = z.object({ leaf: z.instanceof(Uint8Array), nonce: z.instanceof(Uint8Array).nullable() });
const writtenTs = z.object({ ts: branded(z.string(), instant) });

export async function append(tx: TenantTx, entry: NewEntry): Promise<EntryId> {
  const body = bodyBytes(entry);
  if (body.length > limits.bodyBytes)
    throw new Fault("input_invalid", `An audit body of ${body.length} bytes is over the limit of ${limits.bodyBytes}.`);
  const stamp = await tx.one(
    sql`select coalesce(${entry.id ?? null}::uuid, platform.uuidv7()) as id, date_trunc('milliseconds', clock_timestamp()) as ts`,
    stampRow,
  );
  const nonce = randomBytes(16);
  const leaf = leafOf(tx, entry, stamp.id, stamp.ts, commit(nonce, body));
  // INVARIANT: columns by name. The role has no right to ts, xid, incarnation and leaf_hash.
  const written = await tx.run(sql`
    with entry as (
      insert into audit.entry (tenant_id, entry_id, leaf) values (${tx.tenantId}, ${stamp.id}, ${leaf})
      on conflict do nothing returning tenant_id, entry_id
    ), found as (
      insert into audit.search (tenant_id, entry_id, kind) select tenant_id, entry_id, ${entry.kind} from entry
    )
    insert into audit.body (tenant_id, entry_id, part, nonce, ct) select tenant_id, entry_id, 0, ${nonce}, ${Buffer.from(body)} from entry`);
  if (written === 0) await demandSame(tx, entry, stamp.id, body);
  return stamp.id;
}

function leafOf(tx: TenantTx, entry: NewEntry, id: EntryId, ts: Instant, body: BodyCommitment): Buffer {
  const intent = entry.intent === undefined ? {} : { intent: entry.intent };
  return Buffer.from(
    leafBytes({ id, log: tx.tenantId, ts, kind: entry.kind, outcome: entry.outcome, ...intent, body }),
  );
}

export function commit(nonce: Uint8Array, body: Uint8Array): BodyCommitment {
  return { h: createHash("sha256").update(nonce).update(body).digest("hex"), len: body.length };
}

/** Rebuilds the leaf with the instant and nonce of the one that is there: equal bytes mean equal content. */
async function demandSame(tx: TenantTx, entry: NewEntry, id: EntryId, body: Uint8Array): Promise<void> {
  const there = await tx.maybe(
    sql`select e.leaf, b.nonce from audit.entry e left join audit.body b using (tenant_id, entry_id)
      where e.tenant_id = ${tx.tenantId} and e.entry_id = ${id}`,
    existingRow,
  );
  const ts = there === null ? null : writtenTs.parse(JSON.parse(Buffer.from(there.leaf).toString("utf8"))).ts;
  const same =
    there !== null &&
    there.nonce !== null &&
    ts !== null &&
    leafOf(tx, entry, id, ts, commit(there.nonce, body)).equals(Buffer.from(there.leaf));
  if (!same) throw new Fault("invariant_broken", `Audit entry ${id} exists with other content.`);
}
