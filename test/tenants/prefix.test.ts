import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkPrefix, RESERVED_PREFIXES } from "#tenants";

describe("P1 to P5 (T1) a prefix is refused, never normalised", () => {
  it.each<readonly [string, string]>([
    ["P1 an underscore: ACME_PROD would be two tenants' name", "acme_prod"],
    ["P3 upper case", "ACME"],
    ["P3 mixed case", "Acme"],
    ["P3 a Cyrillic letter that looks like a", "\u0430cme"],
    ["P3 full-width letters", "\uff41cme"],
    ["P3 a dotted capital I", "\u0130st"],
    ["P3 a zero-width space", "ac\u200bme"],
    ["P3 a line feed at the end", "acme\n"],
    ["P3 a NUL at the end", "acme\0"],
    ["P4 the directory above", ".."],
    ["P4 a path", "acme/../globex"],
    ["P4 a path in percent signs", "acme%2f.."],
    ["a digit first", "1acme"],
    ["one letter", "a"],
    ["seventeen letters", "a".repeat(17)],
    ["nothing", ""],
    ["a space", "ac me"],
    ["a hyphen", "ac-me"],
    ...["node", "ld", "git", "github", "bash", "dotenv", "con"].map((name) => [`P5 reserved: ${name}`, name] as const),
  ])("%s", (_name, text) => {
    expect(checkPrefix(text).kind).toBe("refused");
  });

  it.each(["acme", "globex", "a1", "x".repeat(16)])("%s is a prefix", (text) => {
    expect(checkPrefix(text)).toEqual({ kind: "prefix", prefix: text });
  });

  it("the database refuses the same names", () => {
    const migration = readFileSync(new URL("../../migrations/0001_platform.sql", import.meta.url), "utf8");
    const list = /prefix <> all \(array\[([^\]]*)\]/.exec(migration)?.[1] ?? "";
    expect(new Set([...list.matchAll(/'([a-z0-9]+)'/g)].map((match) => match[1]))).toEqual(RESERVED_PREFIXES);
  });
});
