// The doer's rows, each change one commit with what the log says of it.

import sql from "sql-template-tag";
import { z } from "zod";
import type { NewEntry, Party } from "#audit";
import type { Append } from "#audit/io";
import { callId, entryId, type CallId, type EntryId, type TenantId } from "#kernel";
import { sealColumn, type Keys } from "#keys/io";
import { branded, DatabaseFault, tenantIdColumn, type Database, type TenantTx } from "#platform/postgres";
import type { DoerOutcome, Packet } from "#gateway";
import { OUTCOME_CHANNEL, outcomePlace } from "#gateway/io";
import type { Rejection } from "../decide.ts";

export interface RecordParts {
  readonly append: Append;
  readonly keys: Keys;
  /** This process. */
  readonly doer: string;
}

/** Whoever has not said for so long that they live has died with what they were at. Seconds. */
export const ALIVE_SECONDS = 15;

export const OBSERVER: Party = { type: "app", id: "doer" };

const AT_ONCE = sql`select set_config('synchronous_commit', 'on', true)`;
const WITH_THE_OUTCOME = sql`select set_config('synchronous_commit', 'off', true)`;

/**
 * INVARIANT 13: consumed exactly when the transaction is committed, which fails where the nonce, the call or the intent was consumed before.
 * `durable`: a crash of the database right after does not give the nonce back. Without it, no other doer takes the packet either; where the
 * database loses its power before the outcome is written, nobody was answered, and the packet may be executed once more within its minute.
 */
export function consume({ doer }: RecordParts, tx: TenantTx, packet: Packet, durable: boolean): void {
  tx.later(durable ? AT_ONCE : WITH_THE_OUTCOME);
  const nonce = Buffer.from(packet.nonce, "base64url");
  tx.later(sql`insert into doer.nonce (tenant_id, nonce, call_id, intent)
    values (${tx.tenantId}, ${nonce}, ${packet.call}, ${packet.intent})`);
  tx.later(sql`insert into doer.execution (tenant_id, call_id, tool, doer, alive_until)
    values (${tx.tenantId}, ${packet.call}, ${packet.tool}, ${doer}, clock_timestamp() + make_interval(secs => ${ALIVE_SECONDS}))`);
}

/** By whom and how does not matter. */
export const wasConsumed = (error: unknown): boolean =>
  error instanceof DatabaseFault && error.sqlState === "23505" && /^(?:nonce|execution)_/.test(error.constraint ?? "");

/** What is kept of it, sealed. Where somebody else has ended it, who took us for dead, the transaction fails (`isMoved`): nothing of ours is written then. */
export async function finish(
  { append, keys }: RecordParts,
  tx: TenantTx,
  call: CallId,
  { outcome, entry }: { readonly outcome: DoerOutcome; readonly entry: NewEntry },
): Promise<Buffer> {
  const id = await append(tx, entry);
  const sealed = await sealColumn(keys, tx, outcomePlace(call), outcome);
  tx.later(sql`select doer.end_execution(${call}::uuid, ${outcome.kind}, ${id}::uuid, ${sealed})`);
  // Heard when this transaction is committed.
  tx.later(sql`select pg_notify(${OUTCOME_CHANNEL}, '')`);
  return sealed;
}

/** False: somebody has ended it, or took it for dead. */
export const stillAlive = async ({ doer }: RecordParts, tx: TenantTx, call: CallId): Promise<boolean> =>
  (await tx.run(sql`update doer.execution set alive_until = clock_timestamp() + make_interval(secs => ${ALIVE_SECONDS})
    where tenant_id = ${tx.tenantId} and call_id = ${call} and doer = ${doer} and kind is null and alive_until > clock_timestamp()`)) ===
  1;

/** In the log of the tenant that it says it is of. Nothing of it is repeated but its ids. */
export const reject = (
  { append }: RecordParts,
  tx: TenantTx,
  because: Rejection,
  packet: Packet | null,
): Promise<EntryId> =>
  append(tx, {
    kind: "doer.signature_rejected",
    outcome: "refused",
    observer: OBSERVER,
    initiator: packet === null ? OBSERVER : { type: "agent", id: packet.agent },
    target: { type: "tenant", id: tx.tenantId },
    requestId: packet?.call ?? "none",
    body: { v: 1, because, ...(packet === null ? {} : { call: packet.call, kid: packet.kid, tool: packet.tool }) },
  });

export interface Abandoned {
  readonly tenant: TenantId;
  readonly call: CallId;
}

const abandonedRow = z
  .object({ tenant_id: tenantIdColumn, call_id: branded(z.string(), callId) })
  .transform((row): Abandoned => ({ tenant: row.tenant_id, call: row.call_id }));

/** What a doer that died was at. */
export const abandoned = (database: Database): Promise<readonly Abandoned[]> =>
  database.platformStatement(
    sql`select tenant_id, call_id from doer.execution where kind is null and alive_until < clock_timestamp() limit 100`,
    abandonedRow,
  );

export const intentOfCall = (tx: TenantTx, call: CallId): Promise<EntryId> =>
  tx.one(
    sql`select intent from doer.nonce where tenant_id = ${tx.tenantId} and call_id = ${call}`,
    z.object({ intent: branded(z.string(), entryId) }).transform((row) => row.intent),
  );
