import { describe, expect, it } from "vitest";
import { isKeyName, isKeyText, KEY_TAG } from "#identity";
import { formatKey } from "../../src/identity/api-key.ts";
import { keyHash } from "../../src/identity/tagged-key.ts";

const secret = new Uint8Array(32).fill(0xab);
const key = formatKey(secret);

describe("the text of an API key", () => {
  it("is tagged, long and knows itself by its checksum", () => {
    expect(key).toMatch(/^csk_(?:ab){32}[0-9a-f]{8}$/);
    expect(isKeyText(key)).toBe(true);
    expect(keyHash(key)).toHaveLength(32);
  });

  it.each<[string, string]>([
    ["nothing", ""],
    ["the tag alone", KEY_TAG],
    ["one digit mistyped", key.replace("csk_ab", "csk_ac")],
    ["a checksum of something else", `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`],
    ["cut off", key.slice(0, -1)],
    ["upper case", key.toUpperCase()],
    ["another program's tag", key.replace("csk_", "ghp_")],
    ["a line break at its end", `${key}\n`],
    ["a NUL in it", `${key.slice(0, 20)}\u0000${key.slice(21)}`],
    ["full-width digits", key.replace("a", "\uff41")],
    ["a megabyte", key.repeat(13_000)],
  ])("is refused when it is %s", (_what, text) => {
    expect(isKeyText(text)).toBe(false);
  });

  it.each<[string, boolean]>([
    ["auditor of ACME 2026", true],
    ["ada@example.com", true],
    ["", false],
    [" leading space", false],
    ["two\nlines", false],
    ["\u001b[31mred", false],
    ["=cmd()", false],
    ["x".repeat(61), false],
  ])("a key's name %j is allowed: %s", (name, allowed) => {
    expect(isKeyName(name)).toBe(allowed);
  });
});
