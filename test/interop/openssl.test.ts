// Anybody with openssl and a text editor can check the signature on a checkpoint.

import { spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cosignedMessage, parseNote } from "#verifier";
import { epochNote } from "../support/audit-log/export.ts";
import { append, epoch, newWorld, TENANT } from "../support/audit-log/world.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-openssl-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const world = newWorld();
append(world, TENANT);
epoch(world);
const note = parseNote(epochNote(world));
if (note.kind === "malformed") throw new Error(note.why);

function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): string {
  const x = Buffer.from(publicKey).toString("base64url");
  const pem = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }).export({
    format: "pem",
    type: "spki",
  });
  writeFileSync(join(folder, "key.pem"), pem);
  writeFileSync(join(folder, "message"), message);
  writeFileSync(join(folder, "signature"), signature);
  const args = [
    "pkeyutl",
    "-verify",
    "-rawin",
    "-pubin",
    "-inkey",
    "key.pem",
    "-in",
    "message",
    "-sigfile",
    "signature",
  ];
  const { error, stdout } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
  if (error !== undefined)
    throw new Error(`openssl is needed to judge our signatures: apt-get install -y openssl (${error.message})`);
  return stdout.trim();
}

describe("openssl pkeyutl -verify -rawin (issue 3, interoperability)", () => {
  it("accepts the log's signature over the note's text, and refuses it over another", () => {
    const [own] = note.signatures;
    const body = Buffer.from(note.body);
    const signature = own?.signature ?? new Uint8Array();
    expect(verify(world.signer.key.publicKey, body, signature)).toBe("Signature Verified Successfully");
    expect(verify(world.signer.key.publicKey, Buffer.from(note.body.replace("\n1\n", "\n2\n")), signature)).toBe(
      "Signature Verification Failure",
    );
  });

  it("accepts a witness's cosignature over its time and the note's text, and refuses it at another time", () => {
    const line = note.signatures[1];
    const witness = world.witnesses[0];
    if (line === undefined || witness === undefined) throw new Error("the note has no cosignature");
    const time = Number(Buffer.from(line.signature).readBigUInt64BE(0));
    const signature = line.signature.subarray(8);
    expect(verify(witness.key.publicKey, cosignedMessage(time, note.body), signature)).toBe(
      "Signature Verified Successfully",
    );
    expect(verify(witness.key.publicKey, cosignedMessage(time + 1, note.body), signature)).toBe(
      "Signature Verification Failure",
    );
  });
});
