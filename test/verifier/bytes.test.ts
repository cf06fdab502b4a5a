import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64, fromBase64 } from "#verifier";

describe("base64 (RFC 4648, 4) has one spelling", () => {
  it.each<[string, string]>([
    ["no padding", "QQ"],
    ["too much padding", "QUI=="],
    ["white space", "QUJD\n"],
    ["white space inside", "QU JD"],
    ["stray bits", "QR=="],
    ["stray bits before one sign", "QUJ="],
    ["the URL's alphabet", "-_-_"],
    ["padding in the middle", "QQ==QQ=="],
    ["padding alone", "===="],
    ["a character beyond Latin-1", "QUJ\u0141"],
    ["NUL", "QUJ\0"],
  ])("refused: %s", (_, text) => {
    expect(fromBase64(text)).toBeNull();
  });

  it("what is written is read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = base64(bytes);
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
  });

  it("Node's own decoder agrees about any text: what it makes of it, and writes the same again, is accepted, and nothing else", () => {
    const sign = fc.constantFrom(..."ABYZabyz0189+/=-_ \n".split(""), "\u00e9", "\u0141");
    fc.assert(
      fc.property(fc.string({ unit: sign, maxLength: 16 }), (text) => {
        const nodes = Buffer.from(text, "base64");
        expect(fromBase64(text)).toEqual(nodes.toString("base64") === text ? Uint8Array.from(nodes) : null);
      }),
      { numRuns: 2_000 },
    );
  });
});
