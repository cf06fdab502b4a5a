// The same signature written in another way, or one that fits every message: where it were taken, a packet would have two names, or none were needed.

import { sign as ed25519 } from "node:crypto";
import { expect, it } from "vitest";
import type { SignedPacket } from "#gateway";
import { doerLab } from "../doer/support/lab.ts";
import { activeKey } from "../../src/gateway/io/signing-keys.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const doer = lab.doer();
/** The order of Ed25519's group. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const little = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const bytesOf = (n: bigint): Buffer => Buffer.from(n.toString(16).padStart(64, "0"), "hex").reverse();
const with64 = (sig: Uint8Array, s: bigint): Buffer => Buffer.concat([sig.subarray(0, 32), bytesOf(s)]);
const IDENTITY = bytesOf(1n);
const privateKey = async () => (await t.db.withTenant(acme.claim, (tx) => activeKey(t.keys, tx)))?.privateKey ?? expect.unreachable(); // prettier-ignore

it.each<[string, (signed: SignedPacket) => Uint8Array | Promise<Uint8Array>]>([
  ["with the order of the group added to S", ({ sig }) => with64(sig, little(sig.subarray(32)) + L)],
  ["with S of zero, and a point that fits all", () => Buffer.concat([IDENTITY, bytesOf(0n)])],
  ["all zeros", () => Buffer.alloc(64)],
  ["a byte longer", ({ sig }) => Buffer.concat([sig, Buffer.alloc(1)])],
  ["a byte shorter", ({ sig }) => sig.subarray(0, 63)],
  ["none", () => Buffer.alloc(0)],
  ["over the bytes alone, as for another purpose", async ({ bytes }) => ed25519(null, bytes, await privateKey())],
  ["over another purpose's words", async ({ bytes }) => ed25519(null, Buffer.concat([Buffer.from("countersign/step-up/v1\n"), bytes]), await privateKey())],
])("11 %s: not believed", async (_, bend) => {
  const signed = await lab.sign(acme);
  expect(await lab.hand(doer, acme, { ...signed, sig: await bend(signed) })).toBe("not believed");
  expect(lab.ran).toEqual([]);
}); // prettier-ignore

it("11 a public key of small order, for which everybody can sign, signs nothing", async () => {
  const signed = await lab.sign(acme);
  const { kid } = lab.packetOf(signed);
  await t.adminSql("alter table packets.signing_key disable trigger only_forward");
  await t.adminSql("update packets.signing_key set public = $2 where kid = $1", [kid, IDENTITY]);
  const forged = { ...signed, sig: Buffer.concat([IDENTITY, bytesOf(0n)]) };
  expect(await lab.hand(doer, acme, forged)).toBe("not believed");
  expect(lab.ran).toEqual([]);
});
