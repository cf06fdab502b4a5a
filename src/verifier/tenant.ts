// One tenant's log: its entries are its tree, its tree is its head, its head is at its place in the epoch.

import { equal } from "./bytes.ts";
import { Entries, type EntriesRun } from "./entries.ts";
import type { Epochs } from "./epochs.ts";
import type { Examination } from "./examination.ts";
import type { HeldHead, HeldLog } from "./held.ts";
import { originOf, tenantLog } from "./layout.ts";
import type { Hash } from "./merkle.ts";
import type { NoteKey } from "./note.ts";
import { isSignedBy, readHead } from "./signature.ts";
import { readHeads } from "./slots.ts";
import { walk } from "./walk.ts";

export interface TenantRun extends EntriesRun {
  readonly tenant: string;
  readonly base: string;
  readonly epochs: Epochs;
  /** Keys that may sign; empty when the auditor named none. */
  readonly keys: readonly NoteKey[];
  /** Other heads that the auditor holds. */
  readonly known: readonly HeldHead[];
  /** Told the last epoch that has a head of this log; null: none that was read has. */
  readonly onNewest: (epoch: number | null) => void;
}

/** What to hold from now on; null when the log could not be read to its head. */
export async function verifyTenant(exam: Examination, run: TenantRun): Promise<HeldLog | null> {
  const log = tenantLog(run.tenant);
  const origin = originOf(run.base, log);
  exam.counts.logs += 1;
  const before = exam.unread;
  const { heads, shreddedIn } = await readHeads(exam, log, origin, run.epochs, run.held);
  const newest = heads.at(-1);
  run.onNewest(newest?.epoch ?? null);
  const signed = await readHead(exam, log);
  if (signed !== null && signed.checkpoint.origin !== origin)
    exam.find("checkpoint_of_another_log", log, "checkpoint", "It is the checkpoint of another log.");
  else if (signed !== null && run.keys.length > 0) await isSignedBy(exam, log, signed, run.keys);
  const size = Math.max(signed?.checkpoint.size ?? 0, newest?.size ?? 0, run.held?.size ?? 0);
  const reached = Math.max(signed?.checkpoint.size ?? 0, newest?.size ?? 0);
  // A head that nobody could read (a key is missing, the network) says nothing about where the log ends.
  const isRead = signed !== null || exam.unread === before;
  for (const known of [...run.known, ...(run.held === null ? [] : [run.held])])
    if (isRead && known.size > reached)
      exam.find(
        "held_rolled_back",
        log,
        `entry ${reached}`,
        `You hold a checkpoint of ${known.size} entries; the log now shows ${reached}. Entries were cut off, or this is an older copy.`,
      );
  if (size > reached) {
    if (!isRead)
      for (const question of ["bodies", "completeness"] as const)
        exam.gap(question, true, `Log ${run.tenant} could not be read.`, "See the first verdict.");
    return null;
  }
  const from = run.held?.size ?? 0;
  const entries = new Entries(exam, log, run, heads);
  const roots = await walk(exam, {
    log,
    size,
    from,
    roots: new Set(
      [size, from, ...heads.map((head) => head.size), ...run.known.map((known) => known.size)].filter(
        (at) => at >= from,
      ),
    ),
    onGroup: (group) => entries.group(group),
    onLost: (n, width) => entries.lost(n, width),
  });
  // What could be read and does not lead to a root lacks entries; what nobody could read says nothing.
  const isWhole = exam.unread === 0;
  const compare = (at: number, root: Hash, code: "root_differs" | "held_differs", what: string): void => {
    const computed = roots.get(at);
    if (at < from) return;
    if (computed === undefined ? isWhole : !equal(computed, root))
      exam.find(code, log, `the first ${at} entries`, what);
  };
  if (signed !== null)
    compare(
      signed.checkpoint.size,
      signed.checkpoint.root,
      "root_differs",
      "They are not those that its checkpoint commits to.",
    );
  let compared = -1;
  for (const head of heads) {
    // An unmoved head is committed to again in every epoch.
    if (head.size === compared && head !== newest) continue;
    compared = head.size;
    compare(head.size, head.root, "root_differs", `They are not those that epoch ${head.epoch} commits to.`);
  }
  for (const known of [...run.known, ...(run.held === null ? [] : [run.held])])
    compare(
      known.size,
      known.root,
      "held_differs",
      "They are not those of the checkpoint that you hold. The log was rewritten.",
    );
  const open = entries.finish(shreddedIn, size, run.epochs.leaves.get(run.epochs.size - 1)?.time ?? 0);
  const root = roots.get(size);
  if (root === undefined || newest === undefined) return null;
  return { size, root, chain: entries.chain, slot: newest.slot, incarnation: newest.incarnation, open };
}
