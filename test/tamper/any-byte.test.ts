import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exportWorld, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge } from "../support/audit-log/judge.ts";
import { story } from "./story.ts";

const world = story();
const pinned = auditor(world);

/** A place in the files and another byte for it. */
const tamper = (files: FileMap): fc.Arbitrary<readonly [path: string, at: number, xor: number]> =>
  fc
    .constantFrom(...[...files].filter(([, bytes]) => bytes.length > 0).map(([path]) => path))
    .chain((path) =>
      fc.tuple(fc.constant(path), fc.nat((files.get(path)?.length ?? 1) - 1), fc.integer({ min: 1, max: 255 })),
    );

function changed(files: FileMap, path: string, at: number, xor: number): FileMap {
  const copy = new Map(files);
  copy.set(
    path,
    Uint8Array.from(files.get(path) ?? [], (byte, i) => (i === at ? byte ^ xor : byte)),
  );
  return copy;
}

describe("any byte, at any place (A1)", () => {
  it("of an export: one changed byte in one file is found", async () => {
    const files = exportWorld(world, { disclose: true });
    await fc.assert(
      fc.asyncProperty(tamper(files), async ([path, at, xor]) => {
        expect((await judge(changed(files, path, at, xor), pinned)).state).not.toBe("verified");
      }),
      { numRuns: 400 },
    );
  });

  /** What no tree commits to and no verdict rests on: the name of a key that is not used, one cosignature more than the quorum. */
  function isIrrelevant(files: FileMap, path: string, at: number): boolean {
    const bytes = Buffer.from(files.get(path) ?? []);
    if (path.includes("/bodies/")) return isInKeyId(bytes, at);
    const text = bytes.toString("latin1");
    const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, `${text}\n`.indexOf("\n", at) + 1);
    return path === "epochs/checkpoint" && /^\S+ w\d\.example /.test(line);
  }

  /** Of a bundle of bodies (docs/audit-format.md): the text of a key's id, and not its length. */
  function isInKeyId(bytes: Buffer, at: number): boolean {
    for (let record = 0; record < bytes.length;) {
      const key = record + 18;
      const lengths = key + bytes.readUInt8(record + 17);
      if (at >= key && at < lengths) return true;
      record = lengths + 5 + bytes.readUInt8(lengths) + bytes.readUInt32BE(lengths + 1);
    }
    return false;
  }

  it("of a log without a manifest: found, or of no consequence for any verdict", async () => {
    const files = exportWorld(world, { disclose: true, manifest: false });
    await fc.assert(
      fc.asyncProperty(tamper(files), async ([path, at, xor]) => {
        const { state } = await judge(changed(files, path, at, xor), pinned);
        if (!isIrrelevant(files, path, at)) expect(state).not.toBe("verified");
      }),
      { numRuns: 600 },
    );
  });

  it("any file cut off at any place, or gone: found, never thrown", async () => {
    const files = exportWorld(world, { disclose: true, manifest: false });
    const optional = /\/keys\//;
    for (const [path, bytes] of files) {
      if (optional.test(path)) continue;
      const gone = new Map(files);
      gone.delete(path);
      // A tenant's own checkpoint repeats what its slot says.
      if (!/^t\/.*\/checkpoint$/.test(path))
        expect([path, (await judge(gone, pinned)).state]).not.toEqual([path, "verified"]);
      const cut = new Map(files).set(path, bytes.subarray(0, Math.floor(bytes.length / 2)));
      expect([path, (await judge(cut, pinned)).state]).not.toEqual([path, "verified"]);
    }
  });

  it("any bytes in place of any file: an answer, never a throw", async () => {
    const files = exportWorld(world, { disclose: true, manifest: false });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files.keys()), fc.uint8Array({ maxLength: 300 }), async (path, bytes) => {
        expect((await judge(new Map(files).set(path, bytes), pinned)).verdicts).toHaveLength(5);
      }),
      { numRuns: 300 },
    );
  });
});
