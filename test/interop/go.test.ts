// Judges that are not ours: Go's sumdb/note and sumdb/tlog, from Debian. They accept what is true and refuse what is not.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  base64,
  consistencyRanges,
  inclusionRanges,
  leafHash,
  originOf,
  parseTlogProof,
  proofOf,
  rootOf,
  sha256,
  tenantLog,
  formatTlogProof,
  type Hash,
  type LeafRange,
} from "#verifier";
import { goLibrary, TOOLS } from "../../scripts/ensure-test-tools.mjs";
import { epochNote, exportWorld, tenantNote, writeFiles } from "../support/audit-log/export.ts";
import { logLine } from "../support/audit-log/keys.ts";
import { append, BASE, epoch, hashesOf, newWorld, tenantOf, TENANT } from "../support/audit-log/world.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-go-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, "judge");

beforeAll(() => {
  const how = `apt-get install -y ${TOOLS.filter(({ why }) => why.includes("Go"))
    .map(({ debian }) => debian)
    .join(" ")}`;
  if (!existsSync(goLibrary)) throw new Error(`Go and its module library are needed to judge our proofs: ${how}`);
  const env = {
    ...process.env,
    GO111MODULE: "off",
    GOPATH: "/usr/share/gocode",
    GOCACHE: join(folder, "cache"),
    GOFLAGS: "",
  };
  const built = spawnSync("go", ["build", "-o", program, join(import.meta.dirname, "judge.go")], {
    env,
    encoding: "utf8",
  });
  if (built.status !== 0)
    throw new Error(`Go could not build the judge (${how}): ${built.error?.message ?? built.stderr}`);
}, 120_000);

async function ask(questions: readonly object[]): Promise<readonly string[]> {
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  return (await text(child.stdout))
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/:.*/, ""));
}

const world = newWorld();
for (let i = 0; i < 600; i++) append(world, TENANT);
epoch(world);
const hashes = hashesOf(tenantOf(world, TENANT).entries);
const prove = (ranges: readonly LeafRange[]): readonly string[] =>
  proofOf(sha256, ranges, ({ level, index }) =>
    rootOf(sha256, hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)),
  ).map(base64);
const rootAt = (size: number): Hash => rootOf(sha256, hashes.slice(0, size));
const flipped = (hash: string): string => `${hash[0] === "A" ? "B" : "A"}${hash.slice(1)}`;

describe("Go's sumdb/note and sumdb/tlog (issue 3, interoperability)", () => {
  it("accepts our checkpoints, of the epoch log and of a tenant, and refuses a changed text, signature and key", async () => {
    const notes = [
      { note: epochNote(world), vkey: world.signer.vkey },
      {
        note: tenantNote(world, tenantOf(world, TENANT), 600),
        vkey: tenantVkey(originOf(BASE, tenantLog(TENANT))),
      },
    ];
    const other = world.witnesses[0]?.vkey ?? "";
    const questions = notes.flatMap(({ note, vkey }) => [
      { note, vkey },
      { note: note.replace(/\n(\d+)\n/, "\n9$1\n"), vkey },
      {
        note: note.replace(/ (\S{9})\S(\S+)\n$/, " $1/$2\n"),
        vkey: vkey.replace(/\+.*/, `+${other.split("+").slice(1).join("+")}`),
      },
    ]);
    expect(await ask(questions.map((question) => ({ ask: "note", ...question })))).toEqual([
      "accepted", "refused", "refused", "accepted", "refused", "refused",
    ]); // prettier-ignore
  });

  it("accepts every inclusion proof at sizes of every kind, and refuses it with one hash changed", async () => {
    const questions: object[] = [];
    for (const size of [1, 2, 3, 7, 8, 255, 256, 257, 512, 600])
      for (const index of new Set([0, 1, Math.floor(size / 2), size - 2, size - 1])) {
        if (index < 0 || index >= size) continue;
        const proof = prove(inclusionRanges(index, size));
        const leaf = base64(hashes[index] ?? new Uint8Array());
        const given = { ask: "inclusion", size, index, leaf, root: base64(rootAt(size)) };
        questions.push({ ...given, proof }, { ...given, leaf: flipped(leaf), proof });
      }
    expect(new Set((await ask(questions)).map((answer, i) => `${i % 2 === 0 ? "true" : "false"}: ${answer}`))).toEqual(
      new Set(["true: accepted", "false: refused"]),
    );
  });

  it("accepts every consistency proof, and refuses it to another past", async () => {
    const questions: object[] = [];
    for (const size of [2, 3, 8, 100, 256, 257, 600])
      for (const old of new Set([1, Math.floor(size / 2), size - 1, size])) {
        const oldRoot = base64(rootAt(old));
        const given = {
          ask: "consistency",
          size,
          old,
          root: base64(rootAt(size)),
          proof: prove(consistencyRanges(old, size)),
        };
        questions.push({ ...given, oldRoot }, { ...given, oldRoot: flipped(oldRoot) });
      }
    expect(new Set((await ask(questions)).map((answer, i) => `${i % 2 === 0 ? "true" : "false"}: ${answer}`))).toEqual(
      new Set(["true: accepted", "false: refused"]),
    );
  });

  it("reads our tiles and entry bundles, and refuses a changed tile and a changed entry", async () => {
    const files = exportWorld(world);
    const honest = join(folder, "honest");
    writeFiles(honest, files);
    const log = `t/${TENANT}`;
    const spoiled = (name: string, path: string): string => {
      const directory = join(folder, name);
      writeFiles(directory, files);
      const bytes = readFileSync(join(directory, path));
      bytes[100] = (bytes[100] ?? 0) ^ 1;
      writeFileSync(join(directory, path), bytes);
      return join(directory, log);
    };
    const given = { ask: "tiles", size: 600, root: base64(rootAt(600)) };
    expect(
      await ask([
        { ...given, dir: join(honest, log) },
        { ...given, dir: spoiled("tile", `${log}/tile/0/001`) },
        { ...given, dir: spoiled("entry", `${log}/tile/entries/001`) },
      ]),
    ).toEqual(["accepted", "refused", "refused"]);
  });

  it("a tlog-proof of ours carries what it needs: index, hashes and the signed checkpoint", async () => {
    const checkpoint = tenantNote(world, tenantOf(world, TENANT), 600);
    const index = 123;
    const file = formatTlogProof({
      extra: null,
      index,
      hashes: inclusionRanges(index, 600).map((range) => rootOf(sha256, hashes.slice(range.from, range.to))),
      checkpoint,
    });
    const proof = parseTlogProof(file);
    if (proof.kind === "malformed") throw new Error(proof.why);
    const [, size, root] = proof.checkpoint.split("\n");
    expect(
      await ask([
        { ask: "note", note: proof.checkpoint, vkey: tenantVkey(originOf(BASE, tenantLog(TENANT))) },
        {
          ask: "inclusion",
          size: Number(size),
          root,
          index: proof.index,
          leaf: base64(leafHash(sha256, tenantOf(world, TENANT).entries[index]?.leaf ?? new Uint8Array())),
          proof: proof.hashes.map(base64),
        },
      ]),
    ).toEqual(["accepted", "accepted"]);
  });
});

/** The log's key under a tenant's origin, spelled by hand: what an auditor of one tenant gives to other people's tools. */
function tenantVkey(origin: string): string {
  const [, id = ""] = /^— \S+ (\S+)$/.exec(logLine(world.signer, origin, "x\n")) ?? [];
  const keyId = Buffer.from(id, "base64").subarray(0, 4).toString("hex");
  return `${origin}+${keyId}+${world.signer.vkey.split("+").slice(2).join("+")}`;
}
