import { webcrypto } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64,
  COSIGNATURE,
  cosignatureBytes,
  cosignedMessage,
  ED25519,
  emptyRoot,
  formatCheckpoint,
  formatNote,
  formatVkey,
  keyId,
  noteLimits,
  parseCheckpoint,
  parseNote,
  parseVkey,
  sha256,
  signatureLine,
  verifies,
  type NoteKey,
  type VerifyEd25519,
} from "#verifier";

const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);
const verify: VerifyEd25519 = async (key, message, signature) =>
  webcrypto.subtle.verify(
    "Ed25519",
    await webcrypto.subtle.importKey("raw", owned(key), "Ed25519", false, ["verify"]),
    owned(signature),
    owned(message),
  );

// The example of c2sp.org/signed-note and of Go's sumdb/note.
const VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const LINE =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
const EXAMPLE = `${TEXT}\n${LINE}\n`;

function key(text: string): NoteKey {
  const parsed = parseVkey(sha256, text);
  if (parsed === null) throw new Error(`${text} is no verifier key`);
  return parsed;
}
async function judge(text: string, vkey: string): Promise<string> {
  const note = parseNote(text);
  return note.kind === "malformed" ? note.kind : (await verifies(sha256, verify, note, key(vkey))).kind;
}

describe("signed notes (C2SP signed-note)", () => {
  it("the published example verifies under its published key", async () => {
    expect(await judge(EXAMPLE, VKEY)).toBe("verified");
    expect(formatVkey(sha256, key(VKEY))).toBe(VKEY);
    expect(formatNote(TEXT, [LINE])).toBe(EXAMPLE);
  });

  it("fails closed: a changed text, a changed signature, a signature under another name", async () => {
    expect(await judge(EXAMPLE.replace("your problem", "my problem"), VKEY)).toBe("unverified");
    expect(await judge(EXAMPLE.replace("ZJkuBS9", "ZJkuBS8"), VKEY)).toBe("unverified");
    expect(await judge(EXAMPLE.replace("— PeterNeumann", "— PeterNewmann"), VKEY)).toBe("unverified");
  });

  it.each([
    ["case 61: two megabytes of signatures", `${TEXT}\n${`${LINE}\n`.repeat(20_000)}`],
    ["case 61: more signatures than any log has", `${TEXT}\n${`${LINE}\n`.repeat(noteLimits.signatures + 1)}`],
    ["case 61: a carriage return", EXAMPLE.replace("\n", "\r\n")],
    ["case 61: a line that is no signature", `${EXAMPLE}and more\n`],
    ["case 61: a signature without a key id", `${TEXT}\n— PeterNeumann AAAA\n`],
    ["case 61: base64 with stray bits", EXAMPLE.replace("JnAM=", "JnAN=")],
    ["no newline at the end", EXAMPLE.slice(0, -1)],
    ["no signature at all", `${TEXT}\n`],
    ["no empty line", TEXT],
    ["a name with a plus sign", `${TEXT}\n— a+b x08go/ZJkuBS9UG=\n`],
    ["a lone surrogate", `\ud800\n\n${LINE}\n`],
    ["a NUL", `\u0000\n\n${LINE}\n`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => expect(parseNote(text).kind).toBe("malformed"));

  it("case 61: sixteen signatures and more are read, and the one that counts is found among them", async () => {
    const others = Array.from({ length: 40 }, (_, i) =>
      signatureLine(`w${i}`, Uint8Array.of(1, 2, 3, 4), new Uint8Array(64)),
    );
    expect(await judge(formatNote(TEXT, [...others, LINE]), VKEY)).toBe("verified");
  });

  it("an empty line in the text belongs to the text: only the last one parts it from the signatures", () => {
    expect(parseNote(`a\n\nb\n\n${LINE}\n`)).toMatchObject({ kind: "note", body: "a\n\nb\n" });
  });

  it("reading never throws, whatever it is given", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((s) => `${s}\n\n— ${s} ${s}\n`),
        ),
        (text) => {
          const note = parseNote(text);
          if (note.kind === "note") parseCheckpoint(note.body);
          parseVkey(sha256, text);
        },
      ),
    );
  });

  it.each([
    ["its id is another key's", VKEY.replace("c74f20a3", "c74f20a4")],
    ["its key is too short", "a+00000000+AQ=="],
    ["its type is unknown", VKEY.replace("+ARpc", "+Ahpc")],
    ["it has no name", VKEY.replace("PeterNeumann", "")],
  ])("a verifier key is refused when %s", (_, text) => expect(parseVkey(sha256, text)).toBeNull());
});

describe("cosignatures (C2SP tlog-cosignature)", () => {
  it("sign the time and the whole text, under a key id of their own", async () => {
    const pair = await webcrypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    if (!("publicKey" in pair)) throw new Error("Ed25519 keys come in pairs");
    const publicKey = new Uint8Array(await webcrypto.subtle.exportKey("raw", pair.publicKey));
    const witness: NoteKey = { name: "witness.example", type: COSIGNATURE, publicKey };
    const time = 1_790_000_000;
    const signed = new Uint8Array(
      await webcrypto.subtle.sign("Ed25519", pair.privateKey, owned(cosignedMessage(time, TEXT))),
    );
    const line = signatureLine(witness.name, keyId(sha256, witness), cosignatureBytes(time, signed));
    const later = signatureLine(witness.name, keyId(sha256, witness), cosignatureBytes(time + 1, signed));
    const read = async (text: string): Promise<unknown> => {
      const note = parseNote(text);
      return note.kind === "note" ? verifies(sha256, verify, note, witness) : note;
    };
    expect(await read(formatNote(TEXT, [LINE, line]))).toEqual({ kind: "verified", time });
    expect(await read(formatNote(TEXT, [later]))).toEqual({ kind: "unverified" });
    expect(await read(formatNote(`${TEXT}x\n`, [line]))).toEqual({ kind: "unverified" });
    expect(keyId(sha256, witness)).not.toEqual(keyId(sha256, { ...witness, type: ED25519 }));
  });
});

describe("checkpoints (C2SP tlog-checkpoint)", () => {
  const root = emptyRoot(sha256);
  const text = formatCheckpoint({ origin: "example.com/log", size: 0, root });

  it("reads back what it writes", () => {
    expect(text).toBe(`example.com/log\n0\n${base64(root)}\n`);
    expect(parseCheckpoint(text)).toEqual({
      kind: "checkpoint",
      origin: "example.com/log",
      size: 0,
      root,
      extensions: [],
    });
  });

  it.each([
    ["an empty origin", text.replace("example.com/log", "")],
    ["a size with a leading zero", text.replace("\n0\n", "\n01\n")],
    ["a negative size", text.replace("\n0\n", "\n-1\n")],
    ["a size over what a number holds", text.replace("\n0\n", "\n9007199254740992\n")],
    ["a root of another length", `example.com/log\n0\n${base64(root.subarray(1))}\n`],
    ["an empty extension", `${text}\n`],
    ["no newline at the end", text.slice(0, -1)],
  ])("refuses %s", (_, bad) => expect(parseCheckpoint(bad).kind).toBe("malformed"));
});
