// What an epoch committed to gets signed, once, however often it is tried: the signer answers the same head with the same note.

import sql from "sql-template-tag";
import { z } from "zod";
import { Fault } from "#kernel";
import { tenantIdColumn, type RoleDatabase } from "#platform/postgres";
import { emptyRoot, equal, parseCheckpoint, parseNote, type Checkpoint, type Hash } from "#verifier";
import { EPOCHS, logOf, originOf, type LogName } from "../../proof.ts";
import type { CheckpointSigner, HeadToSign } from "../../signer.ts";
import { readCheckpoint } from "../checkpoints.ts";
import { bytesColumn } from "../columns.ts";
import { sha256 } from "../sha256.ts";
import { consistencyProof, rootAt } from "../tiles.ts";
import type { SequencerTx } from "./place.ts";

const BATCH = 256;
const epochRow = z.object({ epoch: z.int(), base: z.string(), root: bytesColumn });
const movedRow = z.object({ tenant_id: tenantIdColumn, size: z.int(), root: bytesColumn });

interface Unsigned {
  readonly log: LogName;
  readonly size: number;
  readonly root: Hash;
}

/** Signs the epoch that has no checkpoint yet, its tenants' heads before its own. Resolves to its number; null: none waits. */
export async function signPending(
  database: RoleDatabase<"sequencer">,
  signer: CheckpointSigner,
): Promise<number | null> {
  const pending = await database.transaction(pendingEpoch);
  if (pending === null) return null;
  const { epoch, base } = pending;
  for (;;) {
    const moved = await database.transaction((tx) => unsignedTenants(tx, epoch));
    if (moved.length === 0) break;
    await signAll(database, signer, epoch, base, moved);
  }
  await signAll(database, signer, epoch, base, [{ log: EPOCHS, size: epoch + 1, root: pending.root }]);
  return epoch;
}

/** INVARIANT: at most one epoch is without a checkpoint; the next one is committed when it has one. */
export const pendingEpoch = (tx: SequencerTx): Promise<z.infer<typeof epochRow> | null> =>
  tx.maybe(
    sql`select e.epoch, e.base, e.root from audit.epoch e where not exists (select from audit.checkpoint c where c.epoch = e.epoch) order by e.epoch limit 1`,
    epochRow,
  );

async function unsignedTenants(tx: SequencerTx, epoch: number): Promise<readonly Unsigned[]> {
  const rows = await tx.many(
    sql`select a.tenant_id, a.size, a.root from audit.head_at a where a.epoch = ${epoch} and a.size > 0
      and not exists (select from audit.tenant_checkpoint c where c.tenant_id = a.tenant_id and c.epoch = a.epoch) order by a.slot limit ${BATCH}`,
    movedRow,
  );
  return rows.map(({ tenant_id, ...head }) => ({ log: logOf(tenant_id), ...head }));
}

async function signAll(
  database: RoleDatabase<"sequencer">,
  signer: CheckpointSigner,
  epoch: number,
  base: string,
  unsigned: readonly Unsigned[],
): Promise<void> {
  const heads = await database.transaction(async (tx) => {
    const found: HeadToSign[] = [];
    for (const one of unsigned) found.push(await headToSign(tx, base, one));
    return found;
  });
  const answers = await signer.sign(heads);
  const notes: { readonly log: LogName; readonly size: number; readonly note: string }[] = [];
  for (const [i, one] of unsigned.entries()) {
    const answer = answers[i];
    if (answer === undefined) throw new Fault("invariant_broken", "The signer answered fewer heads than it was asked.");
    const head = answer.kind === "behind" ? await caughtUp(database, signer, base, one, answer.last) : answer;
    if (head.kind !== "signed") throw diverged(originOf(base, one.log), head.last);
    notes.push({ log: one.log, size: one.size, note: head.note });
  }
  await database.transaction((tx) => keep(tx, epoch, notes));
}

async function headToSign(tx: SequencerTx, base: string, { log, size, root }: Unsigned): Promise<HeadToSign> {
  const origin = originOf(base, log);
  const last = await readCheckpoint(tx, log);
  const known = last === null ? null : checkpointOf(last.note);
  const from = known?.size ?? 0;
  return { origin, size, root, from, proof: await consistencyProof(tx, log, from, size) };
}

/** The signer has signed more of this very tree than we have kept notes of: a proof from there is asked for once. */
async function caughtUp(
  database: RoleDatabase<"sequencer">,
  signer: CheckpointSigner,
  base: string,
  { log, size, root }: Unsigned,
  last: string,
): Promise<Awaited<ReturnType<CheckpointSigner["sign"]>>[number]> {
  const origin = originOf(base, log);
  const signed = checkpointOf(last);
  if (signed === null || signed.size > size || !(await database.transaction((tx) => holds(tx, log, signed))))
    throw diverged(origin, last);
  const proof = await database.transaction((tx) => consistencyProof(tx, log, signed.size, size));
  const [answer] = await signer.sign([{ origin, size, root, from: signed.size, proof }]);
  if (answer === undefined) throw diverged(origin, last);
  return answer;
}

async function keep(
  tx: SequencerTx,
  epoch: number,
  notes: readonly { readonly log: LogName; readonly size: number; readonly note: string }[],
): Promise<void> {
  for (const { log, size, note } of notes)
    await tx.run(
      log.kind === "epochs"
        ? sql`insert into audit.checkpoint (epoch, note) values (${epoch}, ${note}) on conflict (epoch) do nothing`
        : sql`insert into audit.tenant_checkpoint (tenant_id, epoch, size, note) values (${log.tenantId}, ${epoch}, ${size}, ${note}) on conflict (tenant_id, epoch) do nothing`,
    );
}

/** The checkpoint in a signed note; null when it is none. */
export function checkpointOf(note: string): Checkpoint | null {
  const parsed = parseNote(note);
  const checkpoint = parsed.kind === "note" ? parseCheckpoint(parsed.body) : parsed;
  return checkpoint.kind === "checkpoint" ? checkpoint : null;
}

/** Whether our tree has this head in its past. */
async function holds(tx: SequencerTx, log: LogName, head: Checkpoint): Promise<boolean> {
  return equal(head.size === 0 ? emptyRoot(sha256) : await rootAt(tx, log, head.size), head.root);
}

/**
 * What start-up asks before anything is added: whether the signer's last checkpoint is in this database's past (audit.md,
 * cases 22 and 23). Throws log_diverged when it is not; rejects otherwise only when the signer cannot be reached.
 */
export async function compareWithSigner(database: RoleDatabase<"sequencer">, signer: CheckpointSigner): Promise<void> {
  const { base } = await signer.identity();
  const origin = originOf(base, EPOCHS);
  const last = await signer.last(origin);
  await database.transaction(async (tx) => {
    const ours = await readCheckpoint(tx, EPOCHS);
    const known = ours === null ? null : checkpointOf(ours.note);
    // INVARIANT: a log keeps its name. Its epochs and slots say it, and under another one nobody could verify them.
    if (known !== null && known.origin !== origin) throw renamed(known.origin, origin);
    if (last === null) {
      if (known !== null) throw forgotten(origin, known.size);
      return;
    }
    const signed = checkpointOf(last);
    const { size } = await tx.one(sql`select count(*) as size from audit.epoch`, z.object({ size: z.int() }));
    if (signed === null || signed.size > size || !(await holds(tx, EPOCHS, signed))) throw diverged(origin, last);
  });
}

const diverged = (origin: string, last: string): Fault =>
  new Fault(
    "log_diverged",
    `The audit log in this database is not the one that was signed: the last checkpoint of ${origin} has ${checkpointOf(last)?.size ?? "an unreadable number of"} leaves, and this database does not have that head in its past. It is an older backup, a stale replica, or it was rewritten. Nothing is signed. See docs/runbooks/audit-log.md.`,
  );

const renamed = (known: string, origin: string): Fault =>
  new Fault(
    "log_diverged",
    `The audit log in this database is called ${known}, and the broker signs for ${origin}: the broker's directory was lost or exchanged, or AUDIT_ORIGIN is another log's. Restore BROKER_DIR; or, where this is another server on the database of one that runs, name that one's broker in BROKER_SOCKET. Nothing is signed, since under another name nobody could verify what is there. See docs/runbooks/audit-log.md.`,
  );

const forgotten = (origin: string, size: number): Fault =>
  new Fault(
    "log_diverged",
    `The signer knows no checkpoint of ${origin}, and this database has one of ${size} leaves: the signer's store was lost or exchanged. Nothing is signed. See docs/runbooks/audit-log.md.`,
  );
