// A log's server, or whoever packed an export, wants the auditor's own program to hang or to break: then nobody says "tampered".

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { directorySource } from "#audit/io";
import { base64, formatCheckpoint, formatNote, verify } from "#verifier";
import { exportWorld, writeFiles, type FileMap } from "../support/audit-log/export.ts";
import { auditor, judge, OPTIONS } from "../support/audit-log/judge.ts";
import { logLine } from "../support/audit-log/keys.ts";
import { TENANT } from "../support/audit-log/world.ts";
import { originOfEpochs, story } from "../tamper/story.ts";

const SIZE = Number.MAX_SAFE_INTEGER;
const folder = mkdtempSync(join(tmpdir(), "countersign-exhaust-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = story();
const files = (): FileMap => exportWorld(world, { manifest: false });
const note = (origin: string): Uint8Array => {
  const body = formatCheckpoint({ origin, size: SIZE, root: new Uint8Array(32) });
  // Signed by nobody the auditor knows: whoever serves the files can write this.
  return Buffer.from(formatNote(body, [`— ${origin} ${base64(new Uint8Array(68))}`]));
};

describe("A3 a hostile log costs the auditor nothing but an answer", () => {
  it.each<[string, (all: FileMap) => void]>([
    ["the epoch log says that it has 2^53 - 1 epochs", (all) => all.set("epochs/checkpoint", note(originOfEpochs))],
    [
      "it says so under its own key, which the operator has",
      (all) => {
        const body = formatCheckpoint({ origin: originOfEpochs, size: SIZE, root: new Uint8Array(32) });
        all.set("epochs/checkpoint", Buffer.from(formatNote(body, [logLine(world.signer, originOfEpochs, body)])));
      },
    ],
    [
      "a tenant's log says that it has 2^53 - 1 entries",
      (all) => all.set(`t/${TENANT}/checkpoint`, note(`audit.example.com/t/${TENANT}`)),
    ],
    [
      "each slot is there a thousand times",
      (all) => {
        const path = `t/${TENANT}/slots/000.p/3`;
        all.set(path, Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(all.get(path) ?? []))));
      },
    ],
    [
      "a body says that it has four gigabytes",
      (all) => {
        const path = `t/${TENANT}/bodies/000.p/30`;
        const bytes = Buffer.from(all.get(path) ?? []);
        bytes.writeUInt32BE(0xffff_ffff, 19 + bytes.readUInt8(17));
        all.set(path, bytes);
      },
    ],
    ["a million bodies of nothing", (all) => all.set(`t/${TENANT}/bodies/000.p/30`, Buffer.alloc(23_000_000))],
  ])("%s: found, in a moment", async (_, spoil) => {
    const all = files();
    spoil(all);
    const report = await judge(all, auditor(world));
    expect(report.state).toBe("tampered");
    expect(report.verdicts).toHaveLength(5);
  });

  it("a pipe stands in an export where a file should: found, and not waited for", async () => {
    const all = files();
    const path = `t/${TENANT}/tile/entries/000.p/30`;
    writeFiles(folder, all);
    rmSync(join(folder, path));
    execFileSync("mkfifo", [join(folder, path)]);
    const report = await verify(directorySource(folder), auditor(world), OPTIONS);
    expect(report.verdicts[2]?.findings).toContainEqual(
      expect.objectContaining({ what: "It cannot be used: it is no ordinary file." }),
    );
  });
});
