import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTail } from "../../src/doer/tail.ts";

function tailOf(pieces: readonly string[], { contains = null, last = 500 }: { readonly contains?: string | null; readonly last?: number } = {}) {
  const tail = createTail({ contains, last });
  for (const piece of pieces) tail.take(piece);
  return tail.end();
} // prettier-ignore

describe("the end of a log", () => {
  it.each<[string, readonly string[], Parameters<typeof tailOf>[1], readonly string[], boolean]>([
    ["all of a short one", ["a\nb\n"], {}, ["a", "b"], true],
    ["without a line feed at the end", ["a\nb"], {}, ["a", "b"], true],
    ["lines that came in pieces", ["a", "b\nc", "\n"], {}, ["ab", "c"], true],
    ["its last lines", ["a\nb\nc\n"], { last: 2 }, ["b", "c"], false],
    ["the lines that hold a text, and of those the last", ["x1\ny\nx2\nx3\n"], { contains: "x", last: 2 }, ["x2", "x3"], false],
    ["no colours, carriage returns, nor the mark at its beginning", ["\ufeff\u001b[31mred\u001b[0m\r\n\ttab\n"], {}, ["red", "\ttab"], true],
    ["nothing of an empty one", [""], {}, [], true],
  ])("%s", (_, pieces, asked, lines, whole) => {
    expect(tailOf(pieces, asked)).toEqual({ lines, whole });
  }); // prettier-ignore

  it("a line without an end, and a log without one, take no more memory than they are shown with", () => {
    const line = tailOf(Array.from({ length: 100 }, () => "x ".repeat(5_000)));
    expect(line.lines.map(({ length }) => length)).toEqual([4_000]);
    const many = tailOf(
      Array.from({ length: 2_000 }, () => `${"y".repeat(1_000)}\n`),
      { last: 2_000 },
    );
    expect(many.whole).toBe(false);
    expect(many.lines.join("\n").length).toBeLessThanOrEqual(200_000);
  });

  it("of any text in any pieces: the lines are its last ones, in order", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", "ä", " "), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (lines, last, cuts) => {
        const text = lines.map((each) => `${each}\n`).join("");
        const pieces: string[] = [];
        for (let at = 0; at < text.length; ) {
          const size = cuts.next().value ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        expect(tailOf(pieces, { last })).toEqual({ lines: lines.slice(-last), whole: lines.length <= last });
      }),
    ); // prettier-ignore
  });
});
