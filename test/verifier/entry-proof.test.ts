import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ed25519, parseTlogProof, sha256, verifyEntryProof, type EntryProofVerdict } from "#verifier";
import { signingKey } from "../support/audit-log/keys.ts";
import { policyOf } from "../support/audit-log/judge.ts";
import { entryProof } from "../support/audit-log/proof.ts";
import { append, epoch, newWorld, OTHER_TENANT, TENANT } from "../support/audit-log/world.ts";

const world = newWorld();
for (let n = 0; n < 5; n++) {
  for (let i = 0; i < 7; i++) append(world, TENANT);
  append(world, OTHER_TENANT);
  epoch(world);
}
const tools = { sha256, verify: ed25519(crypto.subtle) };
const policy = policyOf(world.signer, world.witnesses, 2);
const judge = (text: string): Promise<EntryProofVerdict> => verifyEntryProof(tools, text, world.signer.key, policy);

describe("the proof of one entry (A1, A2)", () => {
  it("of every entry of a log: proven, with the entry, its place and who saw it", async () => {
    for (let index = 0; index < 35; index++) {
      const verdict = await judge(entryProof(world, TENANT, index));
      expect(verdict).toMatchObject({ kind: "proven", index });
      if (verdict.kind === "proven") {
        expect(verdict.leaf.log).toBe(TENANT);
        expect(verdict.epoch.epoch).toBe(4);
        expect(verdict.witnesses).toHaveLength(3);
      }
    }
  });

  const changes: readonly [string, (text: string) => string, string][] = [
    ["another index in the log of epochs", (text) => text.replace("index 4", "index 3"), "not under its checkpoint"],
    ["another size in the checkpoint", (text) => text.replace("\n5\n", "\n6\n"), "not signed"],
    ["no extra line", (text) => text.replace(/^extra .*\n/m, ""), "does not lead"],
    ["an extra line that says something else", (text) => text.replace(/^extra .*$/m, "extra e30="), "does not lead"],
    ["one hash less", (text) => text.replace(/(index 4\n)\S+\n/, "$1"), "not under its checkpoint"],
    ["nothing", () => "", "no proof"],
  ];
  it.each(changes)("fails closed: %s", async (_, change, why) => {
    const verdict = await judge(change(entryProof(world, TENANT, 9)));
    expect(verdict.kind === "refused" ? verdict.why : "proven").toContain(why);
  });

  it("case 27: too few witnesses, or another key than the one that was named: refused", async () => {
    const [one] = world.witnesses;
    expect(await judge(entryProof(world, TENANT, 3, { witnesses: one === undefined ? [] : [one] }))).toMatchObject({
      kind: "refused",
    });
    const other = signingKey(world.signer.key.name, "another key").key;
    expect(await verifyEntryProof(tools, entryProof(world, TENANT, 3), other, policy)).toMatchObject({
      kind: "refused",
    });
  });

  it("any change of one character is refused, or of no consequence; nothing is thrown", async () => {
    const text = entryProof(world, TENANT, 12);
    const honest = await judge(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), async (at, char) => {
        const changed = await judge(text.slice(0, at) + char + text.slice(at + 1));
        if (changed.kind === "proven" && honest.kind === "proven")
          expect({ ...changed, witnesses: [] }).toEqual({ ...honest, witnesses: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("any text: an answer, never a throw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: "binary" })), async (text) => {
        expect((await judge(text)).kind).toBe("refused");
        expect(parseTlogProof(`c2sp.org/tlog-proof@v1\n${text}`).kind).toMatch(/proof|malformed/);
      }),
    );
  });
});
