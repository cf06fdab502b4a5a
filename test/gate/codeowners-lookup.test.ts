// The owners of a path are looked up by folder, and the folder of the last path is remembered. None of that may be seen:
// the answer is always that of the last line of the file whose pattern matches.

import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCodeowners } from "../../src/gate/codeowners.ts";
import { compileGlob } from "../../src/gate/paths.ts";

const part = fc.constantFrom("a", "b", "ab", "*", "**", "a*", "*b", "?", "a?b", "*.ts", "x.ts", "\\*");
const pattern = fc
  .tuple(fc.constantFrom("", "/"), fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom("", "/"))
  .map(([start, parts, end]) => `${start}${parts.join("/")}${end}`)
  .filter((p) => compileGlob(p, "owners").kind === "glob");
const path = fc
  .array(fc.constantFrom("a", "b", "ab", "abb", "x.ts", "axb", "*", "a.ts"), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("/"));

test("the last matching line wins, whatever is looked up in whatever order", () => {
  let owned = 0;
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), fc.array(path, { maxLength: 6 }), (patterns, paths) => {
      const globs = patterns.map((p) => compileGlob(p, "owners"));
      const result = parseCodeowners(patterns.map((p, i) => `${p} @u${i}`).join("\n"));
      if (result.kind !== "codeowners") throw new Error("every pattern is valid");
      for (const each of paths) {
        const line = globs.findLastIndex((glob) => glob.kind === "glob" && glob.matches(each));
        if (line >= 0) owned++;
        expect(result.codeowners.ownersOf(each)).toEqual(line < 0 ? [] : [{ kind: "user", login: `u${line}` }]);
      }
    }),
    { numRuns: 5000 },
  );
  expect(owned).toBeGreaterThan(1000);
});
