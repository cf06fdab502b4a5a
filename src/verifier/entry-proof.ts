// The proof of one entry (docs/audit-format.md): entry -> tenant's tree -> slot -> epoch -> signed and witnessed checkpoint.

import { fromBase64 } from "./bytes.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { verifies, type VerifyEd25519 } from "./cosignature.ts";
import { readEntryLeaf, type EntryLeaf } from "./entry-leaf.ts";
import { readEpochLeaf, type EpochLeaf } from "./epoch-leaf.ts";
import { baseOf, EPOCHS, originOf, tenantLog } from "./layout.ts";
import { leafHash, verifyInclusion, type Hash } from "./merkle.ts";
import { parseNote, type NoteKey } from "./note.ts";
import { describeQuorum, isQuorum, type Policy, type Witness } from "./policy.ts";
import type { Sha256 } from "./sha256.ts";
import { canonicalValue, isCount, isText, members } from "./shape.ts";
import { readSlotLeaf, type HeadLeaf } from "./slot-leaf.ts";
import { parseTlogProof, proofLimits } from "./tlog-proof.ts";

export interface ProvenEntry {
  readonly kind: "proven";
  readonly leaf: EntryLeaf;
  readonly leafHash: Hash;
  readonly index: number;
  readonly epoch: EpochLeaf;
  /** Of the policy's witnesses; with the time each gave, in seconds since the Unix epoch. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
}
export type EntryProofVerdict = ProvenEntry | { readonly kind: "refused"; readonly why: string };

export interface EntryProofTools {
  readonly sha256: Sha256;
  readonly verify: VerifyEd25519;
}

const refused = (why: string): EntryProofVerdict => ({ kind: "refused", why });

/** Never throws. `policy` null: the log's signature alone, which whoever holds the log's key can give to two pasts. */
export async function verifyEntryProof(
  { sha256, verify }: EntryProofTools,
  text: string,
  key: NoteKey,
  policy: Policy | null,
): Promise<EntryProofVerdict> {
  const proof = parseTlogProof(text);
  if (proof.kind === "malformed") return refused(`It is no proof: ${proof.why}.`);
  const note = parseNote(proof.checkpoint);
  if (note.kind === "malformed") return refused(`Its checkpoint is none: ${note.why}.`);
  const checkpoint = parseCheckpoint(note.body);
  if (checkpoint.kind === "malformed") return refused(`Its checkpoint is none: ${checkpoint.why}.`);
  const base = baseOf(key.name);
  if (base === null || checkpoint.origin !== originOf(base, EPOCHS)) return refused("It is a proof of another log.");
  if ((await verifies(sha256, verify, note, key)).kind !== "verified")
    return refused("Its checkpoint is not signed with the key you named.");
  const witnesses = await cosigned({ sha256, verify }, note, policy);
  if (policy !== null && !isQuorum(policy.quorum, new Set(witnesses.keys())))
    return refused(
      `${witnesses.size} of your witnesses saw its checkpoint; your policy asks for ${describeQuorum(policy.quorum)}.`,
    );

  const way = readWay(proof.extra);
  if (way === null) return refused("Its extra line does not lead from an entry to the checkpoint.");
  const { leaf, slot, epoch } = way;
  const hash = leafHash(sha256, way.leafBytes);
  if (slot.log !== originOf(base, tenantLog(leaf.log))) return refused("The entry and its log's head are of two logs.");
  const inTree = { leaf: hash, index: way.index, size: slot.size, root: slot.root, proof: way.tree };
  if (!verifyInclusion(sha256, inTree)) return refused("The entry is not in its log.");
  const slotHash = leafHash(sha256, way.slotBytes);
  if (!verifyInclusion(sha256, { leaf: slotHash, index: slot.slot, ...epoch.slots, proof: way.slots }))
    return refused("The log's head is not at its place in the epoch.");
  const inLog = {
    leaf: leafHash(sha256, way.epochBytes),
    index: proof.index,
    size: checkpoint.size,
    root: checkpoint.root,
  };
  if (epoch.epoch !== proof.index || !verifyInclusion(sha256, { ...inLog, proof: proof.hashes }))
    return refused("The epoch is not under its checkpoint.");
  const seen = [...witnesses].map(([{ name }, time]) => ({ name, time }));
  return { kind: "proven", leaf, leafHash: hash, index: way.index, epoch, witnesses: seen };
}

async function cosigned(
  { sha256, verify }: EntryProofTools,
  note: Parameters<typeof verifies>[2],
  policy: Policy | null,
): Promise<ReadonlyMap<Witness, number>> {
  const seen = new Map<Witness, number>();
  for (const witness of policy?.witnesses ?? []) {
    const verified = await verifies(sha256, verify, note, witness.key);
    if (verified.kind === "verified") seen.set(witness, verified.time ?? 0);
  }
  return seen;
}

interface Way {
  readonly leaf: EntryLeaf;
  readonly leafBytes: Uint8Array;
  readonly index: number;
  readonly tree: readonly Hash[];
  readonly slot: HeadLeaf;
  readonly slotBytes: Uint8Array;
  readonly slots: readonly Hash[];
  readonly epoch: EpochLeaf;
  readonly epochBytes: Uint8Array;
}

function readWay(extra: Uint8Array | null): Way | null {
  const value = extra === null ? null : members(canonicalValue(extra), ["v", "leaf", "index", "tree", "slot", "slots", "epoch"]); // prettier-ignore
  if (value === null || value["v"] !== 1 || !isCount(value["index"])) return null;
  const [leafBytes, slotBytes, epochBytes] = [bytes(value["leaf"]), bytes(value["slot"]), bytes(value["epoch"])];
  const [tree, slots] = [hashes(value["tree"]), hashes(value["slots"])];
  if (leafBytes === null || slotBytes === null || epochBytes === null || tree === null || slots === null) return null;
  const [leaf, slot, epoch] = [readEntryLeaf(leafBytes), readSlotLeaf(slotBytes), readEpochLeaf(epochBytes)];
  if (leaf === null || slot?.kind !== "head" || epoch === null) return null;
  return { leaf, leafBytes, index: value["index"], tree, slot, slotBytes, slots, epoch, epochBytes };
}

const bytes = (value: unknown): Uint8Array | null => (isText(value) ? new TextEncoder().encode(value) : null);

function hashes(value: unknown): readonly Hash[] | null {
  if (!Array.isArray(value) || value.length > proofLimits.hashes) return null;
  const found = value.map((each) => (isText(each) ? fromBase64(each) : null)).filter((each) => each !== null);
  return found.length === value.length ? found : null;
}
