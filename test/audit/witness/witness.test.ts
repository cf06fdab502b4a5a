import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { openWitness, witnessRoutes } from "#audit/io";
import {
  base64,
  COSIGNATURE,
  cosignedMessage,
  ED25519,
  emptyRoot,
  formatCheckpoint,
  formatNote,
  formatVkey,
  hex,
  keyId,
  parseNote,
  parseSignatureLine,
  parseVkey,
  rootOf,
  signatureLine,
  verifies,
  type Hash,
  type NoteKey,
} from "#verifier";
import { rawPublicKey, verifyEd25519 } from "../../../src/audit/io/ed25519.ts";
import { sha256 } from "../../../src/audit/io/sha256.ts";
import { temporaryDirectory } from "../../support/program.ts";
import { proofFrom, sampleLeaves } from "../broker/sample.ts";

const ORIGIN = "log.example/epochs";
const NOW = 1_763_700_000_000;
const { privateKey } = generateKeyPairSync("ed25519");
const log: NoteKey = { name: ORIGIN, type: ED25519, publicKey: rawPublicKey(privateKey) };
const stranger = generateKeyPairSync("ed25519").privateKey;
const leaves = sampleLeaves(40);
const rewritten = [...sampleLeaves(3), ...sampleLeaves(40, "!").slice(3)];
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

function witness(directory = temporaryDirectory()) {
  const opened = openWitness({ directory, name: "witness.example/w1", logs: [formatVkey(sha256, log)] }, () => NOW);
  closing.push(opened.close);
  const routes = witnessRoutes(opened.keeper, opened.origins, () => {});
  return {
    ...opened,
    add: async (body: string | Uint8Array<ArrayBuffer>) => routes.request("/add-checkpoint", { method: "POST", body }),
    get: async (path: string) => routes.request(path),
  };
}

const signed = (body: string, key = privateKey, named = log): string =>
  signatureLine(named.name, keyId(sha256, named), sign(null, Buffer.from(body), key));
const body = (size: number, tree: readonly Hash[] = leaves, origin = ORIGIN): string =>
  formatCheckpoint({ origin, size, root: rootOf(sha256, tree.slice(0, size)) });
const checkpoint = (size: number, tree?: readonly Hash[]): string =>
  formatNote(body(size, tree), [signed(body(size, tree))]);
const request = (old: number, note: string, proof: readonly Hash[] = []): string =>
  `old ${old}\n${proof.map((hash) => `${base64(hash)}\n`).join("")}\n${note}`;
const honest = (old: number, size: number): string => request(old, checkpoint(size), proofFrom(old, size, leaves));

describe("A3 a witness's answers (c2sp.org/tlog-witness)", () => {
  const empty = formatCheckpoint({ origin: ORIGIN, size: 0, root: rootOf(sha256, leaves.slice(0, 1)) });
  const cases: readonly [string, number, string][] = [
    ["200: a checkpoint that extends the last one", 200, honest(12, 20)],
    ["200: the last checkpoint once more, without a proof", 200, honest(12, 12)],
    ["200: a signature of nobody it knows beside the log's", 200, request(12, formatNote(body(20), [signed(body(20)), signed(body(20), stranger, { ...log, name: "else.example" })]), proofFrom(12, 20, leaves))],
    ["400: nothing", 400, ""],
    ["400: no old size", 400, `\n${checkpoint(20)}`],
    ["400: an old size with a leading zero", 400, honest(12, 20).replace("old 12", "old 012")],
    ["400: a negative old size", 400, honest(12, 20).replace("old 12", "old -12")],
    ["400: lines that end with CR LF", 400, honest(12, 20).replaceAll("\n", "\r\n")],
    ["400: a line of proof that is no base64", 400, request(12, checkpoint(20)).replace("\n\n", "\n!\n\n")],
    ["400: a line of proof that is no hash", 400, request(12, checkpoint(20)).replace("\n\n", "\nAAAA\n\n")],
    ["400: more than 63 lines of proof", 400, request(12, checkpoint(20), Array.from({ length: 64 }, () => emptyRoot(sha256)))],
    ["400: a checkpoint without its signature lines", 400, request(12, `${body(20)}\n`)],
    ["400: an old size larger than the checkpoint's", 400, request(13, checkpoint(12))],
    ["403: signed by nobody", 403, request(12, formatNote(body(20), [signed(body(20), stranger, { ...log, name: "else.example" })]), proofFrom(12, 20, leaves))],
    ["403: a line that claims to be of the log's key and is not", 403, request(12, formatNote(body(20), [signed(body(20), stranger)]), proofFrom(12, 20, leaves))],
    ["403: such a line beside a true one (the note is malformed as a whole)", 403, request(12, formatNote(body(20), [signed(body(20)), signed(body(20), stranger)]), proofFrom(12, 20, leaves))],
    ["403: a whole history under a new key that nobody announced (case 6)", 403, request(12, formatNote(body(20, rewritten), [signed(body(20, rewritten), stranger, { ...log, publicKey: rawPublicKey(stranger) })]), proofFrom(12, 20, rewritten))],
    ["404: a log it was not given", 404, request(12, formatNote(body(20, leaves, "else.example"), [signed(body(20, leaves, "else.example"))]))],
    ["409: an old size that is not the last one's", 409, honest(7, 20)],
    ["409: a log that was turned back, or a fork over the gap (case 23)", 409, honest(5, 9)],
    ["422: a rewritten history, longer, signed with the log's own key (case 5)", 422, request(12, checkpoint(20, rewritten), proofFrom(12, 20, rewritten))],
    ["422: another root at the same size: a split view (case 24)", 422, request(12, checkpoint(12, rewritten))],
    ["422: no proof", 422, request(12, checkpoint(20))],
    ["422: a proof where there is nothing to prove", 422, request(12, checkpoint(12), [emptyRoot(sha256)])],
  ]; // prettier-ignore
  it.each(cases)("%s", async (_, status, asked) => {
    const w = witness();
    expect((await w.add(honest(0, 12))).status).toBe(200);
    const kept = await w.keeper.latest(ORIGIN);
    const answer = await w.add(asked);
    expect([answer.status, await answer.clone().text()]).toEqual([status, expect.any(String)]);
    if (status === 409) {
      expect(await answer.text()).toBe("12\n");
      expect(answer.headers.get("content-type")).toBe("text/x.tlog.size");
    }
    if (status !== 200) expect(await w.keeper.latest(ORIGIN)).toBe(kept);
  });

  it("422: a tree without leaves that has a root of something", async () => {
    expect((await witness().add(request(0, formatNote(empty, [signed(empty)])))).status).toBe(422);
  });

  it("422: a proof from the empty tree", async () => {
    expect((await witness().add(request(0, checkpoint(9), [emptyRoot(sha256)]))).status).toBe(422);
  });

  it("413: a request larger than any honest one", async () => {
    expect((await witness().add(`old 0\n\n${checkpoint(9)}${"— a.example AAAA\n".repeat(20_000)}`)).status).toBe(413);
  });

  it("a note with sixteen signatures is taken", async () => {
    const others = Array.from({ length: 15 }, (_, i) => signed(body(9), stranger, { ...log, name: `o${i}.example` }));
    expect((await witness().add(request(0, formatNote(body(9), [signed(body(9)), ...others])))).status).toBe(200);
  });
});

describe("a witness's cosignature (cosignature/v1)", () => {
  it("verifies under the key it prints, with its time, for the log's own text", async () => {
    const w = witness();
    const line = await (await w.add(honest(0, 12))).text();
    const key = parseVkey(sha256, w.vkey);
    const cosignature = parseSignatureLine(line.trimEnd());
    if (key === null || cosignature === null) throw new Error("malformed");
    expect(key.type).toBe(COSIGNATURE);
    const note = { kind: "note", body: body(12), signatures: [cosignature] } as const;
    expect(await verifies(sha256, verifyEd25519, note, key)).toEqual({ kind: "verified", time: NOW / 1000 });
    expect(Buffer.from(cosignedMessage(NOW / 1000, body(12))).toString()).toBe(
      `cosignature/v1\ntime ${NOW / 1000}\n${body(12)}`,
    );
    expect(await verifies(sha256, verifyEd25519, { ...note, body: body(11) }, key)).toEqual({ kind: "unverified" });
  });

  it("openssl, which is not ours, verifies it over the text of the specification", async () => {
    const w = witness();
    const cosignature = parseSignatureLine((await (await w.add(honest(0, 12))).text()).trimEnd());
    if (cosignature === null) throw new Error("malformed");
    const directory = temporaryDirectory();
    const at = (name: string): string => join(directory, name);
    const x = Buffer.from(w.keeper.key.publicKey).toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    writeFileSync(at("key.pem"), key.export({ type: "spki", format: "pem" }));
    writeFileSync(at("signature"), cosignature.signature.subarray(8));
    const verify = (message: string): string => {
      writeFileSync(at("message"), message);
      const args = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-rawin",
        "-inkey",
        "key.pem",
        "-in",
        "message",
        "-sigfile",
        "signature",
      ];
      return spawnSync("openssl", args, { cwd: directory, encoding: "utf8" }).stdout.trim();
    };
    expect(verify(`cosignature/v1\ntime ${NOW / 1000}\n${body(12)}`)).toBe("Signature Verified Successfully");
    expect(verify(`cosignature/v1\ntime ${NOW / 1000 + 1}\n${body(12)}`)).toBe("Signature Verification Failure");
    expect(verify(`cosignature/v1\ntime ${NOW / 1000}\n${body(12, rewritten)}`)).toBe("Signature Verification Failure");
  });

  it("is served to monitors with the log's signature, by the hash of the origin", async () => {
    const w = witness();
    const path = `/${hex(sha256(new TextEncoder().encode(ORIGIN)))}/checkpoint`;
    expect((await w.get(path)).status).toBe(404);
    await w.add(honest(0, 12));
    const note = parseNote(await (await w.get(path)).text());
    const own = parseVkey(sha256, w.vkey);
    if (note.kind === "malformed" || own === null) throw new Error("malformed");
    for (const key of [log, own]) expect((await verifies(sha256, verifyEd25519, note, key)).kind).toBe("verified");
    expect((await w.get(`/${"0".repeat(64)}/checkpoint`)).status).toBe(404);
  });
});

describe("a witness's memory", () => {
  it("outlives its process: a successor knows the last checkpoint, and its name and key", async () => {
    const directory = temporaryDirectory();
    const first = witness(directory);
    await first.add(honest(0, 12));
    const second = witness(directory);
    expect(second.vkey).toBe(first.vkey);
    expect((await second.add(honest(0, 9))).status).toBe(409);
    expect(() => openWitness({ directory, name: "other.example", logs: [] }, () => NOW)).toThrow(/is called witness/);
  });

  it("of two that come at once with different futures, one is cosigned", async () => {
    const w = witness();
    await w.add(honest(0, 3));
    const both = await Promise.all([
      w.add(honest(3, 20)),
      w.add(request(3, checkpoint(20, rewritten), proofFrom(3, 20, rewritten))),
    ]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
  });
});

describe("case 61: malformed notes", () => {
  const whole = honest(0, 12);
  it("any bytes are answered, and never with a cosignature", async () => {
    const w = witness();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect([400, 403, 404]).toContain((await w.add(Uint8Array.from(bytes))).status);
      }),
      { numRuns: 200 },
    );
    expect(await w.keeper.latest(ORIGIN)).toBeNull();
  });

  it("an honest request with any one character changed is cosigned only where nothing signed was changed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.constantFrom("\n", "\r", "\0", " ", "+", "0", "A", "—", "\u2028"),
        async (at, char) => {
          const w = witness();
          const changed = `${whole.slice(0, at)}${char}${whole.slice(at + 1)}`;
          const { status } = await w.add(changed);
          if (changed !== whole) expect([400, 403, 404, 409, 422]).toContain(status);
        },
      ),
      { numRuns: 60 },
    );
  });
});
