import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { judgeAnswer, judgeToken, timestampRequest } from "../../../src/audit/io/timestamp/token.ts";
import { timestampAuthority } from "../../support/timestamp-authority.ts";

// All before the answer: its time, in whole seconds, must not be before the certificates'.
const other = timestampAuthority();
const web = timestampAuthority(30, "web");
const authority = timestampAuthority();
const data = Buffer.from("log.example/epochs\n5\nAAAA\n");
const nonce = randomBytes(16);
const reply = authority.reply(timestampRequest(data, nonce));

async function token(): Promise<Uint8Array> {
  const judged = await judgeAnswer(reply, { data, nonce }, [authority.root]);
  if (judged.kind !== "token") throw new Error(judged.why);
  return judged.bytes;
}

describe("a timestamp (RFC 3161) of an authority that is not ours", () => {
  it("is believed for the bytes, the request and the authority it is for", async () => {
    const judged = await judgeAnswer(reply, { data, nonce }, [authority.root]);
    expect(judged).toMatchObject({ kind: "token", authority: "Test timestamp authority" });
    if (judged.kind !== "token") return;
    expect(Math.abs(judged.stampedAt - Date.now())).toBeLessThan(60_000);
    expect(judged.expiresAt - judged.stampedAt).toBeGreaterThan(29 * 86_400_000);
    expect(judged.expiresAt - judged.stampedAt).toBeLessThan(31 * 86_400_000);
  });

  it("openssl ts -verify takes what we keep, and refuses it for a checkpoint that was tampered with", async () => {
    expect(authority.verifies(await token(), data)).toBe(true);
    expect(authority.verifies(await token(), Buffer.from("log.example/epochs\n6\nAAAA\n"))).toBe(false);
  });

  it("is judged again as it was kept", async () => {
    expect((await judgeToken(await token(), data, [authority.root])).kind).toBe("token");
    expect(await judgeToken(await token(), Buffer.from("else"), [authority.root])).toMatchObject({ kind: "refused" });
  });

  const refused: readonly [string, Uint8Array, Uint8Array, Uint8Array, readonly Uint8Array[], RegExp][] = [
    ["for other bytes", reply, Buffer.from("else"), nonce, [authority.root], /imprint/],
    ["for another request: an old answer shown again", reply, data, randomBytes(16), [authority.root], /another request/],
    ["of an authority nobody trusts", reply, data, nonce, [other.root], /vouches|believed/],
    ["of no authority at all", reply, data, nonce, [], /vouches|believed/],
    ["with a flipped bit in its signature", flipped(reply, reply.length - 3), data, nonce, [authority.root], /signature|believed/],
    ["that is nothing", Buffer.from("nothing"), data, nonce, [authority.root], /./],
    ["that is empty", Buffer.alloc(0), data, nonce, [authority.root], /./],
  ]; // prettier-ignore
  it.each(refused)("is not believed %s", async (_, answer, bytes, asked, trusted, why) => {
    const judged = await judgeAnswer(answer, { data: bytes, nonce: asked }, trusted);
    expect(judged).toMatchObject({ kind: "refused", why: expect.stringMatching(why) });
  });

  it("is not believed of a certificate that is for web servers, though its signature and path are true", async () => {
    const resigned = web.signs(authority.contentOf(await token()));
    expect(await judgeToken(resigned, data, [web.root])).toEqual({
      kind: "refused",
      why: "its certificate is not one for timestamps",
    });
    const right = other.signs(authority.contentOf(await token()));
    expect((await judgeToken(right, data, [other.root])).kind).toBe("token");
  });

  it("any byte of it flipped is never believed to be about the same, by another time or authority", async () => {
    const whole = await judgeAnswer(reply, { data, nonce }, [authority.root]);
    for (let at = 0; at < reply.length; at += 7) {
      const judged = await judgeAnswer(flipped(reply, at), { data, nonce }, [authority.root]);
      if (judged.kind === "token" && whole.kind === "token")
        expect([judged.stampedAt, judged.authority]).toEqual([whole.stampedAt, whole.authority]);
    }
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
