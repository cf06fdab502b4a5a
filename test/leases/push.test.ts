import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rulePush, type PushRuling } from "#leases";

const A = "a".repeat(40);
const B = "b".repeat(40);
const NONE = "0".repeat(40);
const packet = (line: string): string => (line.length + 4).toString(16).padStart(4, "0") + line;
const push = (...lines: readonly string[]): string => `${lines.map(packet).join("")}0000PACK...`;
const CAPS = "\0 report-status side-band-64k object-format=sha1 agent=git/2.50";
const ruled = (text: string): PushRuling => rulePush(Buffer.from(text, "latin1"));

const CASES: readonly (readonly [string, string, PushRuling])[] = [
  ["a new branch", push(`${NONE} ${A} refs/heads/fix/42${CAPS}`), "fine"],
  ["a branch that goes on", push(`${A} ${B} refs/heads/fix/42${CAPS}`), "fine"],
  ["two branches, and a line feed after each", push(`${A} ${B} refs/heads/a${CAPS}\n`, `${NONE} ${B} refs/heads/b\n`), "fine"],
  ["a new tag", push(`${NONE} ${A} refs/tags/v1${CAPS}`), "fine"],
  ["from a shallow clone", push(`shallow ${A}`, `${A} ${B} refs/heads/a${CAPS}`), "fine"],
  ["longer hashes", push(`${"0".repeat(64)} ${"c".repeat(64)} refs/heads/a${CAPS}`), "fine"],
  ["nothing, as git asks before a large pack", "0000", "fine"],
  ["a branch is removed", push(`${A} ${NONE} refs/heads/main${CAPS}`), "refused"],
  ["a branch is removed beside one that goes on", push(`${A} ${B} refs/heads/a${CAPS}`, `${A} ${NONE} refs/heads/main`), "refused"],
  ["a tag is moved", push(`${A} ${B} refs/tags/v1${CAPS}`), "refused"],
  ["a tag is removed", push(`${A} ${NONE} refs/tags/v1${CAPS}`), "refused"],
  ["another ref is moved", push(`${A} ${B} refs/notes/commits${CAPS}`), "refused"],
  ["HEAD", push(`${A} ${B} HEAD${CAPS}`), "refused"],
  ["a signed push", push(`push-cert${CAPS}\n`, "certificate version 0.1\n"), "refused"],
  ["a command behind capabilities of many lines", push(`${NONE} ${A} refs/heads/a\0x\n${A} ${NONE} refs/heads/main`), "refused"],
  ["an empty line", `0004${push(`${NONE} ${A} refs/heads/a`)}`, "refused"],
  ["a delimiter", `0001${push(`${NONE} ${A} refs/heads/a`)}`, "refused"],
  ["no length", "PACK....", "refused"],
  ["a length with a sign", `+032${NONE} ${A} refs/heads/a`, "refused"],
  ["compressed", "\x1f\x8b\x08\x00\x00\x00", "refused"],
  ["more refs than there are", packet(`${NONE} ${A} refs/heads/a`).repeat(4000), "refused"],
]; // prettier-ignore

describe("X14 fail closed: what a lease may push", () => {
  it.each(CASES)("%s", (_, body, ruling) => {
    expect(ruled(body)).toBe(ruling);
  });

  it("is the same however it is cut: until the list is over, nothing is said to be fine", () => {
    const body = push(`shallow ${A}`, `${A} ${B} refs/heads/a${CAPS}`, `${NONE} ${B} refs/tags/v2`);
    const list = body.indexOf("0000PACK") + 4;
    fc.assert(
      fc.property(fc.nat(body.length), (end) => {
        expect(ruled(body.slice(0, end))).toBe(end < list ? "incomplete" : "fine");
      }),
    );
  });
});
