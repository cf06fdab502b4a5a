import { describe, expect, test } from "vitest";
import { compileGlob } from "../../src/gate/paths.ts";
import { parseCodeowners } from "../../src/gate/codeowners.ts";

function owners(text: string, path: string): readonly string[] {
  const result = parseCodeowners(text);
  if (result.kind === "problems") throw new Error(JSON.stringify(result.problems));
  return result.codeowners
    .ownersOf(path)
    .map((o) => (o.kind === "team" ? o.team : o.kind === "user" ? o.login : o.email));
}
const matches = (pattern: string, path: string): boolean => owners(`${pattern} @x`, path).length > 0;

describe("CODEOWNERS as GitHub reads it", () => {
  test("the last matching line wins", () => {
    expect(owners("* @a\n*.js @b\n/src/ @c", "src/x.js")).toEqual(["c"]);
    expect(owners("/src/ @c\n* @a", "src/x.js")).toEqual(["a"]);
  });
  test("a line without owners un-owns", () => {
    expect(owners("/apps/ @a\n/apps/github", "apps/github/x")).toEqual([]);
    expect(owners("/apps/ @a\n/apps/github", "apps/other/x")).toEqual(["a"]);
  });
  test("several owners, of every kind", () => {
    expect(owners("* @ann @Acme/Pay docs@example.com", "x")).toEqual(["ann", "acme/pay", "docs@example.com"]);
  });
  test.each(["# a comment", "  # indented", "", "   ", "* @a # inline", "* @a #inline\r"])(
    "comments and blank lines are valid: %j",
    (line) => {
      expect(parseCodeowners(`${line}\n`).kind).toBe("codeowners");
    },
  );
  test("an inline comment names no owner", () => {
    expect(owners("*.js @a # not @b", "x.js")).toEqual(["a"]);
  });
  test.each<readonly [pattern: string, path: string, matched: boolean]>([
    ["*", "a/b/c.txt", true],
    ["*.js", "a/b/c.js", true],
    ["*.js", "a/b/c.jsx", false],
    ["/build/logs/", "build/logs/x/y", true],
    ["/build/logs/", "sub/build/logs/x", false],
    ["docs/*", "docs/a.md", true],
    ["docs/*", "docs/build-app/a.md", false],
    ["docs/*", "sub/docs/a.md", false],
    ["apps/", "x/apps/y/z", true],
    ["apps/", "apps", false],
    ["/docs/", "docs/a/b", true],
    ["**/logs", "build/logs/x", true],
    ["**/logs", "logs/x", true],
    ["docs/**", "docs/a/b", true],
    ["docs/**/x.md", "docs/x.md", true],
    ["docs/**/x.md", "docs/a/b/x.md", true],
    ["docs/**/x.md", "docs/a/b/y.md", false],
    ["/README.md", "README.md", true],
    ["/README.md", "a/README.md", false],
    ["README.md", "a/README.md", true],
    ["src/app", "src/app/x.ts", true],
    ["src/app", "src/application.ts", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["/docs/my\\ file.md", "docs/my file.md", true],
    ["**", "a/b", true],
    [".github/", ".github/workflows/ci.yml", true],
    ["Src/", "src/x", false],
  ])("%s on %s: %s", (pattern, path, matched) => {
    expect(matches(pattern, path)).toBe(matched);
  });
});

describe("D15 a line GitHub would skip is an error with its line number", () => {
  test.each([
    ["negation", "!docs/ @a"],
    ["a range", "/src/[ab].ts @a"],
    ["an escaped hash", "\\#x @a"],
    ["a name without @", "* ann"],
    ["an empty team", "* @acme/"],
    ["an empty login", "* @"],
    ["an address without domain", "* ann@"],
    ["a lone backslash", "docs\\"],
    ["an empty part", "a//b @a"],
    ["a section header of another host", "[Billing] @acme/pay"],
  ])("%s", (_, line) => {
    expect(parseCodeowners(`* @ok\n${line}\n`)).toEqual({
      kind: "problems",
      problems: [expect.objectContaining({ line: 2 })],
    });
  });
  test("more than 3 MB", () => {
    expect(parseCodeowners("# x\n".repeat(900_000)).kind).toBe("problems");
  });
  test("every bad line at once", () => {
    const result = parseCodeowners("!a @x\n* @ok\nb pay\n");
    expect(result.kind === "problems" && result.problems.map((p) => p.line)).toEqual([1, 3]);
  });
});

describe("a hostile pattern cannot hang the gate", () => {
  const evil = [
    "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
    "**/a/".repeat(20) + "b",
    "a/**/".repeat(30) + "b",
    "?*".repeat(200) + "b",
    "(a+)+$",
    "(*a)*".repeat(50),
  ];
  test.each(evil)("%s", (pattern) => {
    const glob = compileGlob(pattern, "owners");
    const began = performance.now();
    if (glob.kind === "glob")
      for (const path of ["a".repeat(4000), "a/".repeat(2000), "a/a".repeat(1000)]) glob.matches(path);
    expect(performance.now() - began).toBeLessThan(1000);
  });
  test("a full-size file stays cheap for the largest pull request", () => {
    const result = parseCodeowners(
      Array.from({ length: 40_000 }, (_, i) => `/services/s${i}/ @acme/team${i}`).join("\n") + "\n/services/s1/ @last",
    );
    if (result.kind !== "codeowners") throw new Error("refused");
    const began = performance.now();
    for (let i = 0; i < 3000; i++) result.codeowners.ownersOf(`services/s${i}/main.ts`);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(result.codeowners.ownersOf("services/s1/x")).toEqual([{ kind: "user", login: "last" }]);
  });
});

describe("path rules of merge-gate.yml", () => {
  test.each<readonly [pattern: string, path: string, matched: boolean]>([
    ["billing/**", "billing/a/b.ts", true],
    ["billing/**", "src/billing/a.ts", false],
    ["**/billing/**", "src/billing/a.ts", true],
    [".github/**", ".github/workflows/x.yml", true],
    ["**", ".hidden", true],
    ["*.sql", "a.sql", true],
    ["*.sql", "db/a.sql", false],
    ["**/*.sql", "a.sql", true],
    ["billing", "billing/x.ts", true],
    ["billing/", "billing/x.ts", true],
    ["/billing/**", "billing/x", true],
    ["app/\\[id\\]/page.tsx", "app/[id]/page.tsx", true],
    ["src/*", "src/a/b", false],
  ])("%s on %s: %s", (pattern, path, matched) => {
    const glob = compileGlob(pattern, "rule");
    expect(glob.kind === "glob" && glob.matches(path)).toBe(matched);
  });
});
