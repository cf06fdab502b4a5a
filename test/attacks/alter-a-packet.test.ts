// Whoever carries packets changes one: a bit, a member, a spelling. The doer executes the bytes that it verified, or nothing (invariants 11, 12).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignedPacket } from "#gateway";
import { doerLab, newCall } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const globex = await t.tenant("globex", 2);
const doer = lab.doer();
const text = (signed: SignedPacket): string => Buffer.from(signed.bytes).toString("utf8");
const withText = (signed: SignedPacket, changed: string): SignedPacket => ({ ...signed, bytes: Buffer.from(changed) });

describe("X12, invariants 11 and 12: an altered packet is refused, and the log of its tenant says so", () => {
  it("one flipped bit, anywhere in packet or signature", async () => {
    const signed = await lab.sign(acme);
    const whole = signed.bytes.length + signed.sig.length;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole * 8 - 1 }), async (bit) => {
        const flip = (bytes: Uint8Array, at: number): Buffer => {
          const copy = Buffer.from(bytes);
          copy.writeUInt8(copy.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
          return copy;
        };
        const inBytes = bit < signed.bytes.length * 8;
        const altered = inBytes
          ? { ...signed, bytes: flip(signed.bytes, bit) }
          : { ...signed, sig: flip(signed.sig, bit - signed.bytes.length * 8) };
        expect(await lab.hand(doer, acme, altered)).toBe("not believed");
      }),
      { numRuns: 60 },
    );
    expect(lab.ran).toEqual([]);
    // The one that nobody touched still runs: the attempts have used nothing up.
    expect(await lab.hand(doer, acme, signed)).toBe("executed");
  });

  it.each<[string, (s: string) => string]>([
    ["a space that means nothing", (s) => s.replace('"v":1', '"v": 1')],
    ["the same member twice", (s) => s.replace('"v":1', '"v":1,"v":1')],
    ["a number written as a float", (s) => s.replace('"v":1', '"v":1.0')],
    ["an escape that need not be", (s) => s.replace("README", "\\u0052EADME")],
    ["a member that nobody knows", (s) => s.replace('"v":1', '"v":1,"zz":true')],
    ["__proto__", (s) => s.replace('"args":{', '"args":{"__proto__":{"paths":[]},')],
    ["another algorithm", (s) => s.replace('{"agent"', '{"alg":"none","agent"')],
    ["another version", (s) => s.replace('"v":1', '"v":2')],
    ["no JSON at all", () => "{"],
  ])("%s, signed with the very key: refused before it is read", async (_, change) => {
    const genuine = await lab.sign(acme);
    const changed = change(text(genuine));
    expect(changed).not.toBe(text(genuine));
    const forged = await lab.forge(acme, Buffer.from(changed));
    expect(await lab.hand(doer, acme, forged)).toBe("not believed");
  });

  it("another tool or other arguments under the old signature", async () => {
    const signed = await lab.sign(acme);
    for (const changed of [
      text(signed).replace('"repo.read"', '"repo.propose"'),
      text(signed).replace("README.md", "SECRET.md"),
    ])
      expect(await lab.hand(doer, acme, withText(signed, changed))).toBe("not believed");
  });

  it("other arguments with a hash of their own, signed with a stolen key: the intent in the log is of the first ones (X13)", async () => {
    const genuine = await lab.sign(acme);
    const args = { repository: "acme/shop", ref: null, paths: ["SECRET.md"] };
    const other = await lab.sign(acme, { args });
    const packet = { ...lab.packetOf(genuine), args, argsHash: lab.packetOf(other).argsHash };
    expect(await lab.hand(doer, acme, await lab.forge(acme, packet))).toBe("not believed");
  });

  it("other arguments under the first ones' hash, signed with a stolen key", async () => {
    const genuine = await lab.sign(acme);
    const packet = { ...lab.packetOf(genuine), args: { repository: "acme/shop", ref: null, paths: ["SECRET.md"] } };
    expect(await lab.hand(doer, acme, await lab.forge(acme, packet))).toBe("not believed");
  });

  it("another key's id beside it, one that is nobody's, and another tenant's key", async () => {
    const signed = await lab.sign(acme);
    await lab.sign(globex);
    const theirs = await lab.forge(globex, lab.packetOf(signed));
    for (const altered of [{ ...signed, kid: "0".repeat(32) }, { ...signed, kid: theirs.kid }, theirs])
      expect(await lab.hand(doer, acme, altered)).toBe("not believed");
  });

  it("INVARIANT 21 another tenant's packet, whole and genuine, under this tenant's claim", async () => {
    const call = newCall();
    const signed = await lab.sign(globex, { call });
    expect(await lab.hand(doer, acme, signed)).toBe("not believed");
    // Nor does its envelope open here.
    const sealed = await lab.seal(globex, signed);
    expect(await doer.handle({ tenant: acme.id, sealed })).toBe("not believed");
    expect(lab.ran).not.toContain(call);
  });

  it("each of them is in the log, as doer.signature_rejected", async () => {
    const log = await lab.log(acme);
    expect(log.filter((line) => line.startsWith("doer.signature_rejected refused")).length).toBeGreaterThan(5);
    expect(await lab.log(globex)).not.toContain("call.execute success");
  });
});
