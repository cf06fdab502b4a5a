import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, canonicalBytes, isCanonical, NotCanonical } from "#verifier";

class Point {
  x = 1;
}
const deep = (levels: number): unknown => (levels === 0 ? 0 : [deep(levels - 1)]);
const withProto: unknown = JSON.parse('{"__proto__": {"admin": true}}');
const withSymbol = { [Symbol("s")]: 1 };
const sparse: unknown[] = [];
sparse[1] = 1;
const labelled = Object.assign([1], { label: "x" });
const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

describe("case 56 (A3): what has no single spelling is refused, never rewritten", () => {
  it.each<[string, unknown]>([
    ["NaN", NaN],
    ["infinity", Infinity],
    ["a decimal", 0.1],
    ["2^53+1, which a number cannot hold", 2 ** 53 + 1],
    ["a bigint", 1n],
    ["undefined", undefined],
    ["an undefined member", { a: undefined }],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a symbol as a key", withSymbol],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a key", { "\udc00": 1 }],
    ["a Map", new Map([["a", 1]])],
    ["a Set", new Set([1])],
    ["a Date", new Date(0)],
    ["a Buffer", Buffer.from("a")],
    ["a typed array", new Uint8Array(1)],
    ["an instance of a class", new Point()],
    ["an object with toJSON", { toJSON: () => "other" }],
    [
      "a getter, which may answer otherwise the next time",
      {
        get a() {
          return 1;
        },
      },
    ],
    ["a hidden member", Object.defineProperty({}, "a", { value: 1, enumerable: false })],
    ["a member named __proto__", withProto],
    ["an array with a hole", sparse],
    ["an array with a property", labelled],
    ["a cycle", cyclic],
    ["33 levels", deep(33)],
  ])("%s", (_name, value) => {
    expect(() => canonical(value)).toThrow(NotCanonical);
    expect(() => canonical([value])).toThrow(NotCanonical);
  });

  it("says where, as a JSON Pointer, and never what", () => {
    expect(() => canonical({ "a/b": [0, { secret: NaN }] })).toThrow("/a~1b/1/secret");
  });
});

describe("the canonical form (RFC 8785)", () => {
  it.each<[string, unknown, string]>([
    [
      "members are sorted by UTF-16 code units, not by code points",
      { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 },
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    ],
    [
      "control characters are escaped as the RFC says",
      '\u0000\b\t\n\f\r\u001f"\\/\u007f',
      '"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/\u007f"',
    ],
    ["minus zero is zero", -0, "0"],
    [
      "integers up to 2^53-1",
      [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      "[9007199254740991,-9007199254740991]",
    ],
    [
      "an object without a prototype is plain",
      Object.assign(Object.create(null), { b: 1, a: null }),
      '{"a":null,"b":1}',
    ],
    ["names of Object.prototype are only names", { constructor: 1, toString: 2 }, '{"constructor":1,"toString":2}'],
    ["32 levels", deep(32), `${"[".repeat(32)}0${"]".repeat(32)}`],
  ])("%s", (_name, value, text) => {
    expect(canonical(value)).toBe(text);
  });

  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.string({ unit: "binary" }).filter((s) => s.isWellFormed()),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(
        fc.string({ unit: "binary" }).filter((s) => s.isWellFormed() && s !== "__proto__"),
        tie("value"),
        { maxKeys: 6 },
      ),
    ),
  })).value;

  it("agrees with an independent implementation on every value", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(value)).toBe(canonicalize(value));
      }),
    );
  });

  it("is a fixed point: what was parsed back has the same bytes", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(JSON.parse(canonical(value)))).toBe(canonical(value));
        expect(isCanonical(canonicalBytes(value))).toBe(true);
      }),
    );
  });
});

describe("A3 bytes with another spelling of the same value are not canonical", () => {
  it.each([
    ["a space", '{"a": 1}'],
    ["another order", '{"b":1,"a":1}'],
    ["a duplicate key", '{"a":1,"a":1}'],
    ["an exponent", '{"a":1e2}'],
    ["an escaped character that needs no escape", '"\\u0041"'],
    ["a byte order mark", "\ufeff1"],
    ["a line feed at the end", "1\n"],
    ["no JSON", "{"],
  ])("%s", (_name, text) => {
    expect(isCanonical(new TextEncoder().encode(text))).toBe(false);
  });

  it("invalid UTF-8", () => {
    expect(isCanonical(Uint8Array.of(0x22, 0xff, 0x22))).toBe(false);
  });
});
