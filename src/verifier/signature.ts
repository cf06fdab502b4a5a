// Verdict 1: the checkpoint is the log's own, and enough witnesses saw it.

import { hex } from "./bytes.ts";
import { parseCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { verifies } from "./cosignature.ts";
import { rotationBytes, type KeyRotated } from "./epoch-leaf.ts";
import type { Examination } from "./examination.ts";
import { EPOCHS, type Log } from "./layout.ts";
import { formatVkey, keyId, parseNote, parseVkey, signaturesOf, type Note, type NoteKey } from "./note.ts";
import { describeQuorum, isQuorum, type Policy, type Witness } from "./policy.ts";
import { ed25519 } from "./webcrypto.ts";

export interface ReadNote {
  readonly note: Note;
  readonly checkpoint: Checkpoint;
}

/** The note at the head of a log; null when there is none that can be used. */
export async function readHead(exam: Examination, log: Log): Promise<ReadNote | null> {
  const text = exam.take(await exam.source.checkpoint(log), "checkpoint_malformed", log, "checkpoint");
  if (text === null) return null;
  const note = parseNote(text);
  const checkpoint = note.kind === "note" ? parseCheckpoint(note.body) : note;
  if (note.kind === "malformed" || checkpoint.kind === "malformed") {
    const why = checkpoint.kind === "malformed" ? checkpoint.why : "";
    exam.find("checkpoint_malformed", log, "checkpoint", `It is no checkpoint: ${why}.`);
    return null;
  }
  return { note, checkpoint };
}

export interface Rotation extends KeyRotated {
  readonly epoch: number;
}

/**
 * The keys that may have signed, the one that signs now last. INVARIANT: a new key is believed only when the old one and the new
 * one both signed the change, and it stands in the log (audit.md, case 28).
 */
export async function keysSince(
  exam: Examination,
  pinned: NoteKey,
  rotations: readonly Rotation[],
): Promise<readonly NoteKey[]> {
  const { sha256, subtle } = exam.tools;
  const verify = ed25519(subtle);
  const wrong = (rotation: Rotation, what: string): void =>
    exam.find("rotation_wrong", EPOCHS, `epoch ${rotation.epoch}`, what);
  let keys: readonly NoteKey[] = [];
  for (const rotation of rotations) {
    const [from, to] = [parseVkey(sha256, rotation.from), parseVkey(sha256, rotation.to)];
    const message = rotationBytes(rotation.from, rotation.to, rotation.epoch);
    const last = keys.at(-1);
    if (from === null || to === null || from.name !== pinned.name || to.name !== pinned.name)
      wrong(rotation, "The key was changed to something that is no key of this log.");
    else if (last !== undefined && formatVkey(sha256, last) !== rotation.from)
      wrong(rotation, "The key that was changed is not the one in use.");
    else if (
      !(await verify(from.publicKey, message, rotation.byOld)) ||
      !(await verify(to.publicKey, message, rotation.byNew))
    )
      wrong(rotation, "The change of the key is not signed by both the old and the new one.");
    else {
      keys = last === undefined ? [from, to] : [...keys, to];
      exam.counts.rotations += 1;
      continue;
    }
    return [pinned];
  }
  if (keys.length === 0) return [pinned];
  const text = formatVkey(sha256, pinned);
  if (keys.some((key) => formatVkey(sha256, key) === text)) return keys;
  exam.find("rotation_wrong", EPOCHS, "", "No change of keys in the log leads to the key you named.");
  return [pinned];
}

/** Whether one of the log's keys signed, under the log's origin. */
export async function isSignedBy(
  exam: Examination,
  log: Log,
  head: ReadNote,
  keys: readonly NoteKey[],
): Promise<boolean> {
  const { sha256, subtle } = exam.tools;
  for (const key of keys) {
    const named: NoteKey = { ...key, name: head.checkpoint.origin };
    if ((await verifies(sha256, ed25519(subtle), head.note, named)).kind === "verified") return true;
  }
  const last = keys.at(-1);
  if (last === undefined) return false;
  const named: NoteKey = { ...last, name: head.checkpoint.origin };
  const claimed = signaturesOf(sha256, head.note, named).length > 0;
  exam.find(
    "signature_wrong",
    log,
    "checkpoint",
    claimed
      ? "The signature under the log's key is not one of this text."
      : `It is not signed with the log's key (id ${hex(keyId(sha256, named))}).`,
  );
  return false;
}

/** The witnesses of the policy that cosigned. A signature that claims to be a witness's and is not, is found. */
export async function checkQuorum(exam: Examination, head: ReadNote, policy: Policy): Promise<void> {
  const { sha256, subtle } = exam.tools;
  const cosigned = new Set<Witness>();
  for (const witness of policy.witnesses) {
    const verified = await verifies(sha256, ed25519(subtle), head.note, witness.key);
    if (verified.kind === "verified") cosigned.add(witness);
    else if (signaturesOf(sha256, head.note, witness.key).length > 0)
      exam.find(
        "signature_wrong",
        EPOCHS,
        "checkpoint",
        `The cosignature under the name of witness ${witness.name} is not one of this text.`,
      );
  }
  exam.counts.cosignatures = cosigned.size;
  if (!isQuorum(policy.quorum, cosigned))
    exam.gap(
      "signature",
      true,
      `The checkpoint of ${head.checkpoint.size} epochs was seen by ${cosigned.size} of your witnesses; your policy asks for ${describeQuorum(policy.quorum)}.`,
      "Wait for the next epoch and run again; if it stays so, ask the witnesses what they refuse.",
    );
}
