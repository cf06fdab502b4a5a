// The certificate of an erasure, as somebody reads it who has the file and the log's key, and nothing else.

import { afterAll, describe, expect, it } from "vitest";
import { openBroker, sha256, verifyEd25519 } from "#audit/io";
import { canonical, checkCertificate, formatCertificate, parseNote, parseVkey, readCertificate } from "#verifier";
import { sampleCertificate } from "../support/certificate.ts";
import { temporaryDirectory } from "../support/program.ts";

const { broker, close } = openBroker(temporaryDirectory(), "log.example");
afterAll(close);
const ORIGIN = "log.example/offboarding";
const key = parseVkey(sha256, (await broker.identity()).vkey) ?? expect.unreachable();
const body = formatCertificate(ORIGIN, sampleCertificate());
const signed = await broker.certify(body);
if (signed.kind !== "signed") throw new Error("not signed");
const { note } = signed;
const check = (text: string, by = key) => checkCertificate({ sha256, verify: verifyEd25519 }, text, by);

describe("R2 the certificate of an erasure", () => {
  it("is a signed note that says the same to people and to programs, and verifies offline with the log's key", async () => {
    expect(await check(note)).toEqual({ kind: "verified", origin: ORIGIN, certificate: sampleCertificate() });
    const lines = body.split("\n");
    expect(lines.slice(0, 1)).toEqual([ORIGIN]);
    expect(JSON.parse(lines[1] ?? "")).toMatchObject({ v: 1, rows: { "gate.verdict": 7 } });
    expect(lines).toEqual(
      expect.arrayContaining([
        "Rows deleted: 47",
        "  gate.verdict: 7",
        "Things outside the tables removed: 4",
        "  (g) look g: yes",
        '  2026-11-21T10:05:01.000Z provider_revoked {"gone":2}',
        "  audit.leaf: hashes of entries",
        expect.stringContaining("until 2026-12-21T10:05:09.000Z"),
      ]),
    );
    expect(body).not.toContain("sql.nothing:");
  });

  it("O7 says that keys went before a provider had answered, by whose order, and that it was not asked", () => {
    const text = formatCertificate(ORIGIN, sampleCertificate({ override: "0190c2a4-0000-7000-8000-0000000000bb" }));
    expect(text).toContain("  (g) look g: NOT ASKED\n");
    expect(text).toContain("by an order of its own: entry 0190c2a4-0000-7000-8000-0000000000bb.");
  });

  it("O6 has one spelling: whatever order its members were put together in", () => {
    const backwards = Object.fromEntries(Object.entries(sampleCertificate({ rows: { b: 1, a: 2 } })).toReversed());
    const read = readCertificate(formatCertificate(ORIGIN, sampleCertificate({ rows: { a: 2, b: 1 } })));
    expect(read.kind === "certificate" && canonical(read.certificate)).toBe(canonical(backwards));
  });

  it.each<readonly [string, (text: string) => string, string]>([
    ["a count in the people's part", (text) => text.replace("  gate.verdict: 7", "  gate.verdict: 0"), "line 11"],
    ["a count in the JSON", (text) => text.replace('"gate.verdict":7', '"gate.verdict":0'), "line 9"],
    ["a line taken out", (text) => text.replace("Rows deleted: 47\n", ""), "line 9"],
    ["a line put in", (text) => text.replace("What stays", "The client is happy.\nWhat stays"), "line 30"],
    [
      "a step's instant that is none",
      (text) => text.replace("2026-11-21T10:05:02.000Z", "yesterday"),
      "line 2, /steps/1",
    ],
    ["another spelling of the JSON", (text) => text.replace('{"assets"', '{ "assets"'), "line 2"],
    ["a look left out", (text) => text.replace(/\{"id":"i"[^}]*\},?/, "").replace(",]", "]"), "line 2, /checks"],
    ["another origin", (text) => text.replace(ORIGIN, "other.example/offboarding"), "line 1"],
    ["no certificate at all", () => "hello", "the file"],
    ["the signature cut off", (text) => text.slice(0, text.lastIndexOf("\n\n") + 2), "the file"],
    ["cut in the middle", (text) => text.slice(0, 300), "the file"],
  ])("tampered with: %s, and the place is named", async (_, change, at) => {
    const text = change(note);
    expect(text).not.toBe(note);
    expect(await check(text)).toMatchObject({ kind: "tampered", at });
  });

  it("tampered with: JSON and people's part together, so that only the signature tells", async () => {
    const signatures = note.slice(note.lastIndexOf("\n\n") + 1);
    const better = formatCertificate(ORIGIN, sampleCertificate({ rows: { "gate.verdict": 700 } }));
    expect(await check(better + signatures)).toMatchObject({ kind: "tampered", at: "the signature" });
  });

  it("is not another log's, and another key's signature is none", async () => {
    const other = openBroker(temporaryDirectory(), "log.example");
    const foreign = parseVkey(sha256, (await other.broker.identity()).vkey) ?? expect.unreachable();
    expect(await check(note, foreign)).toMatchObject({ kind: "tampered", at: "the signature" });
    expect(await check(note, { ...key, name: "other.example/epochs" })).toMatchObject({ at: "line 1" });
    other.close();
  });

  it("any byte changed: never verified", async () => {
    const bytes = Buffer.from(note);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await check(changed.toString("utf8"))).kind, `byte ${at}`).toBe("tampered");
    }
  });
});

describe("A5 the key's holder", () => {
  it("signs one certificate for each tenant: the same again, and no other", async () => {
    expect(await broker.certify(body)).toEqual(signed);
    const other = formatCertificate(ORIGIN, sampleCertificate({ rows: {} }));
    expect(await broker.certify(other)).toEqual({ kind: "signed_otherwise", last: note });
  });

  it.each([
    ["another log's certificate", formatCertificate("other.example/offboarding", sampleCertificate())],
    ["a people's part that says something else", body.replace("Rows deleted: 47", "Rows deleted: 48")],
    ["a checkpoint", "log.example/offboarding\n5\nAAAA\n"],
    ["nothing", ""],
  ])("refuses %s", async (_, text) => {
    await expect(broker.certify(text)).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("what it signed is no checkpoint", () => {
    expect(parseNote(note)).toMatchObject({ kind: "note" });
    expect(body.split("\n")[1]?.startsWith("{")).toBe(true);
  });
});
