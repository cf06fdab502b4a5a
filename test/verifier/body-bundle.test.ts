import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundleParts, unbundleParts, type SealedPart } from "#verifier";

const part: fc.Arbitrary<SealedPart> = fc.record({
  id: fc.uuid(),
  part: fc.nat(255),
  keyId: fc.option(fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" })),
  nonce: fc.uint8Array({ maxLength: 255 }),
  ct: fc.uint8Array({ maxLength: 300 }),
});
const parts = fc.array(part, { maxLength: 6 });

describe("a bundle of sealed bodies", () => {
  it("what is written is read", () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(unbundleParts(bundleParts(given))).toEqual(given);
      }),
    );
  });

  it("is whole records and nothing else: cut off anywhere within one, or with a byte more, it is refused", () => {
    fc.assert(
      fc.property(part, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (given, share) => {
        const bytes = bundleParts([given]);
        const cut = 1 + Math.floor(share * (bytes.length - 1));
        if (cut < bytes.length) expect(unbundleParts(bytes.subarray(0, cut))).toBeNull();
        expect(unbundleParts(Buffer.concat([bytes, Buffer.of(0)]))).toBeNull();
      }),
    );
  });

  it.each<[string, Partial<SealedPart>]>([
    ["an id that is no UUID", { id: "acme" }],
    ["part 256", { part: 256 }],
    ["a key without a name", { keyId: "" }],
    ["a key's name of 256 bytes", { keyId: "k".repeat(256) }],
    ["a nonce of 256 bytes", { nonce: new Uint8Array(256) }],
  ])("has no room for %s, and says so", (_, wrong) => {
    const one = {
      id: "01ff0000-0000-7000-8000-0000000000a1",
      part: 0,
      keyId: "k",
      nonce: Buffer.of(1),
      ct: Buffer.of(2),
    };
    expect(() => bundleParts([{ ...one, ...wrong }])).toThrow(RangeError);
  });

  it("a key's name that is no UTF-8 is refused", () => {
    const one = {
      id: "01ff0000-0000-7000-8000-0000000000a1",
      part: 0,
      keyId: "k",
      nonce: Buffer.of(1),
      ct: Buffer.of(2),
    };
    const bytes = Buffer.from(bundleParts([one]));
    bytes[18] = 0xff;
    expect(unbundleParts(bytes)).toBeNull();
  });
});
