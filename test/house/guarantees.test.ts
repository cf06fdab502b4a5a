import { describe, expect, it } from "vitest";
import { page } from "../../scripts/guarantees/page.ts";
import { chapters } from "../../scripts/guarantees/promises.ts";

const promised = chapters.flatMap(({ promises }) => promises.map(({ id }) => id));
const section = (text: string, id: string) => text.split(`### ${id}\n`)[1]?.split("\n### ")[0] ?? "";

describe("docs/guarantees.md", () => {
  it("names every guarantee of the product once", () => {
    const numbers = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
    const all = [
      ...numbers("G", 6),
      ...numbers("X", 16),
      ...numbers("T", 3),
      ...numbers("A", 3),
      "S1",
      ...numbers("R", 2),
    ];
    expect(promised).toEqual(all);
  });

  it("a guarantee that no test names is not yet kept", () => {
    for (const id of promised) expect(section(page([]), id)).toContain("not yet");
  });

  const names: readonly [string, string, boolean][] = [
    ["G1 a new commit expires the approval", "G1", true],
    ["merging (G1, T2)", "T2", true],
    ["G01 bad HMAC", "G1", false],
    ["X11 only on green", "X1", false],
    ["AG1 is no guarantee", "G1", false],
  ];
  it.each(names)("a citation is the number standing alone (case %#)", (name, id, expected) => {
    const text = section(page([{ file: "test/gate/a.test.ts", name }]), id);
    expect(text.includes("test/gate/a.test.ts")).toBe(expected);
  });

  it("names are shown as written, never as markup", () => {
    expect(page([{ file: "t.ts", name: "G1 <b>*x*</b> | [y](z)" }])).toContain(
      "G1 \\<b\\>\\*x\\*\\</b\\> \\| \\[y\\](z)",
    );
  });
});
