// audit.md, section 5, in an exported directory: WHICH layer finds it. "" is none: that is why the next layer is there.

import { describe, expect, it } from "vitest";
import { base64, besideFile, NOTHING_PINNED, tenantLog, type Pinned } from "#verifier";
import {
  exportWorld,
  writeManifest,
  writeTiles,
  type ExportOptions,
  type FileMap,
} from "../support/audit-log/export.ts";
import { signingKey, witnessLine } from "../support/audit-log/keys.ts";
import { auditor, judge, layers, policyOf, stateOf } from "../support/audit-log/judge.ts";
import { append, epoch, hashesOf, makeEntry, tenantOf, TENANT, type World } from "../support/audit-log/world.ts";
import {
  checkpointOf, entriesOf, entryAt, forgedLeaf, originOfEpochs, receiptFor, rewritten, story, tenantCheckpointOf, VICTIM, withOldNotes,
} from "./story.ts"; // prettier-ignore

const NO_MANIFEST: ExportOptions = { manifest: false };
/** Holds the key and no witness's word: what is found without anything from outside. */
const alone = (world: World): Pinned => ({ ...NOTHING_PINNED, key: world.signer.key });
const judged = async (files: FileMap, pinned: Pinned): Promise<string> => layers(await judge(files, pinned));
const outside = (honest: World): Partial<Pinned> => ({ checkpoints: [checkpointOf(honest)] });
const receipts = (honest: World, index: number): Partial<Pinned> => ({ receipts: [receiptFor(honest, index)] });

/** An operator with the log's key: everything is signed again, and no witness helps. */
const resigned = (world: World, options: ExportOptions = {}): FileMap =>
  exportWorld(world, { ...NO_MANIFEST, witnesses: [], ...options });

describe("the tamper matrix on files (A1, A2), invariant 19", () => {
  it("nothing changed: nothing is found, and every verdict is given", async () => {
    const world = story();
    const report = await judge(
      exportWorld(world, { disclose: true }),
      auditor(world, { ...outside(world), ...receipts(world, VICTIM) }),
    );
    expect(stateOf(report)).toBe("verified: verified, verified, verified, verified, verified");
  });

  it("a receipt of an entry that the last run has read: it is read again, and found", async () => {
    const world = story();
    const files = exportWorld(world);
    const { held } = await judge(files, auditor(world, outside(world)));
    const report = await judge(files, auditor(world, { held, ...receipts(world, 0) }));
    expect([stateOf(report), report.counts.receipts]).toEqual([
      "verified: verified, verified, verified, verified, verified",
      1,
    ]);
  });

  it("case 1: a ciphertext byte flipped: the body check finds it, and nothing else does", async () => {
    const world = story();
    const part = entryAt(world, VICTIM).parts[0];
    if (part) part.ct = Uint8Array.from(part.ct, (byte, i) => (i === 3 ? byte ^ 1 : byte));
    expect(await judged(exportWorld(world, NO_MANIFEST), auditor(world, outside(story())))).toBe("B");
  });

  it("case 2: leaf bytes edited, their hash left: body check and chain", async () => {
    const world = story();
    const hashes = hashesOf(entriesOf(world));
    const files = withOldNotes(world, world);
    const entry = entryAt(world, VICTIM);
    entry.leaf = forgedLeaf(entry);
    const edited = withOldNotes(world, story());
    for (const path of edited.keys())
      if (path.includes("/tile/entries/")) files.set(path, edited.get(path) ?? Buffer.of());
    expect(hashes).not.toEqual(hashesOf(entriesOf(world)));
    expect(await judged(files, auditor(world, outside(story())))).toBe("B C");
  });

  it("case 3: row and hash replaced, the chain left: chain, checkpoint, outside", async () => {
    const world = story();
    const files = withOldNotes(world, world);
    const entry = entryAt(world, VICTIM);
    entry.leaf = forgedLeaf(entry);
    for (const [path, bytes] of exportWorld(world, NO_MANIFEST))
      if (path.startsWith(`t/${TENANT}/tile/`)) files.set(path, bytes);
    expect(await judged(files, auditor(world, { checkpoints: [tenantCheckpointOf(story())] }))).toBe("C K W");
  });

  const rechained = (): World =>
    rewritten(story(), (entries) => {
      const entry = entries[VICTIM];
      if (entry) entry.leaf = forgedLeaf(entry);
    });

  it("case 4: row replaced and everything after it chained again: checkpoint and outside, the chain is silent", async () => {
    expect(await judged(withOldNotes(rechained(), story()), auditor(story(), outside(story())))).toBe("K W");
  });

  it("case 5: case 4, and all checkpoints signed again with the stolen key: only what is held outside", async () => {
    expect(await judged(resigned(rechained()), auditor(story(), outside(story())))).toBe("W");
    expect(await judged(resigned(rechained()), auditor(story()))).toBe("W");
    expect(await judged(resigned(rechained()), alone(story()))).toBe("");
  });

  it("case 6: case 4 under a new key: refused at once by whoever pinned the old one, and seen outside", async () => {
    const other = signingKey(originOfEpochs, "another key");
    const files = resigned(rechained(), { signer: other });
    expect(await judged(files, auditor(story(), outside(story())))).toBe("K W");
    // Whoever believes the key that the log itself names sees nothing without a witness.
    expect(await judged(files, { ...NOTHING_PINNED, key: other.key })).toBe("");
    expect(await judged(files, { ...NOTHING_PINNED, key: other.key, ...outside(story()) })).toBe("W");
  });

  it("case 7: a middle row deleted: chain, checkpoint, outside, receipt", async () => {
    const world = story();
    const files = withOldNotes(world, world);
    entriesOf(world).splice(VICTIM, 1);
    // The tiles and bundles as they are without the row; slots and notes still speak of thirty.
    const shorter = [...entriesOf(world), makeEntry(world, TENANT, {}, 9_999)];
    writeTiles(files, tenantLog(TENANT), hashesOf(shorter));
    tenantOf(world, TENANT).entries = shorter;
    for (const [path, bytes] of exportWorld(world, NO_MANIFEST))
      if (path.startsWith(`t/${TENANT}/tile/`) || path.startsWith(`t/${TENANT}/bodies/`)) files.set(path, bytes);
    const pinned = auditor(world, { checkpoints: [tenantCheckpointOf(story())], ...receipts(story(), VICTIM) });
    expect(await judged(files, pinned)).toBe("C K W R");
  });

  const withoutOne = (): World => rewritten(story(), (entries) => void entries.splice(VICTIM, 1), -1);

  it("case 8: a middle row deleted, renumbered and chained again: checkpoint, outside, receipt", async () => {
    const pinned = auditor(story(), { ...outside(story()), ...receipts(story(), VICTIM) });
    expect(await judged(withOldNotes(withoutOne(), story()), pinned)).toBe("K W R");
  });

  it("case 9: the tail after the last checkpoint deleted: only a receipt, and nothing at all if nobody holds one", async () => {
    const honest = story();
    append(honest, TENANT);
    const promise = receipts(honest, 30);
    const cut = story();
    epoch(cut);
    expect(await judged(exportWorld(cut), auditor(cut, { ...outside(story()), ...promise }))).toBe("R");
    expect(await judged(exportWorld(cut), auditor(cut, outside(story())))).toBe("");
  });

  it("case 10: the tail below a checkpoint and that checkpoint deleted: outside and receipt", async () => {
    const honest = story();
    const older = story();
    entriesOf(older).splice(20);
    older.epochs.splice(2);
    expect(await judged(exportWorld(older), auditor(older, { ...outside(honest), ...receipts(honest, 25) }))).toBe(
      "W R",
    );
    expect(await judged(exportWorld(older), alone(older))).toBe("");
  });

  it("case 11: a whole tenant dropped: outside and receipt; its slot shows a missing head", async () => {
    const honest = story();
    const report = await judge(exportWorld(honest), auditor(honest));
    const dropped = new Map([...exportWorld(honest, NO_MANIFEST)].filter(([path]) => !path.startsWith(`t/${TENANT}/`)));
    expect(await judged(dropped, auditor(honest, { held: report.held }))).toBe("W");
    const asked = await judge(dropped, auditor(honest, { held: report.held, ...receipts(honest, 3) }), {
      tenants: [TENANT],
      full: true,
    });
    expect(layers(asked)).toBe("W R");
    expect(asked.verdicts[2]?.gaps[0]?.what).toContain("head of log");
  });

  it("case 13: ciphertexts of two rows swapped: the body check", async () => {
    const world = story();
    const [a, b] = [entryAt(world, 4), entryAt(world, 5)];
    [a.parts, b.parts] = [b.parts, a.parts];
    expect(await judged(exportWorld(world, NO_MANIFEST), auditor(world, outside(story())))).toBe("B");
  });

  it("case 14: a back-dated approval put in, everything chained again: checkpoint, outside, receipt", async () => {
    const honest = story();
    const forged = story();
    const ts = Date.parse("2026-03-01T00:05:20.000Z");
    const approval = makeEntry(forged, TENANT, { kind: "gate.command", ts }, 9_999);
    rewritten(forged, (entries) => void entries.splice(VICTIM, 0, approval), 1);
    const pinned = auditor(honest, { ...outside(honest), ...receipts(honest, 20) });
    expect(await judged(withOldNotes(forged, honest), pinned)).toBe("K W R");
  });

  it("case 18: another key disclosed for an entry: the key commitment", async () => {
    const world = story();
    const files = exportWorld(world, { ...NO_MANIFEST, disclose: true });
    const path = besideFile(TENANT, "keys", 0, 30);
    const lines = Buffer.from(files.get(path) ?? []).toString();
    const key = entryAt(world, VICTIM).parts[0]?.key ?? Buffer.of();
    files.set(path, Buffer.from(lines.replace(base64(key), base64(Uint8Array.from(key, (byte) => byte ^ 1)))));
    const report = await judge(files, auditor(world));
    expect(layers(report)).toBe("B");
    expect(report.verdicts[3]?.findings.map((finding) => `${finding.code} ${finding.at}`)).toEqual([
      `key_differs entry ${VICTIM}, part 0`,
    ]);
  });

  it("case 20: a tenant crypto-shredded: the tree still verifies, bodies are erased by certificate and not missing", async () => {
    const world = story();
    append(world, TENANT, { kind: "tenant.erased" });
    epoch(world);
    tenantOf(world, TENANT).shredded = true;
    epoch(world);
    const report = await judge(exportWorld(world), auditor(world));
    expect(stateOf(report)).toBe("verified: verified, not_checked, verified, verified, verified");
    expect(report.counts.leavesErased).toBe(31);
    expect(report.verdicts[2]?.says).toContain("erased by certificate");
  });

  it("case 20: one body erased without any certificate is missing", async () => {
    const world = story();
    entryAt(world, VICTIM).parts[0] = null;
    expect(await judged(exportWorld(world, NO_MANIFEST), auditor(world))).toBe("B");
  });

  it("case 22: an older backup restored: outside and receipt", async () => {
    const honest = story();
    epoch(honest);
    append(honest, TENANT);
    epoch(honest);
    const backup = story();
    expect(await judged(exportWorld(backup), auditor(backup, { ...outside(honest), ...receipts(honest, 30) }))).toBe(
      "W R",
    );
    expect(await judged(exportWorld(backup), alone(backup))).toBe("");
  });

  it("case 23: case 22, and new entries signed over the gap: only outside, as a fork", async () => {
    const honest = story();
    append(honest, TENANT, { body: { merged: "honest" } });
    epoch(honest);
    const fork = story();
    append(fork, TENANT, { body: { merged: "other" } });
    epoch(fork);
    epoch(fork);
    expect(await judged(resigned(fork), auditor(fork, outside(honest)))).toBe("W");
    expect(await judged(resigned(fork), alone(fork))).toBe("");
  });

  it("case 24: two roots of one size for two auditors: found when they exchange checkpoints, or ask the witnesses", async () => {
    const one = story();
    const two = rechained();
    expect(checkpointOf(one).size).toBe(checkpointOf(two).size);
    expect(await judged(resigned(two), { ...alone(two), ...outside(one) })).toBe("W");
    expect(await judged(resigned(two), auditor(two))).toBe("W");
  });

  it("case 24: two heads of one tenant in one epoch cannot both be at its slot", async () => {
    const world = story();
    const files = exportWorld(world, NO_MANIFEST);
    const path = besideFile(TENANT, "slots", 0, 3);
    const other = exportWorld(withoutOne(), NO_MANIFEST).get(path) ?? Buffer.of();
    files.set(path, Buffer.concat([files.get(path) ?? Buffer.of(), other]));
    expect(await judged(files, auditor(world))).toBe("K");
  });

  it("case 27: one witness's key stolen: below the quorum, so the forged checkpoint is not believed", async () => {
    const forged = rechained();
    const [stolen, ...rest] = forged.witnesses;
    if (stolen === undefined) throw new Error("no witness");
    const files = resigned(forged, { witnesses: [stolen] });
    expect(await judged(files, auditor(story()))).toBe("W");
    // A quorum of one would have believed it.
    expect(await judged(files, { ...alone(forged), policy: policyOf(forged.signer, [stolen, ...rest], 1) })).toBe("");
    // A line that only claims to be the other witness's is found.
    const checkpoint = Buffer.from(files.get("epochs/checkpoint") ?? []).toString();
    const liar = { ...stolen, key: rest[0]?.key ?? stolen.key };
    files.set("epochs/checkpoint", Buffer.from(`${checkpoint}${witnessLine(liar, 1_772_324_000, "x\n")}\n`));
    expect(await judged(files, auditor(story()))).toBe("K W");
  });

  it("case 28: the log's key rotated: accepted through the leaf that the old key signed, and only through it", async () => {
    const world = story();
    const old = auditor(world);
    world.pendingRotation = signingKey(originOfEpochs, "second key");
    epoch(world);
    const report = await judge(exportWorld(world), old);
    expect(stateOf(report)).toBe("verified: verified, not_checked, verified, verified, verified");
    expect(report.counts.rotations).toBe(1);

    // The old key may not sign any more what comes after.
    expect(await judged(exportWorld(world, { signer: signingKey(originOfEpochs, "log key") }), old)).toBe("K");
    // A rotation that only the new key signed.
    const forged = story();
    const thief = signingKey(originOfEpochs, "thief's key");
    forged.signer = { ...thief, vkey: old.key === null ? "" : story().signer.vkey, private: thief.private };
    forged.pendingRotation = thief;
    epoch(forged);
    const refused = await judge(exportWorld(forged), old);
    expect(refused.verdicts[0]?.findings.map((finding) => finding.code)).toEqual(["rotation_wrong", "signature_wrong", "signature_wrong", "signature_wrong"]); // prettier-ignore
  });

  const malformed: readonly [string, (note: string) => string][] = [
    ["a bad key id", (note) => note.replace(/ (\S{6})(\S+)\n$/, " AAAAAA$2\n")],
    ["an extra line in the text", (note) => note.replace("\n3\n", "\n3\nextra\n")],
    ["a carriage return", (note) => note.replace("\n3\n", "\r\n3\n")],
    ["2 MB of signatures", (note) => note + note.slice(note.indexOf("— ")).repeat(3_000)],
    ["a size with a leading zero", (note) => note.replace("\n3\n", "\n03\n")],
    ["no signature at all", (note) => note.slice(0, note.indexOf("\n\n") + 2)],
    ["nothing", () => ""],
  ];
  it.each(malformed)("case 61: a malformed note, %s: refused, never thrown", async (_, spoil) => {
    const world = story();
    const files = exportWorld(world, NO_MANIFEST);
    const note = Buffer.from(files.get("epochs/checkpoint") ?? []).toString();
    files.set("epochs/checkpoint", Buffer.from(spoil(note)));
    const report = await judge(files, auditor(world, outside(world)));
    // A bad key id only makes the third witness's line unknown; two are still a quorum.
    expect(report.state).toBe(spoil(note).includes(" AAAAAA") ? "verified" : "tampered");
  });

  it("case 68: a file of an export edited, added, removed: the manifest", async () => {
    const world = story();
    const honest = exportWorld(world);
    const path = `t/${TENANT}/bodies/000.p/30`;
    const codes = async (change: (files: FileMap) => void): Promise<readonly string[]> => {
      const files = new Map(honest);
      change(files);
      const { verdicts } = await judge(files, auditor(world));
      return verdicts[2]?.findings.map((finding) => `${finding.code} ${finding.at}`) ?? [];
    };
    expect(await codes((files) => files.set(path, Buffer.concat([files.get(path) ?? Buffer.of(), Buffer.from("\n")])))).toEqual([`file_differs ${path}`]); // prettier-ignore
    expect(await codes((files) => files.set("notes.txt", Buffer.from("all is well")))).toEqual([
      "file_differs notes.txt",
    ]);
    expect(await codes((files) => void files.delete(path))).toEqual([`file_differs ${path}`]);
  });

  it("case 68: an entry left out with a manifest that fits is found by the leaves: the range is complete or it is not the range", async () => {
    const world = story();
    const files = exportWorld(world, NO_MANIFEST);
    const entry = entryAt(world, VICTIM);
    const path = `t/${TENANT}/tile/entries/000.p/30`;
    const bytes = Buffer.from(files.get(path) ?? []);
    const at = bytes.indexOf(entry.leaf);
    files.set(
      path,
      Buffer.concat([bytes.subarray(0, at - 2), Buffer.of(0, 0), bytes.subarray(at + entry.leaf.length)]),
    );
    writeManifest(files);
    const report = await judge(files, auditor(world));
    expect(report.verdicts[2]?.findings.map((finding) => `${finding.code} ${finding.at}`)).toEqual([
      `leaf_missing entry ${VICTIM}`,
    ]);
  });
});
