// The checklist. Everything that an auditor needs to trust is read here, from top to bottom, and in what it calls.

import { equal } from "./bytes.ts";
import { Examination, type Tools } from "./examination.ts";
import { readEpochs, type Epochs } from "./epochs.ts";
import type { Held, HeldHead, HeldLog } from "./held.ts";
import { baseOf, EPOCHS, originOf, tenantLog } from "./layout.ts";
import { checkManifest } from "./manifest.ts";
import { formatVkey, parseVkey, type NoteKey } from "./note.ts";
import type { Pinned } from "./pinned.ts";
import { QUESTIONS, type Report } from "./report.ts";
import { checkQuorum, isSignedBy, keysSince, readHead, type ReadNote } from "./signature.ts";
import type { LogSource } from "./source.ts";
import { verifyTenant } from "./tenant.ts";
import { conclude } from "./conclude.ts";

export interface VerifyOptions extends Tools {
  /** The tenants whose logs are verified; null for all that are there. */
  readonly tenants: readonly string[] | null;
  /** false: bodies are left out on purpose. */
  readonly bodies: boolean;
  /** true: what an earlier run has read is read again. */
  readonly full: boolean;
}

/**
 * 1. The checkpoint is signed by the key you named, or one it passed on to, and your quorum of witnesses saw it.
 * 2. It extends the checkpoints you hold, and keeps the receipts you hold.
 * 3. The trees are their entries, from the bytes of each leaf up to the root, and each tenant's head is at its place.
 * 4. The bodies are those that the leaves commit to.
 * 5. Nothing is left open, nothing stands in an impossible order.
 *
 * Never throws for what the source holds; a source that throws is a source that is broken.
 */
export async function verify(source: LogSource, pinned: Pinned, options: VerifyOptions): Promise<Report> {
  const exam = new Examination(source, options);
  if (source.files !== undefined) await checkManifest(exam, source.files);
  const head = await readHead(exam, EPOCHS);
  const held = head === null ? null : await examine(exam, head, pinned, options);
  if (head === null && exam.unread === 0) lost(exam, pinned);
  if (head === null && exam.findings("signature").all === 0)
    exam.gap(
      "signature",
      true,
      "There is no checkpoint of the epoch log here.",
      "Name a directory, URL or database that has one.",
    );
  return conclude(exam, pinned, options, head === null, held);
}

/** There is nothing here, and there was something: everything that is held says so. */
function lost(exam: Examination, pinned: Pinned): void {
  for (const { size } of [...pinned.checkpoints, ...(pinned.held === null ? [] : [pinned.held.epochs])])
    exam.find(
      "held_rolled_back",
      EPOCHS,
      "everything",
      `You hold a checkpoint of a log of ${size}; here is none at all.`,
    );
  for (const receipt of pinned.receipts)
    exam.find("receipt_missing", tenantLog(receipt.tenant), "everything", "You hold a receipt; here is no log at all.");
}

async function examine(
  exam: Examination,
  head: ReadNote,
  pinned: Pinned,
  options: VerifyOptions,
): Promise<Held | null> {
  const { sha256 } = options;
  const { origin, size, root } = head.checkpoint;
  const key = pinned.key;
  const base = baseOf(key?.name ?? origin);
  if (base === null || origin !== originOf(base, EPOCHS)) {
    exam.find(
      "checkpoint_of_another_log",
      EPOCHS,
      "checkpoint",
      key === null
        ? `It is the checkpoint of ${origin}, which is no epoch log.`
        : `It is the checkpoint of ${origin}, and your key is that of ${key.name}: either this is another log, or the key is another log's.`,
    );
    for (const question of QUESTIONS)
      if (question !== "signature")
        exam.gap(question, true, "It is not your log's, so nothing of it was read.", "See the first verdict.");
    return null;
  }
  // INVARIANT: what is held counts only for the origin and the key it was held under, both named by the auditor.
  const mine = pinned.held;
  const held = mine?.origin === origin && key !== null && mine.key === formatVkey(sha256, key) ? mine : null;
  // A checkpoint from before the last run can only be compared by reading from the start.
  const older = pinned.checkpoints.some(
    (checkpoint) => held !== null && checkpoint.size < heldSize(held, checkpoint.origin),
  );
  // So can a receipt of an entry that the last run has read, or of one whose place it does not say.
  const receipt = pinned.receipts.some(({ tenant, index }) => (index ?? 0) < (held?.logs.get(tenant)?.size ?? 0));
  const start = options.full || older || receipt ? null : held;
  exam.since = start === null ? null : start.epochs.time;
  if (start !== null && (start.epochs.size > 0 || start.logs.size > 0))
    exam.notProven.add("Whether what an earlier run has verified is still there: --full reads it again.");

  const heads = heldHeads(pinned, held, origin);
  const epochs = await readEpochs(exam, head, rolledBack(exam, heads, size) ? null : start);
  const computed = epochs.roots.get(size);
  if (computed !== undefined && !equal(computed, root))
    exam.find("root_differs", EPOCHS, `the first ${size} epochs`, "They are not those that the checkpoint commits to.");
  for (const each of heads) {
    const then = epochs.roots.get(each.size);
    if (then !== undefined && !equal(then, each.root))
      exam.find(
        "held_differs",
        EPOCHS,
        `the first ${each.size} epochs`,
        "They are not those of the checkpoint that you hold. The log was rewritten, or you are shown another one.",
      );
  }

  const keys = await checkSignatures(exam, head, pinned, start, epochs);
  const logs = await verifyTenants(exam, { base, pinned, held, start, options, epochs, keys });

  const signer = keys.at(-1);
  const last = epochs.leaves.get(size - 1);
  const time = last?.time ?? held?.epochs.time;
  const expected = last?.expected ?? held?.epochs.expected;
  if (key === null || signer === undefined || time === undefined || expected === undefined) return null;
  return {
    origin,
    key: formatVkey(sha256, key),
    signer: formatVkey(sha256, signer),
    epochs: { size, root, time, expected },
    logs,
  };
}

const heldHeads = (pinned: Pinned, held: Held | null, origin: string): readonly HeldHead[] => [
  ...pinned.checkpoints.filter((checkpoint) => checkpoint.origin === origin),
  ...(held === null ? [] : [held.epochs]),
];

function rolledBack(exam: Examination, heads: readonly HeldHead[], size: number): boolean {
  const newer = heads.filter((head) => head.size > size);
  for (const head of newer)
    exam.find(
      "held_rolled_back",
      EPOCHS,
      `epoch ${size}`,
      `You hold a checkpoint of ${head.size} epochs; the log now shows ${size}. This is an older copy, or epochs were cut off.`,
    );
  return newer.length > 0;
}

/** Entries or epochs that the last run had of the log with this origin. */
function heldSize(held: Held, origin: string): number {
  if (origin === held.origin) return held.epochs.size;
  const base = baseOf(held.origin) ?? "";
  return [...held.logs].find(([id]) => originOf(base, tenantLog(id)) === origin)?.[1].size ?? 0;
}

/** The keys that may have signed; empty when the auditor named none. */
async function checkSignatures(
  exam: Examination,
  head: ReadNote,
  pinned: Pinned,
  start: Held | null,
  epochs: Epochs,
): Promise<readonly NoteKey[]> {
  const { sha256 } = exam.tools;
  if (pinned.key === null) {
    exam.gap(
      "signature",
      true,
      "No key was given, so nobody can say who wrote this log.",
      "Name the log's verifier key (--key), from a place that the log's operator cannot change.",
    );
    return [];
  }
  // Rotations that an earlier run has checked lead from the key that was named to the one that signed then.
  const from = start === null ? pinned.key : (parseVkey(sha256, start.signer) ?? pinned.key);
  const keys = await keysSince(exam, from, epochs.rotations);
  await isSignedBy(exam, EPOCHS, head, keys.slice(-1));
  if (pinned.policy === null)
    exam.notProven.add(
      "That everybody is shown this same log: no witness policy was given (--policy). Whoever holds the log's key could show another one.",
    );
  else await checkQuorum(exam, head, pinned.policy);
  return keys;
}

interface TenantsRun {
  readonly base: string;
  readonly pinned: Pinned;
  readonly held: Held | null;
  readonly start: Held | null;
  readonly options: VerifyOptions;
  readonly epochs: Epochs;
  readonly keys: readonly NoteKey[];
}

async function verifyTenants(exam: Examination, run: TenantsRun): Promise<ReadonlyMap<string, HeldLog>> {
  const { base, pinned, held, start, options, epochs, keys } = run;
  const logs = new Map<string, HeldLog>(held?.logs);
  const listed = await exam.source.tenants();
  const here = listed.kind === "found" ? listed.value : [...(held?.logs.keys() ?? [])];
  if (options.tenants === null && listed.kind === "found")
    for (const id of held?.logs.keys() ?? [])
      if (!here.includes(id))
        exam.find(
          "held_log_missing",
          tenantLog(id),
          "the whole log",
          "You have verified this log before; it is not here. If only some logs were given to you, name the one that is here (--tenant).",
        );
  const chosen = options.tenants ?? here;
  const committed = epochs.leaves.get(epochs.size - 1)?.tenants ?? 0;
  if (committed > chosen.length)
    exam.notProven.add(
      `Anything about the other logs: the newest epoch commits to ${committed}, and ${chosen.length} of them ${chosen.length === 1 ? "was" : "were"} read.`,
    );
  if (chosen.length === 0)
    exam.gap(
      "bodies",
      false,
      "No tenant's log was given, so only the epoch log was read.",
      "Name a tenant (--tenant) whose log you may read.",
    );
  const newest = new Map<string, number | null>();
  for (const tenant of chosen) {
    const origin = originOf(base, tenantLog(tenant));
    const after = await verifyTenant(exam, {
      tenant,
      base,
      epochs,
      keys,
      held: start?.logs.get(tenant) ?? null,
      known: [
        ...pinned.checkpoints.filter((checkpoint) => checkpoint.origin === origin),
        ...(start === null ? [held?.logs.get(tenant)] : []).filter((log) => log !== undefined),
      ],
      receipts: pinned.receipts.filter((receipt) => receipt.tenant === tenant),
      bodies: options.bodies,
      onNewest: (head) => newest.set(tenant, head),
    });
    if (after !== null) logs.set(tenant, after);
  }
  tieToNewest(exam, epochs, held, newest);
  return logs;
}

/**
 * Each log's newest head is in the newest epoch. INVARIANT: one that has none is believed to be younger than that epoch only where all the
 * logs that the epoch commits to, which is signed, are here with theirs: then there is no head that was kept back.
 */
function tieToNewest(
  exam: Examination,
  epochs: Epochs,
  held: Held | null,
  newest: ReadonlyMap<string, number | null>,
): void {
  if (epochs.size <= epochs.from) return;
  const last = epochs.size - 1;
  const committed = epochs.leaves.get(last)?.tenants ?? Number.POSITIVE_INFINITY;
  const tied = [...newest.values()].filter((epoch) => epoch === last).length;
  for (const [tenant, epoch] of newest) {
    if (epoch === last) continue;
    if (epoch === null && tied === committed && held?.logs.has(tenant) !== true)
      exam.notProven.add(
        `Anything about log ${tenant}: it is younger than the newest epoch, which has all the others. Run again after the next one.`,
      );
    else
      exam.gap(
        "tree",
        true,
        `The head of log ${tenant} in the newest epoch is not here, so nothing ties its newest entries to the epoch log.`,
        "Ask for an export that has the slots of every epoch. A log that is younger than the newest epoch is in the next one.",
      );
  }
}
