// A packet at the very edge of its minute, of a moment that has not come, or of none that there is.

import { describe, expect, it } from "vitest";
import { decide, type PacketFacts } from "#doer";
import { PACKET_MS, readPacket, type Packet } from "#gateway";
import { instantOfMillis } from "#kernel";
import { canonicalBytes } from "#verifier";
import { doerLab } from "../doer/support/lab.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const lab = doerLab(t);
const acme = await t.tenant("acme", 1);
const genuine: Packet = lab.packetOf(await lab.sign(acme));
const NOW = instantOfMillis(genuine.iat);

const rule = (times: Partial<Pick<Packet, "iat" | "exp">>, now = NOW) => {
  const facts: PacketFacts = {
    packet: { ...genuine, ...times },
    kid: genuine.kid,
    key: { kind: "believed" },
    signed: true,
    now,
    argsHash: genuine.argsHash,
    floor: genuine.floor,
    fits: true,
    able: true,
    intent: { kind: "matches" },
    killed: null,
    approval: { kind: "none" },
  };
  const ruling = decide(facts);
  return ruling.kind === "refused" ? ruling.because : ruling.kind;
};

describe("X12, 17, 30 a minute has an end, and a beginning", () => {
  it.each<[string, ReturnType<typeof rule>, string]>([
    ["its last millisecond", rule({}, instantOfMillis(genuine.exp - 1)), "execute"],
    ["the millisecond after it", rule({}, instantOfMillis(genuine.exp)), "expired"],
    ["a minute and a millisecond", rule({ exp: genuine.iat + PACKET_MS + 1 }), "lifetime"],
    ["no time at all", rule({ exp: genuine.iat }), "lifetime"],
    ["it ends before it begins", rule({ exp: genuine.iat - 1 }), "lifetime"],
    ["two seconds ahead, as clocks are", rule({ iat: genuine.iat + 2_000, exp: genuine.exp }), "execute"],
    ["two seconds and a millisecond ahead", rule({ iat: genuine.iat + 2_001, exp: genuine.exp }), "early"],
    ["the end of time", rule({ iat: Number.MAX_SAFE_INTEGER - 1, exp: Number.MAX_SAFE_INTEGER }), "early"],
  ])("%s", (_, was, is) => expect(was).toBe(is));

  it.each(["-1", "-0", "1e3", "1.5", "9007199254740992", "1e400", "NaN", "null", '"1"', "true", "[]", "01"])(
    "an instant of %s is none: such a packet is not read",
    (written) => {
      const text = Buffer.from(canonicalBytes({ ...genuine })).toString();
      for (const member of ["iat", "exp"]) {
        const bent = text.replace(new RegExp(`"${member}":\\d+`), `"${member}":${written}`);
        expect(bent).not.toBe(text);
        expect(readPacket(Buffer.from(bent)).kind).toBe("unreadable");
      }
    },
  );
});
