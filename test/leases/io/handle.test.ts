import { describe, expect, it } from "vitest";
import { handleDigest, makeHandle } from "#leases/io";

describe("a handle", () => {
  it("is 256 random bits, of which the digest is what is kept", () => {
    const [one, other] = [makeHandle(), makeHandle()];
    expect(Buffer.from(one, "base64url")).toHaveLength(32);
    expect(one).not.toBe(other);
    expect(handleDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(handleDigest(one)).toBe(handleDigest(one));
    expect(handleDigest(one)).not.toContain(one);
  });

  it.each(["", "short", "a".repeat(44), `${"a".repeat(42)}\n`, "é".repeat(43)])("%j is none: fails closed", (text) => {
    expect(handleDigest(text)).toBeNull();
  });
});
